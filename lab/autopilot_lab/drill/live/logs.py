"""What was decided and who was told: lists that grow at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from rich.text import Text

from autopilot_lab.drill.live.scene import Decision, Held, Outlook, Scene, Standing
from autopilot_lab.drill.live.section import Section
from autopilot_lab.drill.story import clock

_CLOCK: Final = len("00:00:00.0")
_MARKS: Final = {
    Standing.HOLDS: ("✓", "green"),
    Standing.OPEN: ("·", "yellow"),
    Standing.LATER: ("…", "dim"),
}
_WRAPPED_MAX: Final = 4  #: lines for one decision


def gate(scene: Scene, width: int) -> Section:
    """What the gate permitted and refused, and why, newest last."""
    told = [decision for decision in scene.decisions if decision.at >= 0]
    lines = [line for decision in told for line in _decision(decision, width)]
    if not lines:
        lines = [Text("nothing was asked of it yet", style="dim")]
    return Section("gate", _held(scene.held, scene.second), lines, least=2, is_log=True)


def _held(held: Held, second: float) -> str:
    if held.lever:
        return f"STOP LEVER engaged by {held.lever}"
    if not held.lease_holder:
        return "lever off · lease free"
    left = max(0.0, held.lease_ends - second)
    return f"lever off · lease {held.fence}, {left:.0f} s left · {held.lease_holder}"


def _decision(decision: Decision, width: int) -> Iterator[Text]:
    sign, style = ("✓", "green") if decision.permitted else ("✗ refused", "bold red")
    head = f"{sign} {decision.act}".rstrip()
    indent = _CLOCK + 1
    said = f"{head}: {decision.why}" if decision.why else head
    room = max(20, width - indent)
    lines = _wrapped(said, room, _WRAPPED_MAX)
    for number, part in enumerate(lines):
        line = Text(f"{clock(decision.at)} " if number == 0 else " " * indent, style="dim")
        text = Text(part, style="")
        text.stylize(style, 0, len(head) if number == 0 else 0)
        yield line.append_text(text)


def pages(scene: Scene) -> Section:
    """Who was told what, newest last."""
    told = [page for page in scene.evidence.pages if page.at >= 0]
    lines = [
        Text.assemble(
            (f"{clock(page.at)} ", "dim"),
            (page.subject or page.text.partition("\n")[0], "magenta"),
            (f" ({page.region})", "dim"),
        )
        for page in told
    ]
    remark = f"{len(told)} sent" if told else ""
    if not lines:
        lines = [Text("nobody was paged", style="dim")]
    return Section("pages", remark, lines, least=1, is_log=True)


def expectations(scene: Scene, width: int, rows: int) -> Section:
    """What must come of the drill, and how it stands; whole sentences if `rows` suffice."""
    held = sum(outlook.standing is Standing.HOLDS for outlook in scene.outlooks)
    short = [_outlook(outlook, [outlook.sentence]) for outlook in scene.outlooks]
    whole = [_outlook(o, _wrapped(o.sentence, width - 2, 2)) for o in scene.outlooks]
    fits = sum(map(len, whole)) <= rows
    lines = [line for outlook in (whole if fits else short) for line in outlook]
    later = any(outlook.standing is Standing.LATER for outlook in scene.outlooks)
    legend = " · … told at the end" if later else ""
    remark = f"✓ {held} of {len(scene.outlooks)} hold so far{legend}"
    return Section("expectations", remark, lines, least=0)


def _outlook(outlook: Outlook, parts: Sequence[str]) -> list[Text]:
    mark, style = _MARKS[outlook.standing]
    first, *others = parts
    return [Text.assemble((f"{mark} ", style), first), *(Text(f"  {part}") for part in others)]


def _wrapped(said: str, width: int, lines_max: int) -> list[str]:
    """In lines; allocations and names of runs are not broken at their hyphens."""
    lines = wrap(said, width, max_lines=lines_max, placeholder=" …", break_on_hyphens=False)
    return lines or [said]
