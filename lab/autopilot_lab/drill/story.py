"""The drill as a person reads it: what happened, in order, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import groupby
from operator import itemgetter
from typing import Literal, TypeAlias

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autopilot_lab.drill.evidence import Evidence, ReleasedBy, Run, StateEntered
from autopilot_lab.drill.result import DrillResult
from autopilot_lab.drill.storms import SHOWN, STORM_FROM, together
from autopilot_lab.emulator.world.series import Sample

Kind: TypeAlias = Literal["fault", "operator", "alarm", "effect", "run", "page", "rate", "calm"]

_STYLES: dict[Kind, str] = {
    "fault": "bold red",
    "operator": "bold",
    "alarm": "yellow",
    "effect": "bold cyan",
    "run": "blue",
    "page": "magenta",
    "rate": "dim",
    "calm": "green",
}
#: The error rate is told again when it has changed by this factor, in either direction.
_RATE_FACTOR = 2.0
_RATE_FLOOR = 0.002
_FAILURES_MIN = 10  #: fewer failures in ten seconds are not worth telling
_STRETCH_SECONDS = 1.0
_ROUNDS_MIN = 3  #: fewer of the same are told one by one
ROUTINE = frozenset({"health_sweep"})  #: told only when it fails


@dataclass(frozen=True, slots=True)
class Line:
    """One moment of the story."""

    at: float
    kind: Kind
    text: str


def tell(result: DrillResult, console: Console) -> None:
    """Print the story and the summary."""
    _print_title(result, console)
    for line in lines(result.evidence):
        console.print(_formatted(line), soft_wrap=True, highlight=False)
    console.print()
    _print_reflex(result, console)
    _print_failover(result, console)
    _print_summary(result, console)


def conclude(result: DrillResult, console: Console) -> None:
    """Print the summary alone, for somebody who has watched the story."""
    _print_title(result, console)
    _print_reflex(result, console)
    _print_failover(result, console)
    _print_summary(result, console)


def _print_title(result: DrillResult, console: Console) -> None:
    title = Text(f"{result.scenario.title} (seed {result.seed})", style="bold")
    console.print(title, soft_wrap=True)
    console.print()


def lines(evidence: Evidence) -> Sequence[Line]:
    """Every moment worth telling, in order of time."""
    told = [
        *(Line(note.at, note.kind, note.text) for note in evidence.notes),
        *_alarm_lines(evidence),
        *_effect_lines(evidence),
        *(
            Line(turn.at, "effect", f"{turn.act}: {turn.switch} {turn.before} → {turn.to}")
            for turn in evidence.turned
        ),
        *_run_lines(evidence),
        *(Line(p.at, "page", f"{p.region}: {p.subject}") for p in evidence.pages),
        *_rate_lines(evidence.series.samples),
        *_calm_lines(evidence),
    ]
    return sorted((line for line in told if line.at >= 0), key=lambda line: line.at)


def clock(seconds: float) -> str:
    """`00:05:13.4`, counted from the start of the drill."""
    tenths = round(seconds * 10)
    whole = tenths // 10
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{tenths % 10}"


def _alarm_lines(evidence: Evidence) -> Iterator[Line]:
    """What goes off, and when it is over; not that a new alarm has found its first data."""
    loud = [alarm for alarm in evidence.alarms if "ALARM" in (alarm.old, alarm.new)]
    for group in together(loud):
        shown = group if len(group) <= STORM_FROM else group[:SHOWN]
        for alarm in shown:
            yield Line(alarm.at, "alarm", f"{alarm.name} in {alarm.region}: {alarm.new}")
        if left := group[len(shown) :]:
            more = f"{len(left)} more alarms until {clock(left[-1].at)}: {left[0].new}"
            yield Line(left[0].at, "alarm", more)


def _effect_lines(evidence: Evidence) -> Iterator[Line]:
    for effect in evidence.effects:
        moved = f"{effect.act}: {effect.moved_percent} points moved, {effect.why}"
        yield Line(effect.at, "effect", moved)
        now = f"  version {effect.after.version}: {effect.after.allocation.compact()}"
        yield Line(effect.at, "effect", now)


def _run_lines(evidence: Evidence) -> Iterator[Line]:
    """Every state of every run, but not of routine that went as always."""
    for run in evidence.runs:
        if run.runbook in ROUTINE and run.status == "SUCCEEDED":
            continue
        yield Line(run.started_at, "run", f"{run.runbook} starts in {run.region} as {run.name}")
        yield from _way_lines(run)
        if run.ended_at is not None:
            said = _readable(run.cause) or _summary_of(run)
            yield Line(run.ended_at, "run", f"{run.runbook} ended as {run.ending}: {said}")


def _way_lines(run: Run) -> Iterator[Line]:
    """The states of a run; a round that it goes again and again is told once."""
    stretches = [(s[0].at, " → ".join(e.state for e in s)) for s in _stretches(run.states)]
    for states, rounds in groupby(stretches, key=itemgetter(1)):
        instants = [at for at, _ in rounds]
        if len(instants) < _ROUNDS_MIN:
            yield from (Line(at, "run", f"  {states}") for at in instants)
            continue
        times = f"{len(instants)} times until {clock(instants[-1])}"
        yield Line(instants[0], "run", f"  {states} ({times})")


def _stretches(states: Sequence[StateEntered]) -> list[list[StateEntered]]:
    """States that follow each other within a second are told in one line."""
    told: list[list[StateEntered]] = []
    for entered in states:
        if told and entered.at - told[-1][-1].at < _STRETCH_SECONDS:
            told[-1].append(entered)
        else:
            told.append([entered])
    return told


def _readable(cause: str) -> str:
    """The message in a function's error, which Step Functions passes on as JSON."""
    try:
        error = json.loads(cause)
    except ValueError:
        return cause
    return str(error.get("errorMessage", cause)) if isinstance(error, dict) else cause


