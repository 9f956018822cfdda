"""Where requests go, route by route, and what each region's alarm says of the route."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.text import Text

from autopilot_lab.drill.live.scene import AlarmNow, Scene
from autopilot_lab.drill.live.section import Section

_CELL: Final = 12
_BAR_MIN: Final = 4
_PERCENT: Final = 6
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_SIGNS: Final = {"ALARM": "● ALARM", "OK": "○ ok", "INSUFFICIENT_DATA": "? no data"}
_STYLES: Final = {"ALARM": "bold red", "OK": "green", "INSUFFICIENT_DATA": "dim"}


def routes(scene: Scene, width: int) -> Section:
    """A line for each route: its share as a bar, and its alarms; below, every other alarm."""
    regions = list(dict.fromkeys(alarm.region for alarm in scene.alarms))
    cells = [max(_CELL, len(region) + 1) for region in regions]
    names = max(len(str(route)) for route in scene.evidence.routes) + 1
    bar = max(_BAR_MIN, width - names - _PERCENT - sum(cells) - 1)
    heading = " " * (names + bar + _PERCENT + 1 - len("alarms: ")) + "alarms: "
    heading += "".join(f"{region:<{cell}}" for region, cell in zip(regions, cells, strict=True))
    lines = [Text(heading, style="dim")]
    by_place = {(alarm.route, alarm.region): alarm for alarm in scene.alarms if alarm.route}
    for route, percent in scene.ledger.allocation.shares:
        watching = [by_place.get((str(route), region)) for region in regions]
        alarmed = any(alarm and alarm.state == "ALARM" for alarm in watching)
        line = Text(f"{route!s:<{names}}", style="bold red" if alarmed else "")
        line.append(_bar(percent, bar), style="red" if alarmed else "cyan")
        line.append(f"{percent:>{_PERCENT - 2}} %", style="bold").append(" ")
        for alarm, cell in zip(watching, cells, strict=True):
            line.append_text(_alarm(alarm, scene.second, cell))
        lines.append(line)
    lines.append(_others(scene))
    return Section("allocation", _versions(scene), tuple(lines), least=len(lines) - 1)


def _bar(percent: int, width: int) -> str:
    eighths = round(percent * width * 8 / 100)
    full, rest = divmod(eighths, 8)
    return f"{'█' * full}{_EIGHTHS[rest] if rest else ''}".ljust(width)


def _alarm(alarm: AlarmNow | None, second: float, width: int) -> Text:
    if alarm is None:
        return Text(" " * width)
    said = _SIGNS[alarm.state]
    if alarm.state == "ALARM":
        said += f" {_brief(second - alarm.since)}"
    return Text(f"{said:<{width}}", style=_STYLES[alarm.state])


def _brief(seconds: float) -> str:
    """`12s`, `3m`: for a narrow column."""
    return f"{seconds:.0f}s" if seconds < 100 else f"{seconds / 60:.0f}m"  # noqa: PLR2004 - two digits


def _others(scene: Scene) -> Text:
    """Alarms that watch no single route: those that go off, else how many are quiet."""
    others = [alarm for alarm in scene.alarms if not alarm.route]
    loud = [alarm for alarm in others if alarm.state == "ALARM"]
    if not loud:
        return Text(f"none of the {len(others)} other alarms goes off", style="dim")
    named = ", ".join(f"{alarm.name} in {alarm.region}" for alarm in loud)
    return Text(f"● ALARM {named}", style="bold red")


def _versions(scene: Scene) -> str:
    behind = [*_behind(scene)]
    state = f"not yet read by {' and '.join(behind)}" if behind else "every router obeys"
    return f"version {scene.ledger.version} · {state}"


def _behind(scene: Scene) -> Iterator[str]:
    for region, version in scene.routers:
        if version < scene.ledger.version:
            yield region
