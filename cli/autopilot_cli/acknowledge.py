"""`autopilot ack`: somebody takes an incident, and nobody else is called."""

from __future__ import annotations

import json
from pathlib import Path

import click

from autopilot.adapters.system_clock import SystemClock
from autopilot.errors import Transient
from autopilot.procedures.escalate import acknowledge
from autopilot_cli.connection import (
    Connection,
    caller,
    explain_no_answer,
    json_option,
    profile_option,
    table_option,
)


@click.command()
@click.argument("incident")
@profile_option
@table_option
@json_option
def ack(*, incident: str, profile_path: Path, table: str | None, as_json: bool) -> None:
    """Take INCIDENT, so that its escalation ends; opened again, it wants a new answer."""
    connection = Connection.open(profile_path, table, read_only=False)
    by = caller(connection.profile.regions.home)
    try:
        ours = acknowledge(connection.gate, incident, by=by, now_ms=SystemClock().now_ms())
    except Transient as error:
        raise explain_no_answer(error) from error
    said = f"is acknowledged by {by}" if ours else "was acknowledged before"
    answer = {"incident": incident, "acknowledged": True, "ours": ours}
    click.echo(json.dumps(answer, indent=2) if as_json else f"Incident {incident} {said}.")
