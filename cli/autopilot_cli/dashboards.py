"""`autopilot dashboards`: look at the dashboards with the data of a drill."""

from __future__ import annotations

from pathlib import Path

import click

from autopilot.errors import BadInput, Problem


@click.command()
@click.argument("scenario", metavar="[NAME|FILE]", default="direct-path-brownout")
@click.option("--html", "file", metavar="FILE", required=True, help="Where to write the page.")
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the scenario's own seed.")
def dashboards(*, scenario: str, file: str, seed: int | None) -> None:
    """Play a scenario, and draw the four CloudWatch dashboards from what was published in it.

    No account, no network. The dashboards are those of foundation.yaml.
    """
    from autopilot.reports.boards_page import to_html  # noqa: PLC0415 - what only this needs
    from autopilot_lab.dashboards.play import play  # noqa: PLC0415 - the lab loads on demand
    from autopilot_lab.drill.project import find_scenario  # noqa: PLC0415
    from autopilot_lab.drill.reading import read_scenario  # noqa: PLC0415

    target = Path(file)
    if not target.parent.is_dir() or target.suffix != ".html":
        problem = Problem("--html", "a file ending in .html in a folder that exists", file)
        raise BadInput("the command", [problem], f"Make the folder first: mkdir -p {target.parent}")
    read = read_scenario(find_scenario(scenario))
    boards = play(read, seed=read.scenario.seed if seed is None else seed)
    target.write_text(to_html(boards), "utf-8")
    click.echo(f"The dashboards are in {file}.")
