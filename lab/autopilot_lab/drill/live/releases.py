"""What the switches of the service's release show, region by region, and what was turned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich.text import Text

from autopilot_lab.drill.evidence import Turned
from autopilot_lab.drill.live.scene import Scene
from autopilot_lab.drill.live.section import Section

_BETWEEN: Final = " · "


def releases(scene: Scene) -> Section:
    """A line for each region; a switch that was turned shows what it showed before, too."""
    shown, turned = scene.evidence.switches, scene.evidence.turned
    lines = tuple(_lines(shown, _first_shown(turned)))
    remark = f"{len(turned)} turns" if turned else "nothing was turned"
    return Section("release", remark, lines, least=len(lines))


def _first_shown(turned: Sequence[Turned]) -> dict[str, str]:
    """What each switch showed before it was first turned."""
    return {turn.switch: turn.before for turn in reversed(turned)}


def _lines(shown: Mapping[str, str], before: Mapping[str, str]) -> Iterator[Text]:
    places = dict.fromkeys(name.rpartition("/")[0] for name in sorted(shown))
    room = max(map(len, places), default=0) + 1
    for place in sorted(places, reverse=True):
        line = Text(f"{place:<{room}}", style="dim")
        names = [name for name in shown if name.rpartition("/")[0] == place]
        for number, name in enumerate(names):
            line.append(_BETWEEN if number else "", style="dim")
            line.append_text(_switch(name, shown[name], before.get(name, shown[name])))
        yield line


def _switch(name: str, now: str, before: str) -> Text:
    said = Text(f"{name.rpartition('/')[2]} ")
    if before == now:
        return said.append(now)
    return said.append(f"{before} → {now}", style="bold cyan")
