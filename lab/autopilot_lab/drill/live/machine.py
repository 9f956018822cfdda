"""The state machine of the run that is news: where it is, and where it has been."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from rich.text import Text

from autopilot.reports.model import Machine, Node
from autopilot_lab.drill.evidence import Run
from autopilot_lab.drill.live.scene import Scene
from autopilot_lab.drill.live.section import Section
from autopilot_lab.drill.story import clock

_BETWEEN: Final = "  "
_TIMES: Final = "\N{MULTIPLICATION SIGN}"


def machine(scene: Scene, width: int, *, whole: bool) -> Section:
    """Every state of the machine; without `whole`, only those that the run has entered."""
    run, shown = scene.run, scene.machine
    if run is None or shown is None:
        swept = f"routine runs so far: {scene.routine_runs}"
        return Section("runs", "", (Text(f"nothing to do; {swept}", style="dim"),), least=1)
    states = [*_states(run, shown, scene.second, whole=whole)]
    others = [_other(other, scene.second) for other in scene.others_open if _acts(other)]
    lines = [*others, *_flow(states, width)]
    return Section(run.runbook, _remark(run, scene.second), lines, least=2, is_log=not whole)


def _acts(run: Run) -> bool:
    return run.runbook != "health_sweep"


def _remark(run: Run, second: float) -> str:
    if run.ended_at is None:
        state = f"running for {second - run.started_at:.0f} s"
    else:
        state = f"ended as {run.ending} at {clock(run.ended_at)}"
    return f"in {run.region} · {state} · {run.name}"


def _other(run: Run, second: float) -> Text:
    state = run.states[-1] if run.states else None
    now = f"{state.state} {second - state.at:.0f} s" if state else "begins"
    said = f"beside it {run.runbook} in {run.region} ▶ {now} · {run.name}"
    return Text(said, style="yellow")


def _states(run: Run, shown: Machine, second: float, *, whole: bool) -> Iterator[Text]:
    visits = Counter(entered.state for entered in run.states)
    nodes = {node.name: node for node in shown.nodes}
    names = in_order(shown) if whole else [*visits]
    last = run.states[-1] if run.states else None
    for name in names:
        times = f" {_TIMES}{visits[name]}" if visits[name] > 1 else ""
        if last and name == last.state and run.ended_at is None:
            yield Text(f"▶ {name}{times} {second - last.at:.0f} s", style="bold reverse")
        elif not visits[name]:
            yield Text(f"· {name}", style="dim")
        else:
            yield _passed(nodes[name], times)


def in_order(shown: Machine) -> Sequence[str]:
    """The states as a run comes by them; what follows a state stands after it where it can.

    The reverse of the order in which a walk from the start has done with them, the states inside
    a state before what follows it.
    """
    inside: dict[str, list[str]] = {}
    for node in shown.nodes:
        if node.name in shown.entries:
            inside.setdefault(node.inside, []).append(node.name)
    following = {node.name: list(inside.get(node.name, ())) for node in shown.nodes}
    for edge in shown.edges:
        following[edge.start].insert(len(inside.get(edge.start, ())), edge.end)
    done: dict[str, None] = {}
    seen: set[str] = set()

    def walk(name: str) -> None:
        seen.add(name)
        for after in following[name]:
            if after not in seen:
                walk(after)
        done[name] = None

    for start in inside.get("", ()):
        walk(start)
    return [*reversed(done)]


def _passed(node: Node, times: str) -> Text:
    if node.kind == "Fail":
        return Text(f"✗ {node.name}{times}", style="bold red")
    return Text(f"✓ {node.name}{times}", style="green")


def _flow(words: Sequence[Text], width: int) -> Iterator[Text]:
    """The words in lines of at most `width`; none is broken."""
    line = Text()
    for word in words:
        if line and line.cell_len + len(_BETWEEN) + word.cell_len > width:
            yield line
            line = Text()
        line.append(_BETWEEN if line else "").append_text(word)
    yield line
