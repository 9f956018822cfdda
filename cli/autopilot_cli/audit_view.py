"""What a person sees of a verification: how far it is, and what it found."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from autopilot.audit.note import VerifierKey
    from autopilot.audit.verify import Progress, Scope, Verification

_SHOWN_MAX: Final = 20
_COLOURS: Final = {"whole": "green", "damaged": "red", "unread": "yellow"}


def tell(found: Verification, key: VerifierKey, *, as_json: bool) -> None:
    """Print what a verification found, for a person or as one JSON object."""
    if as_json:
        click.echo(json.dumps(_as_json(found, key)))
        return
    for damage in found.damages[:_SHOWN_MAX]:
        click.secho(f"  {damage}", fg="red")
    hidden = len(found.damages) - _SHOWN_MAX + found.more_damages
    if hidden > 0:
        click.echo(f"  and {hidden} more; --json lists up to a thousand")
    verdict = _verdict(found)
    click.secho(
        f"{key.name}: {found.segments} of {found.size} segments,"
        f" {found.entries:,} entries, {found.bytes:,} bytes: {verdict}",
        fg="red" if found.damages else "yellow" if found.unread else "green",
    )
    for copy, state in found.copies.items():
        why = f": {found.unread[copy]}" if state == "unread" else ""
        click.secho(f"  archive in {copy}: {state}{why}", fg=_COLOURS[state])
    if not found.anchored:
        click.secho("without an anchor a cut tail cannot be seen", fg="yellow")


def _verdict(found: Verification) -> str:
    if found.damages:
        return f"{len(found.damages)} damages"
    if found.unread:
        return "nothing is wrong with the log, and not every copy of its archive was read"
    return "nothing is wrong"


def _as_json(found: Verification, key: VerifierKey) -> dict[str, Any]:
    return {
        "origin": key.name,
        "verified": found.is_log_whole,
        "exit_code": found.exit_code,
        "anchored": found.anchored,
        "size": found.size,
        "segments": found.segments,
        "entries": found.entries,
        "bytes": found.bytes,
        "copies": found.copies,
        "unread": found.unread,
        "damages": [damage.to_dict() for damage in found.damages],
        "more_damages": found.more_damages,
    }


@contextmanager
def progressing(scope: Scope, *, shown: bool) -> Iterator[Callable[[Progress], None]]:
    """A progress bar where a person watches, nothing where a program does."""
    if not shown or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich import progress as rich  # noqa: PLC0415 - a program that reads JSON needs none of it
    from rich.console import Console  # noqa: PLC0415

    columns = (
        rich.TextColumn("verifying every entry" if scope.full else "verifying every byte"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TextColumn("{task.fields[entries]:,} entries  {task.fields[damages]} damages"),
        rich.TimeRemainingColumn(),
    )
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, entries=0, damages=0)

        def show(now: Progress) -> None:
            bar.update(
                task,
                completed=now.segments,
                total=now.of_segments,
                entries=now.entries,
                damages=now.damages,
            )

        yield show
