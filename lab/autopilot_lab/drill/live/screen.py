"""Lays one moment out for a terminal of any size from 60 columns and 16 rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from autopilot_lab.drill.live.charts import charts
from autopilot_lab.drill.live.logs import expectations, gate, pages
from autopilot_lab.drill.live.machine import machine
from autopilot_lab.drill.live.releases import releases
from autopilot_lab.drill.live.routes import routes
from autopilot_lab.drill.live.scene import Scene
from autopilot_lab.drill.live.section import GAP, Section, beside, fit, share
from autopilot_lab.drill.story import clock

COLUMNS_MIN: Final = 60
ROWS_MIN: Final = 16
#: From here on charts and allocation stand beside each other.
_WIDE_COLUMNS: Final = 116
_TALL_ROWS: Final = 30
#: Kept free for a state machine, so that little moves when a run begins.
_FLOW_ROWS: Final = 4
_FRAME_ROWS: Final = 3  #: two at the top, one at the bottom
_KEYS: Final = (
    ("+", "faster"),
    ("-", "slower"),
    ("space", "pause"),
    ("q", "skip to the end"),
    ("Ctrl-C", "stop"),
)


@dataclass(frozen=True, slots=True)
class Controls:
    """What whoever watches can see and change of the pace."""

    rate: float | None  #: virtual seconds per real second; None for no waiting
    paused: bool
    has_keyboard: bool


def screen(scene: Scene, controls: Controls, columns: int, rows: int) -> list[Text]:
    """Exactly `rows` lines, each exactly `columns` wide."""
    body_rows = rows - _FRAME_ROWS
    wide = columns >= _WIDE_COLUMNS
    body = _wide(scene, columns, body_rows) if wide else _narrow(scene, columns, body_rows)
    body = [*body, *[Text()] * body_rows][:body_rows]
    lines = [*_top(scene, controls, columns), *body, _keys(controls)]
    return [fit(line, columns) for line in lines][:rows]


def _narrow(scene: Scene, columns: int, rows: int) -> list[Text]:
    whole = rows >= _TALL_ROWS
    sections = [
        charts(scene, columns, whole=whole),
        routes(scene, columns),
        *_releases(scene),
        machine(scene, columns, whole=whole),
        gate(scene, columns),
        pages(scene),
        expectations(scene, columns, 0),
    ]
    return _stacked(sections, columns, rows, stretched=len(sections) - 3)


def _wide(scene: Scene, columns: int, rows: int) -> list[Text]:
    left = (columns - GAP) // 2
    right = columns - GAP - left
    chart = charts(scene, left, whole=True)
    shown = [routes(scene, right), *_releases(scene)]
    above = beside(chart.rows(left), [row for one in shown for row in one.rows(right)], left)
    flow = machine(scene, columns, whole=True)
    room = rows - len(above)
    flow = share([flow], max(4, room // 2))[0].filled(_FLOW_ROWS)
    below = room - len(flow.lines) - 1
    told = _stacked([gate(scene, left), pages(scene)], left, below, stretched=0)
    hoped = expectations(scene, right, below - 1).rows(right)
    return [*above, *flow.rows(columns), *beside(told, hoped, left)]


def _releases(scene: Scene) -> list[Section]:
    """Of a drill in which a switch of the release is turned; other drills have no room for it."""
    is_shown = scene.scenario.releases or scene.evidence.turned
    return [releases(scene)] if is_shown else []


def _stacked(sections: Sequence[Section], width: int, rows: int, *, stretched: int) -> list[Text]:
    """The sections above each other in exactly that many rows; one of them takes what is left."""
    cut = share(sections, rows)
    used = sum(len(section.lines) + 1 for section in cut)
    cut[stretched] = cut[stretched].filled(len(cut[stretched].lines) + max(0, rows - used))
    return [row for section in cut for row in section.rows(width)]


# -- the frame -------------------------------------------------------------------------------------


def _top(scene: Scene, controls: Controls, columns: int) -> tuple[Text, Text]:
    pace = _pace(scene, controls)
    left = f" {scene.scenario.name}  {_clock(scene)}  {_offset(scene)}"
    bar = fit(Text(left), columns - len(pace) - 1).append(pace + " ")
    bar.stylize("bold reverse")
    title = Text(f" {scene.scenario.title} (seed {scene.seed})")
    return bar, title


def _clock(scene: Scene) -> str:
    if scene.warming_up:
        return f"warming up, {-scene.second:.0f} s to go"
    return f"{clock(scene.second)} of {clock(scene.evidence.seconds)[:-2]}"


def _offset(scene: Scene) -> str:
    fault, mitigated = scene.evidence.fault_at, scene.evidence.mitigated_at
    if fault is None or scene.warming_up:
        return ""
    if scene.second < fault:
        return f"fault in {fault - scene.second:.0f} s"
    since = f"fault +{scene.second - fault:.1f} s"
    return since if mitigated is None else f"{since}  mitigated after {mitigated - fault} s"


def _pace(scene: Scene, controls: Controls) -> str:
    if controls.paused:
        return "‖ PAUSED"
    if scene.warming_up:
        return ""
    if controls.rate is None:
        return "▶ full speed"
    return f"▶ {controls.rate:.3g}\N{MULTIPLICATION SIGN} real time"


def _keys(controls: Controls) -> Text:
    text = Text(" ")
    for key, effect in _KEYS if controls.has_keyboard else _KEYS[-1:]:
        text.append(f" {key} ", style="reverse").append(f" {effect}  ")
    return text
