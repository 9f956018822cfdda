"""`autopilot rehearsal`: the last rehearsal of recovery, and how the ones before it went."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from autopilot.domain.preflight import Answer
from autopilot.domain.rehearsal import Numbers, Rehearsal
from autopilot.errors import BadInput, Problem, Transient
from autopilot.procedures.recovery_rehearsal.history import LAST, before
from autopilot.reports.rehearsal_forms import FORMS
from autopilot_cli.connection import (
    Connection,
    explain_no_answer,
    json_option,
    profile_option,
    table_option,
)
from autopilot_cli.exits import EXIT_NOT_HELD

_COLOURS = {Answer.GO: "green", Answer.WARN: "yellow", Answer.NO_GO: "bold red"}


@click.command()
@click.option(
    "--to", "target", metavar="REGION", help="The region that takes over.  [default: the standby]"
)
@click.option(
    "--report",
    "report",
    type=click.Path(path_type=Path),
    help="Write the report into FILE.html, .md or .json.",
)
@profile_option
@table_option
@json_option
def rehearsal(
    *,
    target: str | None,
    report: Path | None,
    profile_path: Path,
    table: str | None,
    as_json: bool,
) -> None:
    """Show the last rehearsal of recovery, with the trend; change nothing and start nothing.

    The exit code is 1 on NO-GO. To rehearse now, start the machine recovery_rehearsal.
    """
    connection = Connection.open(profile_path, table, read_only=True)
    try:
        found, earlier = _last(connection, target or connection.profile.regions.standby)
    except Transient as error:
        raise explain_no_answer(error) from error
    if report is not None:
        _write(report, found, earlier)
    if as_json:
        click.echo(FORMS["json"](found, earlier), nl=False)
    else:
        _show(found, earlier, Console())
    if found.answer is Answer.NO_GO:
        sys.exit(EXIT_NOT_HELD)


def _last(connection: Connection, target: str) -> tuple[Rehearsal, Sequence[Numbers]]:
    item = connection.gate.find_record(f"{LAST}{target}")
    if item is None:
        problem = Problem("--to", "a region whose take-over was rehearsed", target)
        service = connection.profile.service.name
        advice = f'Start the machine {service}-recovery-rehearsal there with {{"mode": "execute"}}.'
        raise BadInput("the command", [problem], advice)
    found = Rehearsal.of(json.loads(item["rehearsal"]))
    return found, before(connection.gate, target, found.day)


def _write(path: Path, found: Rehearsal, earlier: Sequence[Numbers]) -> None:
    form = FORMS.get(path.suffix.removeprefix("."))
    if form is None:
        expected = f"a file that ends in {', '.join(f'.{each}' for each in FORMS)}"
        problem = Problem("--report", expected, path.name)
        raise BadInput("the command", [problem], "Try --report rehearsal.html.")
    path.write_text(form(found, earlier), encoding="utf-8")


def _show(found: Rehearsal, earlier: Sequence[Numbers], console: Console) -> None:
    way = f"{found.source} → {found.target}"
    console.print(
        f"{found.answer} {found.service}: {way}, {found.day}", style=_COLOURS[found.answer]
    )
    for check in found.against:
        line = f"  {check.answer:<5}  {check.name}: {check.observed}, wanted {check.limit}."
        console.print(f"{line} {check.reason}", soft_wrap=True, highlight=False, markup=False)
    table = Table(box=None, pad_edge=False)
    for name in ("day", "answer", "failover", "lost", "restore", "lost"):
        table.add_column(name)
    for each in (*earlier, found.numbers):
        table.add_row(each.day, each.answer, *each.durations)
    console.print(table)
