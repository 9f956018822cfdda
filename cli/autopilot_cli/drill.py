"""`autopilot drill`: play a scenario against the real templates on the embedded AWS."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from rich.console import Console

from autopilot.errors import BadInput, Problem
from autopilot_cli.exits import EXIT_HELD, EXIT_NOT_HELD

if TYPE_CHECKING:
    from autopilot_lab.drill.result import DrillResult

RUNS_MAX = 1000


@click.command()
@click.argument("scenario", metavar="[NAME|FILE]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the scenario's own seed.")
@click.option(
    "--runs",
    type=click.IntRange(1, RUNS_MAX),
    default=1,
    show_default=True,
    help="Play it this often, with the next seed each time, and summarise.",
)
@click.option("--list", "as_list", is_flag=True, help="List the scenarios that come with it.")
def drill(
    *, scenario: str | None, as_json: bool, seed: int | None, runs: int, as_list: bool
) -> None:
    """Play a scenario in virtual time: no account, no network, nothing real is touched.

    Exit code 0: every expectation held. 1: one did not. 2: the input was refused.
    """
    if as_list:
        _list_scenarios(as_json=as_json)
        return
    if scenario is None:
        raise BadInput(
            "the command",
            [Problem("NAME|FILE", "a scenario", "nothing")],
            "Try autopilot drill direct-path-brownout; autopilot drill --list shows the others.",
        )
    sys.exit(_play(scenario, seed=seed, runs=runs, as_json=as_json))


def _list_scenarios(*, as_json: bool) -> None:
    from autopilot_lab.drill.catalogue import catalogue  # noqa: PLC0415 - the lab loads on demand

    entries = catalogue()
    if as_json:
        click.echo(json.dumps([{"name": e.name, "title": e.title} for e in entries], indent=2))
        return
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        click.echo(f"{entry.name:<{width}}  {entry.title}")


def _play(scenario: str, *, seed: int | None, runs: int, as_json: bool) -> int:
    from autopilot_lab.drill.project import find_scenario  # noqa: PLC0415 - the lab loads on demand
    from autopilot_lab.drill.reading import read_scenario  # noqa: PLC0415
    from autopilot_lab.drill.runner import run_drill  # noqa: PLC0415

    read = read_scenario(find_scenario(scenario))
    first = read.scenario.seed if seed is None else seed
    results = [run_drill(read, seed=first + offset) for offset in range(runs)]
    _show(results, as_json=as_json)
    return EXIT_HELD if all(result.held for result in results) else EXIT_NOT_HELD


def _show(results: Sequence[DrillResult], *, as_json: bool) -> None:
    from autopilot_lab.drill.story import tell  # noqa: PLC0415 - the lab loads on demand
    from autopilot_lab.drill.summary import summarise, tell_summary  # noqa: PLC0415

    console = Console()
    if len(results) > 1:
        summary = summarise(results)
        if as_json:
            click.echo(json.dumps(summary.to_dict(), indent=2, ensure_ascii=False))
        else:
            tell_summary(summary, console)
    elif as_json:
        click.echo(json.dumps(results[0].to_dict(), indent=2, ensure_ascii=False))
    else:
        tell(results[0], console)
