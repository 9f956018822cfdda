"""`autopilot drill`: play a scenario against the real templates on the embedded AWS."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from autopilot.errors import BadInput, Problem
from autopilot_cli.exits import EXIT_HELD, EXIT_INTERRUPTED, EXIT_NOT_HELD
from autopilot_cli.progress import counting

if TYPE_CHECKING:
    from autopilot.reports.model import Report
    from autopilot_lab.drill.reading import ReadScenario
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
@click.option(
    "--at-once",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Of many runs: processes.",
)
@click.option(
    "--report", metavar="FILE", help="Write a report; .html, .md or .json chooses its form."
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0),
    metavar="N",
    help="Of the live view: virtual seconds per second; 0 does not wait. By default it lingers "
    "where something happens.",
)
@click.option("--plain", is_flag=True, help="No live view, although this is a terminal.")
@click.option("--list", "as_list", is_flag=True, help="List the scenarios that come with it.")
def drill(  # noqa: PLR0913 - one for each option
    *,
    scenario: str | None,
    as_json: bool,
    seed: int | None,
    runs: int,
    at_once: int,
    report: str | None,
    speed: float | None,
    plain: bool,
    as_list: bool,
) -> None:
    """Play a scenario in virtual time: no account, no network, nothing real is touched.

    In a terminal it can be watched. Exit code 0: every expectation held. 1: one did not. 2: the
    input was refused. 130: it was stopped with Ctrl-C.
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
    how = _How(as_json=as_json, watched=not plain and not as_json, speed=speed, at_once=at_once)
    try:
        code = _play(scenario, seed, runs, how, report=report)
    except KeyboardInterrupt as stopped:
        where = f" {stopped}" if stopped.args else ""
        click.echo(f"autopilot: the drill was stopped{where}. It was only simulated.", err=True)
        code = EXIT_INTERRUPTED
    sys.exit(code)


def _list_scenarios(*, as_json: bool) -> None:
    from autopilot_lab.drill.catalogue import catalogue  # noqa: PLC0415 - the lab loads on demand

    entries = catalogue()
    if as_json:
        click.echo(json.dumps([{"name": e.name, "title": e.title} for e in entries], indent=2))
        return
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        click.echo(f"{entry.name:<{width}}  {entry.title}")


@dataclass(frozen=True, slots=True)
class _How:
    """How it is played and shown."""

    as_json: bool
    watched: bool  #: somebody wants to watch
    speed: float | None
    at_once: int


def _play(scenario: str, seed: int | None, runs: int, how: _How, *, report: str | None) -> int:
    from autopilot.reports.forms import form_for  # noqa: PLC0415 - what only a report needs
    from autopilot_lab.drill.project import find_scenario  # noqa: PLC0415 - loads on demand
    from autopilot_lab.drill.reading import read_scenario  # noqa: PLC0415

    form = form_for(report) if report else None
    _require_folder(report)
    read = read_scenario(find_scenario(scenario))
    first = read.scenario.seed if seed is None else seed
    if runs > 1:
        held = _play_many(read, range(first, first + runs), how)
        result = _play_once(read, first) if form else None
    else:
        result = _play_and_show(read, first, how)
        held = result.held
    if report and form and result:
        _write_report(Path(report), form, result, read, as_json=how.as_json)
    return EXIT_HELD if held else EXIT_NOT_HELD


def _write_report(
    file: Path,
    form: Callable[[Report], str],
    result: DrillResult,
    read: ReadScenario,
    *,
    as_json: bool,
) -> None:
    from autopilot_lab.drill.report_data import report_of  # noqa: PLC0415 - loads on demand

    file.write_text(form(report_of(result, read.profile)), "utf-8")
    click.echo(f"The report is in {file}.", err=as_json)


def _require_folder(report: str | None) -> None:
    """Refuse a report that could not be written, before anything is played."""
    folder = Path(report).parent if report else Path()
    if not folder.is_dir():
        problem = Problem("--report", "a file in a folder that exists", str(report))
        raise BadInput("the command", [problem], f"Make the folder first: mkdir -p {folder}")


def _play_watched(
    read: ReadScenario, seed: int, console: Console, speed: float | None
) -> DrillResult:
    from autopilot_lab.drill.live.view import LiveView  # noqa: PLC0415 - the lab loads on demand
    from autopilot_lab.drill.runner import run_drill  # noqa: PLC0415

    view = LiveView(read, console, speed=speed)
    try:
        with view:
            return run_drill(read, seed=seed, watch=view)
    except KeyboardInterrupt as stopped:
        raise KeyboardInterrupt(view.where) from stopped


def _play_once(read: ReadScenario, seed: int) -> DrillResult:
    from autopilot_lab.drill.runner import run_drill  # noqa: PLC0415 - the lab loads on demand

    return run_drill(read, seed=seed)


def _play_and_show(read: ReadScenario, seed: int, how: _How) -> DrillResult:
    from autopilot_lab.drill.live.view import can_show  # noqa: PLC0415 - the lab loads on demand
    from autopilot_lab.drill.story import conclude, tell  # noqa: PLC0415

    console = Console(file=sys.stdout)  # this very stream: a drill puts its own in its place
    watched = how.watched and can_show(console)
    result = _play_watched(read, seed, console, how.speed) if watched else _play_once(read, seed)
    if how.as_json:
        click.echo(json.dumps(result.to_dict(), indent=2, ensure_ascii=False))
    else:
        (conclude if watched else tell)(result, console)
    return result


def _play_many(read: ReadScenario, seeds: Sequence[int], how: _How) -> bool:
    from autopilot_lab.assurance.seeds import play_seeds  # noqa: PLC0415 - loads on demand
    from autopilot_lab.drill.summary import summarise, tell_summary  # noqa: PLC0415

    played = play_seeds(read, seeds, at_once=how.at_once, progress=counting("runs"))
    summary = summarise(read.scenario.name, played)
    if how.as_json:
        click.echo(json.dumps(summary.to_dict(), indent=2, ensure_ascii=False))
    else:
        tell_summary(summary, Console(file=sys.stdout))
    return summary.held == len(seeds)