def _summary_of(run: Run) -> str:
    return str(run.output.get("summary", "")) if isinstance(run.output, Mapping) else ""


def _calm_lines(evidence: Evidence) -> Iterator[Line]:
    if evidence.mitigated_at is not None:
        text = "mitigated: from here on the error rate stays under the objective"
        yield Line(float(evidence.mitigated_at), "calm", text)


def _rate_lines(samples: Sequence[Sample]) -> Iterator[Line]:
    """The error rate whenever it has moved noticeably since it was last told."""
    told = 0.0
    for sample in samples:
        rate = sample.error_rate
        low, high = sorted((max(rate, _RATE_FLOOR), max(told, _RATE_FLOOR)))
        if high >= low * _RATE_FACTOR and (sample.failures >= _FAILURES_MIN or told):
            latency = f"{sample.p95_latency_ms:.0f} ms" if sample.p95_latency_ms else "no data"
            text = f"error rate {rate * 100:.2f} % ({sample.requests} requests, p95 {latency})"
            yield Line(sample.end_seconds, "rate", text)
            told = rate


def _formatted(line: Line) -> Text:
    text = Text(f"{clock(line.at)}  {line.kind:<8}  ", style="dim")
    text.append(line.text, style=_STYLES[line.kind])
    return text


def _print_reflex(result: DrillResult, console: Console) -> None:
    """The arithmetic from the fault to the routers, part by part."""
    reflex = result.evidence.reflex
    if reflex.parts is None:
        return
    table = Table(title="From fault to effect", title_justify="left", box=None, show_header=False)
    table.add_column(justify="right")
    table.add_column()
    for field in fields(reflex.parts):
        seconds = getattr(reflex.parts, field.name)
        table.add_row(f"{seconds:6.2f} s", field.name.replace("_", " "))
    table.add_row(f"{reflex.parts.total:6.2f} s", "in all, until every router obeyed")
    console.print(table)
    console.print(
        f"{reflex.transitions} state transitions and {reflex.calls} AWS call(s) on the way.\n",
        highlight=False,
    )


def _print_presets(evidence: Evidence, console: Console) -> None:
    """The same release under the presets that would have taken it back by themselves."""
    table = Table(title="The same release, load and seed", title_justify="left", box=None)
    table.add_column("failed", justify="right", no_wrap=True)
    table.add_column("under", no_wrap=True)
    table.add_column("rolled back", no_wrap=True)
    table.add_row(str(evidence.series.failures), "emergency_rollback", "as told above")
    for name, played in evidence.release_peers.items():
        table.add_row(str(played.series.failures), name, _rolled_back(played))
    console.print()
    console.print(table)
    console.print()


def _print_failover(result: DrillResult, console: Console) -> None:
    """What the design allows each part of a failover, and what it took."""
    parts = result.evidence.failover
    if not parts:
        return
    table = Table(title="From loss to the last failed request", title_justify="left", box=None)
    for name in ("took", "budget"):
        table.add_column(name, justify="right")
    table.add_column("")
    for part in parts:
        table.add_row(f"{part.seconds:6.2f} s", f"{part.budget_seconds:4.0f} s", part.name)
    took, budget = (sum(p.seconds for p in parts), sum(p.budget_seconds for p in parts))
    table.add_row(f"{took:6.2f} s", f"{budget:4.0f} s", "in all")
    console.print(table)
    console.print()


def _rolled_back(played: ReleasedBy) -> str:
    """When, by its own alarm, or why not."""
    if played.rolled_back_at is not None:
        return f"at {clock(played.rolled_back_at)}"
    return f"never: watched to {clock(played.watched_until)}"


def _print_summary(result: DrillResult, console: Console) -> None:
    evidence = result.evidence
    for checked in result.checked:
        held = checked.finding.held
        mark = Text("held      " if held else "NOT HELD  ", style="green" if held else "bold red")
        mark.append(f"{checked.name} ({checked.finding.detail})", style="default")
        console.print(mark, soft_wrap=True, highlight=False)
    console.print(
        f"\n{evidence.series.failures} of {evidence.series.requests} requests failed; "
        f"{evidence.unautomated.failures} fail without automation.",
        highlight=False,
    )
    if evidence.release_peers:
        _print_presets(evidence, console)
    if result.time_to_mitigate_seconds is not None:
        console.print(f"Mitigated after {result.time_to_mitigate_seconds} s.", highlight=False)
    count = sum(checked.finding.held for checked in result.checked)
    console.print(
        f"{count} of {len(result.checked)} expectations held. {clock(evidence.seconds)} of virtual "
        f"time in {result.wall_seconds:.1f} s.",
        highlight=False,
    )
