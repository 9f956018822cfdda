"""`autopilot audit demo`: the whole life of a trail, played on the embedded AWS."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from autopilot_cli.exits import EXIT_HELD, EXIT_NOT_HELD

if TYPE_CHECKING:
    from autopilot_lab.audit_demo.play import Step

_ENTRIES: Final = 100_000
_SUBJECTS: Final = 2_000
#: Below this there is no second segment to swap with, and no person with a whole entry.
_ENTRIES_MIN: Final = 6_000
_SUBJECTS_MIN: Final = 20

Progress = Callable[[str, int, int], None]


@click.command()
@click.option("--entries", type=click.IntRange(_ENTRIES_MIN), default=_ENTRIES, show_default=True)
@click.option(
    "--subjects", type=click.IntRange(_SUBJECTS_MIN), default=_SUBJECTS, show_default=True
)
def demo(*, entries: int, subjects: int) -> None:
    """Ingest, seal, archive, verify, prove, tamper, erase a person; verify and prove again.

    Everything runs through the deployed functions and state machines, on this machine, with no
    account. Exit code 0: everything held.
    """
    from autopilot_lab.audit_demo.play import audit_demo  # noqa: PLC0415 - loads the lab

    held = True
    with _progress() as progress, audit_demo(entries, subjects, progress) as played:
        for step in played.steps():
            _tell(step)
            held = held and step.held
    sys.exit(EXIT_HELD if held else EXIT_NOT_HELD)


def _tell(step: Step) -> None:
    mark = click.style("ok  " if step.held else "FAIL", fg="green" if step.held else "red")
    more = f" ({', '.join(step.detail)})" if step.detail else ""
    click.echo(f"{mark} {step.name:13} {step.told}{more}")


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar where a person watches, nothing where a program does."""
    if not sys.stderr.isatty():
        yield lambda _name, _done, _of: None
        return
    from rich import progress as rich  # noqa: PLC0415 - only for people
    from rich.console import Console  # noqa: PLC0415

    columns = (
        rich.TextColumn("{task.description:>8}"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TimeElapsedColumn(),
    )
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("deploy", total=None)

        def show(name: str, done: int, of: int) -> None:
            bar.update(task, description=name, completed=done, total=of)

        yield show
