"""A pre-flight as a person reads it: what stands in the way first, then what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autopilot.domain.preflight import Answer
from autopilot.domain.preflight_steps import first_step, next_step

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from autopilot.domain.preflight import Check, Preflight

_STYLES: Final = {Answer.GO: "green", Answer.WARN: "bold yellow", Answer.NO_GO: "bold red"}
_BANNERS: Final = {
    Answer.GO: "bold white on green",
    Answer.WARN: "bold black on yellow",
    Answer.NO_GO: "bold white on red",
}
_MARKS: Final = {Answer.GO: "✔", Answer.WARN: "!", Answer.NO_GO: "✘"}
_INDENT: Final = 9
_MINUTE, _HOUR = 60, 3_600


def show(found: Preflight, service: str, console: Console) -> None:
    """Print it: with colours and columns to a terminal, else one line for each check."""
    if not console.is_terminal:
        for line in plain_lines(found, service):
            console.print(line, soft_wrap=True, highlight=False, markup=False)
        return
    console.print(_headline(found, service))
    for check in found.against:
        console.print(_block(check))
    console.print(_well(found))
    console.print(Text.assemble(("\nNext step  ", "bold"), first_step(found)))


def plain_lines(found: Preflight, service: str) -> Iterator[str]:
    """One line for each check, the worst first: answer, name, observed, wanted, age, reason."""
    yield f"{found.answer} {service}: {_way(found)}, {_counted(found)}, {_carried(found)}"
    for check in found.worst_first:
        yield (
            f"{check.answer:<5}  {check.name}  observed: {check.observed}  wanted: {check.limit}  "
            f"age: {_age(check)}  source: {check.source}  reason: {check.reason}"
        )
    yield f"next step: {first_step(found)}"


def _headline(found: Preflight, service: str) -> RenderableType:
    at = datetime.fromtimestamp(found.observed_ms / 1000, tz=UTC)
    first = Text.assemble(
        (f" {found.answer} ", _BANNERS[found.answer]),
        f"  {service}  ",
        (_way(found), "bold"),
        (f"  {at:%Y-%m-%d %H:%M:%SZ}", "dim"),
    )
    return Group(first, Text(f"{' ' * _INDENT}{_carried(found)}; {_counted(found)}\n"))


def _block(check: Check) -> RenderableType:
    """A check that does not say GO, with everything that is known of it."""
    style = _STYLES[check.answer]
    first = Text.assemble(
        (f"{_MARKS[check.answer]} {check.answer:<6}", style), " ", (check.name, "bold")
    )
    body = Table.grid(padding=(0, 2))
    body.add_column(style="dim", no_wrap=True)
    body.add_column(overflow="fold")
    body.add_row("observed", check.observed)
    body.add_row("wanted", check.limit)
    body.add_row("why", check.reason)
    body.add_row("source", Text(f"{check.source}, {_age(check)}", "dim"))
    body.add_row("next", Text(next_step(check), style))
    return Group(first, Padding(body, (0, 0, 1, _INDENT)))


def _well(found: Preflight) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    table.add_column("check", no_wrap=True)
    table.add_column("observed", overflow="fold", ratio=2)
    table.add_column("wanted", overflow="fold", ratio=2, style="dim")
    table.add_column("age", justify="right", no_wrap=True, style="dim")
    for check in found.with_answer(Answer.GO):
        mark = Text(f"{_MARKS[check.answer]} {check.answer}", _STYLES[check.answer])
        table.add_row(mark, check.name, check.observed, check.limit, _age(check))
    return table


def _way(found: Preflight) -> str:
    return f"{found.source_region} → {found.target}"


def _carried(found: Preflight) -> str:
    part = found.carries_percent
    return "nobody knows what it carries" if part is None else f"carries {part} % of the load"


def _counted(found: Preflight) -> str:
    counts = [(len(found.with_answer(each)), each) for each in reversed(Answer)]
    return ", ".join(f"{count} {answer}" for count, answer in counts)


def _age(check: Check) -> str:
    age = check.age_seconds
    if age is None:
        return "not read"
    if age < _MINUTE:
        return "now"
    return f"{age // _MINUTE} min" if age < _HOUR else f"{age // _HOUR} h"
