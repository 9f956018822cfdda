"""Switches in memory, and a plan to turn them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from autopilot.domain.permit import SwitchPermit
from autopilot.domain.release_section import EMERGENCY
from autopilot.domain.switches import Span, SwitchChange, SwitchPlan, SwitchState, SwitchStep
from autopilot.errors import NotYet, Transient

ALIAS, FLAG = "eu-central-1/alias", "eu-central-1/ranker"
NAMES = frozenset({EMERGENCY, FLAG, ALIAS})


@dataclass
class MadeUpSwitch:
    """Shows a value; its next changes can be lost before or after they are made."""

    name: str
    value: str
    revision: int = 1
    lose_calls: int = 0
    lose_answers: int = 0
    changes: list[str] = field(default_factory=list)
    before: Callable[[], object] | None = None  #: runs once, just before it is next observed

    def observe(self) -> SwitchState:
        """What it shows."""
        if self.before is not None:
            act, self.before = self.before, None
            act()
        return SwitchState(self.value, str(self.revision))

    def change(self, to: str, expected: SwitchState, permit: SwitchPermit) -> SwitchState:
        """Turn it, unless the call is lost."""
        permit.demand(SwitchChange(self.name, to, expected))
        if self.lose_calls:
            self.lose_calls -= 1
            raise Transient("nobody answered")
        self.value, self.revision = to, self.revision + 1
        self.changes.append(to)
        if self.lose_answers:
            self.lose_answers -= 1
            raise Transient("nobody answered")
        return self.observe()


@dataclass
class SlowSwitch:
    """Shows a change only once `arrive` is called; refuses another meanwhile, or when busy."""

    name: str
    value: str
    heading: str = ""
    busy: str = ""  #: why it refuses; "" when it does not
    changes: list[str] = field(default_factory=list)

    def observe(self) -> SwitchState:
        """What it shows, and where it is on its way to."""
        return SwitchState(self.value, heading=self.heading)

    def change(self, to: str, expected: SwitchState, permit: SwitchPermit) -> SwitchState:
        """Start it, unless it was started."""
        permit.demand(SwitchChange(self.name, to, expected))
        if self.busy:
            raise NotYet(self.busy)
        if to not in (self.value, self.heading):
            self.heading = to
            self.changes.append(to)
        return self.observe()

    def arrive(self) -> None:
        """What was started is over."""
        self.value, self.heading = self.heading or self.value, ""


def made_up_switches() -> dict[str, MadeUpSwitch]:
    """Emergency mode off, and the second release in place."""
    values = {EMERGENCY: "off", FLAG: "on", ALIAS: "2"}
    return {name: MadeUpSwitch(name, value) for name, value in values.items()}


def turning_plan(base_turn: int = 0) -> SwitchPlan:
    """Back to the first release, in emergency mode until it is verified."""
    turns = (
        (EMERGENCY, "off", "on", Span.TEMPORARY),
        (FLAG, "on", "off", Span.LASTING),
        (ALIAS, "2", "1", Span.LASTING),
    )
    return SwitchPlan(
        runbook="emergency_rollback",
        service="hybrid-routing",
        base_turn=base_turn,
        goal="0123456789abcdef",
        steps=tuple(SwitchStep(index, *each) for index, each in enumerate(turns)),
        runs_max=3,
        window_seconds=3600,
    )
