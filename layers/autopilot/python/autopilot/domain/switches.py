"""Switches that move releases and settings, and plans to turn several of them. Pure.

A switch has a name, such as `eu-central-1/alias`, and one text as its value. What the release of
a service is at an instant is the value of all of its switches together (see `releases`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property
from typing import Final, Self

from autopilot.domain.canonical import Plain, digest
from autopilot.domain.fields import Fields
from autopilot.errors import BadInput, Problem

SWITCHES_MAX: Final = 12
NAME_CHARACTERS_MAX: Final = 40
VALUE_BYTES_MAX: Final = 48  #: before and after lie in a journal entry of 384 bytes
ROLLBACK: Final = "rollback"  #: the kind of act, by which brakes are counted
FAILOVER: Final = "failover"  #: the same, of the turns of a failover
WRITER: Final = "writer"  #: name of the switch that says which region owns the writes
ADMISSION: Final = "admission"  #: name of the one that says which regions clients may come to
DATABASE: Final = "database"  #: name of the one that moves a database's writer, losing nothing
DATABASE_LOSS: Final = "database-loss"  #: the same writer, and what was not copied is given up
DATABASE_SWITCHES: Final = frozenset({DATABASE, DATABASE_LOSS})
FAILOVER_SWITCHES: Final = frozenset({WRITER, ADMISSION}) | DATABASE_SWITCHES
_ADVICE: Final = "Plan again from what the switches show now."


class Span(StrEnum):
    """How long a turn is meant to last."""

    LASTING = "lasting"
    TEMPORARY = "temporary"  #: put back when the run ends, whichever way it ends


@dataclass(frozen=True, slots=True)
class SwitchState:
    """What a switch shows; `revision` changes with every change, where the service has one."""

    value: str
    revision: str = ""
    heading: str = ""  #: what it will show once a change that was started is over; "" for none


@dataclass(frozen=True, slots=True)
class SwitchChange:
    """One change of one switch, from what was observed: what a permit is issued for."""

    switch: str
    to: str
    expected: SwitchState


@dataclass(frozen=True, slots=True)
class SwitchStep:
    """One turn of a plan."""

    index: int  #: from 0
    switch: str
    before: str
    to: str
    span: Span


@dataclass(frozen=True)
class SwitchPlan:
    """An intention on several switches of one service, turned in this order."""

    runbook: str
    service: str
    base_turn: int  #: turns that the ledger had counted when this was planned
    goal: str  #: id of the release that the lasting turns lead to
    steps: tuple[SwitchStep, ...]
    runs_max: int  #: runs of this kind in a window
    window_seconds: int

    def __post_init__(self) -> None:
        """Raise `BadInput` for steps out of order, without a change, or twice on one switch."""
        problems = [
            Problem(f"steps[{place}].{key}", expected, got)
            for place, step in enumerate(self.steps)
            for key, expected, got in _wrong(place, step, self.steps)
        ]
        if not 1 <= len(self.steps) <= SWITCHES_MAX:
            problems.append(Problem("steps", f"1 to {SWITCHES_MAX}", str(len(self.steps))))
        if problems:
            raise BadInput("a plan of switches", problems, _ADVICE)

    @property
    def kind(self) -> str:
        """The kind of act that it is, by which brakes are counted."""
        return FAILOVER if self.runbook == "regional_failover" else ROLLBACK

    def gave_up(self, forward: int) -> SwitchStep | None:
        """The one of the first `forward` steps that gave up data: there is no way back from it."""
        begun = self.steps[:forward]
        return next((step for step in begun if step.switch == DATABASE_LOSS), None)

    @cached_property
    def _digest(self) -> str:
        return digest(self.to_dict())

    def digest(self) -> str:
        """SHA-256 of the RFC 8785 form of `to_dict`, as 64 hexadecimal digits."""
        return self._digest

    def to_dict(self) -> dict[str, Plain]:
        """Plain JSON of whole numbers and text."""
        return {
            "runbook": self.runbook,
            "service": self.service,
            "base_turn": self.base_turn,
            "goal": self.goal,
            "steps": [_step_to_dict(step) for step in self.steps],
            "runs_max": self.runs_max,
            "window_seconds": self.window_seconds,
        }

    @classmethod
    def from_dict(cls, value: object) -> Self:
        """Read what `to_dict` wrote; raise `BadInput` with everything that is wrong."""
        read = Fields(value, "a plan of switches", _ADVICE)
        read.only(field.name for field in fields(cls))
        runbook, service = read.text("runbook", most=64), read.text("service", most=64)
        base, goal = read.integer("base_turn"), read.text("goal", most=64)
        steps = tuple(_step_from(step) for step in read.each("steps", most=SWITCHES_MAX))
        runs_max, window_seconds = read.integer("runs_max"), read.integer("window_seconds")
        read.refuse_if_wrong()
        return cls(runbook, service, base, goal, steps, runs_max, window_seconds)


def _wrong(
    place: int, step: SwitchStep, steps: Sequence[SwitchStep]
) -> Sequence[tuple[str, str, str]]:
    found = []
    if step.index != place:
        found.append(("index", str(place), str(step.index)))
    if step.before == step.to:
        found.append(("to", f"another value than {step.before!r}", repr(step.to)))
    if any(step.switch == other.switch for other in steps[:place]):
        found.append(("switch", "each switch once", step.switch))
    for key, text in (("before", step.before), ("to", step.to)):
        if not 1 <= len(text.encode()) <= VALUE_BYTES_MAX:
            found.append((key, f"text of 1 to {VALUE_BYTES_MAX} bytes", repr(text)))
    return found


def _step_to_dict(step: SwitchStep) -> Plain:
    return {
        "index": step.index,
        "switch": step.switch,
        "before": step.before,
        "to": step.to,
        "span": step.span.value,
    }


def _step_from(read: Fields) -> SwitchStep:
    read.only(field.name for field in fields(SwitchStep))
    return SwitchStep(
        index=read.integer("index", most=SWITCHES_MAX),
        switch=read.text("switch", most=NAME_CHARACTERS_MAX),
        before=read.text("before", most=VALUE_BYTES_MAX),
        to=read.text("to", most=VALUE_BYTES_MAX),
        span=read.choice("span", Span),
    )
