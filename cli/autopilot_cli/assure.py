"""`autopilot assure`: a runbook under every failing call, crash and pull of the stop lever."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from autopilot_cli.exits import EXIT_HELD, EXIT_NOT_HELD
from autopilot_cli.progress import counting

if TYPE_CHECKING:
    from autopilot_lab.assurance.assure import Assurance


@click.command()
@click.argument("runbook")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option(
    "--only",
    multiple=True,
    metavar="POINT",
    help="Play these points only: a name as it is printed, or a pattern with *. May be repeated.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Of all random numbers.",
)
@click.option(
    "--at-once", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes."
)
def assure(*, runbook: str, as_json: bool, only: Sequence[str], seed: int, at_once: int) -> None:
    """Play RUNBOOK once for each call it makes and each way that call can fail.

    And once for each state after which it could be stopped, or the stop lever pulled; each to
    its end in virtual time, and then every invariant is checked. RUNBOOK is a runbook's
    name, such as emergency_rollback, or contain_route (the reflex) or tend_ledger (the reaper and
    the exporter).

    Exit code 0: every invariant held at every point. 1: one did not. 2: the input was refused.
    """
    from autopilot_lab.assurance.assure import assure as play  # noqa: PLC0415 - loads on demand

    result = play(
        runbook,
        seed=seed,
        only=only,
        at_once=at_once,
        progress=counting("points"),
    )
    if as_json:
        click.echo(json.dumps(result.to_dict(), indent=2, ensure_ascii=False))
    else:
        _tell(result)
    sys.exit(EXIT_HELD if result.held else EXIT_NOT_HELD)


def _tell(result: Assurance) -> None:
    for violation in result.violations:
        click.echo(f"{violation.point}  ({violation.point.place})")
        click.echo(f"  {violation.found}")
        click.echo(
            f"  again: autopilot assure {result.runbook} --seed {violation.seed} "
            f"--only {violation.point}"
        )
    counts = result.to_dict()
    for what in ("points_by_case", "points_by_fault"):
        said = ", ".join(f"{count} {name}" for name, count in counts[what].items())
        click.echo(f"{what.replace('_', ' ')}: {said}")
    click.echo(
        f"{result.runbook}: {len(result.points)} points, {len(result.violations)} violations, "
        f"seed {result.seed}, {result.wall_seconds:.1f} s"
    )
