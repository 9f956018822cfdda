"""`autopilot status`, `stop`, `resume` and `initialise`: the ledger, as an operator needs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from autopilot.errors import Transient
from autopilot.gate.ledger import Lever
from autopilot_cli.connection import (
    Connection,
    caller,
    explain_no_answer,
    json_option,
    profile_option,
    table_option,
)
from autopilot_cli.standing import show_status, status_of

reason_option = click.option(
    "--reason", required=True, metavar="WHY", help="Everybody will read it."
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would be done; do nothing.")


@click.command()
@profile_option
@table_option
@json_option
def status(*, profile_path: Path, table: str | None, as_json: bool) -> None:
    """Show the stop lever, open incidents, the allocation, the lease, and what is prepared."""
    connection = Connection.open(profile_path, table, read_only=True)
    try:
        found = status_of(connection)
    except Transient as error:
        raise explain_no_answer(error) from error
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        show_status(found, Console())


@click.command()
@reason_option
@dry_run_option
@profile_option
@table_option
@json_option
def stop(
    *, reason: str, dry_run: bool, profile_path: Path, table: str | None, as_json: bool
) -> None:
    """Engage the stop lever: from now on nothing is changed by automation, nothing is undone.

    Leases are still renewed and returned, and people are still paged.
    """
    _move_lever(profile_path, table, reason, engage=True, dry_run=dry_run, as_json=as_json)


@click.command()
@reason_option
@dry_run_option
@profile_option
@table_option
@json_option
def resume(
    *, reason: str, dry_run: bool, profile_path: Path, table: str | None, as_json: bool
) -> None:
    """Let automation act again."""
    _move_lever(profile_path, table, reason, engage=False, dry_run=dry_run, as_json=as_json)


@click.command()
@dry_run_option
@profile_option
@table_option
@json_option
def initialise(*, dry_run: bool, profile_path: Path, table: str | None, as_json: bool) -> None:
    """Create the ledger of a new service with the profile's baseline; never changes one."""
    connection = Connection.open(profile_path, table, read_only=dry_run)
    baseline = connection.profile.baseline()
    try:
        created = None if dry_run else connection.gate.initialise(baseline)
    except Transient as error:
        raise explain_no_answer(error) from error
    answers = {None: "would be created", True: "was created", False: "exists; nothing was changed"}
    sentence = f"The ledger of {connection.profile.service.name} {answers[created]}: {baseline}."
    _say(sentence, {"created": created, "allocation": baseline.to_dict()}, as_json=as_json)


def _move_lever(
    profile_path: Path,
    table: str | None,
    reason: str,
    *,
    engage: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    connection = Connection.open(profile_path, table, read_only=dry_run)
    by = caller(connection.profile.regions.home)
    try:
        before = connection.gate.read().lever
        after = before if dry_run else _moved(connection, engage=engage, by=by, reason=reason)
    except Transient as error:
        raise explain_no_answer(error) from error
    word = "engaged" if engage else "free"
    verb = "would be" if dry_run else "is"
    was = "was engaged" if before.engaged else "was free"
    sentence = f"The stop lever {verb} {word} (it {was}), by {by}: {reason}"
    answer = {"dry_run": dry_run, "before": _plain(before), "after": _plain(after)}
    _say(sentence, answer, as_json=as_json)


def _moved(connection: Connection, *, engage: bool, by: str, reason: str) -> Lever:
    move = connection.gate.engage_lever if engage else connection.gate.resume
    return move(by=by, reason=reason)


def _plain(lever: Lever) -> dict[str, Any]:
    return {
        "engaged": lever.engaged,
        "reason": lever.reason,
        "by": lever.by,
        "at_ms": lever.at_ms,
    }


def _say(sentence: str, answer: Mapping[str, Any], *, as_json: bool) -> None:
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False) if as_json else sentence)
