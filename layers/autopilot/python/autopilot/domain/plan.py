"""What a run intends to do, before it does anything: ordered steps, guards, undo and bounds.

The digest of a plan is what a person approves and what the ledger records. It covers the
intention only. The evidence lies beside the plan (`Evidence`) and can be refreshed without
changing the digest.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from functools import cached_property, partial
from typing import Any, Final, Self

from autopilot.domain.allocation import Allocation, Route
from autopilot.domain.binomial import PPM
from autopilot.domain.canonical import Plain, digest
from autopilot.domain.fields import Fields
from autopilot.domain.verdict import State, Thresholds, Verdict
from autopilot.errors import BadInput, Problem

STEPS_MAX: Final = 100  #: a step moves at least one point
_ADVICE: Final = "Plan again from what the ledger holds now."


class ActKind(StrEnum):
    """Kinds of change to the allocation; brakes are counted by kind."""

    RAMP_DOWN = "ramp_down"
    RAMP_UP = "ramp_up"
    CONTAIN = "contain"
    UNDO = "undo"
    FAILOVER = "failover"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that a run of the plan may do."""

    points_per_step_max: int
    unknown_seconds_max: int  #: a run that cannot tell for longer than this stops
    runs_max: int  #: runs of this kind in a window
    window_seconds: int


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the allocation, and how long it bakes before the next."""

    index: int  #: from 0
    target: Allocation
    bake_seconds: int
    reason: str


@dataclass(frozen=True)
class Plan:
    """An intention on one service, made for exactly one version of its allocation."""

    runbook: str
    service: str
    kind: ActKind
    route: Route | None  #: the route that the plan is about, if it is about one
    base_epoch: int
    base_version: int
    before: Allocation
    steps: tuple[Step, ...]
    undo: Allocation  #: where a failed run leaves the service
    guards: Thresholds
    bounds: Bounds

    def __post_init__(self) -> None:
        """Raise `BadInput` for steps out of order, over their bound, or over other routes."""
        problems = [*self._wrong_steps()]
        if not problems:
            problems = [*self._wide_steps()]
        if problems:
            raise BadInput("a plan", problems, _ADVICE)
        self.digest()

    def _wrong_steps(self) -> list[Problem]:
        problems = [
            Problem(f"steps[{place}].index", str(place), str(step.index))
            for place, step in enumerate(self.steps)
            if step.index != place
        ]
        if len(self.steps) > STEPS_MAX:
            problems.append(Problem("steps", f"at most {STEPS_MAX}", str(len(self.steps))))
        routes = self.before.routes
        others = [("undo", self.undo)] + [(f"steps[{s.index}]", s.target) for s in self.steps]
        return problems + [
            Problem(name, f"shares of {' '.join(map(str, routes))}", str(allocation))
            for name, allocation in others
            if allocation.routes != routes
        ]

    def _wide_steps(self) -> list[Problem]:
        limit, problems, standing = self.bounds.points_per_step_max, [], self.before
        for step in self.steps:
            moved = standing.total_moved(step.target)
            if not 1 <= moved <= limit:
                expected = f"from 1 to {limit} points moved"
                problems.append(Problem(f"steps[{step.index}].target", expected, str(moved)))
            standing = step.target
        return problems

    @property
    def goal(self) -> Allocation:
        """The allocation after the last step; the present one when there is nothing to do."""
        return self.steps[-1].target if self.steps else self.before

    @cached_property
    def _digest(self) -> str:
        return digest(self.to_dict())

    def digest(self) -> str:
        """SHA-256 of the RFC 8785 form of `to_dict`, as 64 hexadecimal digits."""
        return self._digest

    def to_dict(self) -> dict[str, Plain]:
        """Plain JSON of whole numbers and text; `route` is left out when there is none."""
        plain: dict[str, Plain] = {
            "runbook": self.runbook,
            "service": self.service,
            "kind": self.kind.value,
            "base_epoch": self.base_epoch,
            "base_version": self.base_version,
            "before": {**self.before.to_dict()},
            "steps": [_step_to_dict(step) for step in self.steps],
            "undo": {**self.undo.to_dict()},
            "guards": asdict(self.guards),
            "bounds": asdict(self.bounds),
        }
        return plain | ({"route": str(self.route)} if self.route else {})

    @classmethod
    def from_dict(cls, value: object) -> Self:
        """Read what `to_dict` wrote; raise `BadInput` with everything that is wrong."""
        read = Fields(value, "a plan", _ADVICE)
        read.only(field.name for field in fields(cls))
        runbook = read.text("runbook", most=64)
        service = read.text("service", most=64)
        kind = read.choice("kind", ActKind)
        route = read.built("route", Route.parse) if read.has("route") else None
        epoch, version = read.integer("base_epoch"), read.integer("base_version")
        before, undo = read.built("before", Allocation.of), read.built("undo", Allocation.of)
        steps = [_step_from(step) for step in read.each("steps", most=STEPS_MAX)]
        guards = _thresholds_from(read.inside("guards"))
        bounds = _bounds_from(read.inside("bounds"))
        read.refuse_if_wrong()
        whole = [step for step in steps if step]
        if not (before and undo and guards):  # each noted a problem if it is missing
            raise BadInput("a plan", read.problems, _ADVICE)
        return cls(
            runbook=runbook,
            service=service,
            kind=kind,
            route=route,
            base_epoch=epoch,
            base_version=version,
            before=before,
            steps=tuple(whole),
            undo=undo,
            guards=guards,
            bounds=bounds,
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen of every route when a plan was made or last refreshed."""

    made_ms: int
    expires_ms: int
    verdicts: tuple[tuple[Route, Verdict], ...]  #: in order of route

    def verdict(self, route: Route) -> Verdict | None:
        """What is known about `route`, or None when nobody looked."""
        return dict(self.verdicts).get(route)

    def healthy(self, now_ms: int) -> tuple[Route, ...]:
        """Routes with a healthy verdict; none once the evidence has expired."""
        if now_ms >= self.expires_ms:
            return ()
        return tuple(route for route, seen in self.verdicts if seen.state is State.HEALTHY)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, for reports and for the input of the next state."""
        seen = {str(route): _verdict_to_dict(verdict) for route, verdict in self.verdicts}
        return {"made_ms": self.made_ms, "expires_ms": self.expires_ms, "verdicts": seen}

    @classmethod
    def from_dict(cls, value: object) -> Self:
        """Read what `to_dict` wrote; raise `BadInput` with everything that is wrong."""
        read = Fields(value, "evidence", "Observe again.")
        read.only(field.name for field in fields(cls))
        made, expires = read.integer("made_ms"), read.integer("expires_ms")
        seen = read.inside("verdicts")
        verdicts = [
            (seen.attempt(name, partial(Route.parse, name)), _verdict_from(seen.inside(name)))
            for name in seen.names
        ]
        read.refuse_if_wrong()
        named = [(route, verdict) for route, verdict in verdicts if route]
        return cls(made, expires, tuple(sorted(named, key=lambda pair: pair[0])))


def _verdict_from(read: Fields) -> Verdict:
    read.only(field.name for field in fields(Verdict))
    return Verdict(
        state=read.choice("state", State),
        requests=read.integer("requests"),
        failures=read.integer("failures"),
        lower_ppm=read.integer("lower_ppm", most=PPM),
        upper_ppm=read.integer("upper_ppm", most=PPM),
        age_seconds=read.integer("age_seconds") if read.has("age_seconds") else None,
        reason=read.text("reason", most=256),
    )


def _verdict_to_dict(verdict: Verdict) -> dict[str, Any]:
    plain = asdict(verdict) | {"state": verdict.state.value}
    return {name: value for name, value in plain.items() if value is not None}


def _step_to_dict(step: Step) -> Plain:
    return {
        "index": step.index,
        "target": {**step.target.to_dict()},
        "bake_seconds": step.bake_seconds,
        "reason": step.reason,
    }


def _step_from(read: Fields) -> Step | None:
    read.only(field.name for field in fields(Step))
    target = read.built("target", Allocation.of)
    index, bake = read.integer("index", most=STEPS_MAX), read.integer("bake_seconds", most=86_400)
    reason = read.text("reason", most=256)
    return Step(index, target, bake, reason) if target else None


def _thresholds_from(read: Fields) -> Thresholds | None:
    names = [field.name for field in fields(Thresholds)]
    read.only(names)
    values = {name: read.integer(name) for name in names}
    return None if read.problems else read.attempt("", lambda: Thresholds(**values))


def _bounds_from(read: Fields) -> Bounds:
    names = [field.name for field in fields(Bounds)]
    read.only(names)
    return Bounds(**{name: read.integer(name) for name in names})
