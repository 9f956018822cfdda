"""Findings of the sweep's checks, and the score from 0 to 100 that they add up to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from autopilot.domain.severity import Severity
from autopilot.domain.verdict import State

_ORDER: Final = {State.UNHEALTHY: 0, State.UNKNOWN: 1, State.HEALTHY: 2}
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says of one subject."""

    check: str  #: a key of the profile's `sweep.weights`
    subject: str  #: what it is about: the service, a route, a queue …
    state: State
    said: str
    severity: Severity = Severity.P3  #: how urgent it is when it is unhealthy
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As a machine's result and a record hold it."""
        return {
            "check": self.check,
            "subject": self.subject,
            "state": self.state.value,
            "said": self.said,
            "severity": self.severity.value,
            "evidence": dict(self.evidence),
        }

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        return cls(
            check=item["check"],
            subject=item["subject"],
            state=State(item["state"]),
            said=item["said"],
            severity=Severity(item["severity"]),
            evidence=item["evidence"],
        )


@dataclass(frozen=True, slots=True)
class Score:
    """Points of every check that looked, and how they were added."""

    value: int  #: 0 to 100, rounded down
    parts: tuple[tuple[str, State, int, int], ...]  #: (check, state, points, of), by check
    unknown_points: int  #: of the whole weight, what could not be judged: no points for it

    @property
    def arithmetic(self) -> str:
        """The sum as a person checks it."""
        if not self.parts:
            return "no check has a weight: 0 of 100"
        terms = " + ".join(_term(*part) for part in self.parts)
        got = sum(points for _, _, points, _ in self.parts)
        whole = sum(weight for *_, weight in self.parts)
        unknown = f", {self.unknown_points} of them unknown" if self.unknown_points else ""
        return f"{terms} = {got} of {whole}{unknown}; 100 x {got} / {whole} = {self.value}"


def score(findings: Iterable[Finding], weights: Mapping[str, int]) -> Score:
    """Each check that has a finding counts with its weight, whole when all its findings are well.

    A check is as well as its worst finding. Unknown earns nothing and stays in the divisor, so
    that what nobody saw never raises a score.
    """
    states: dict[str, State] = {}
    for finding in findings:
        before = states.get(finding.check, State.HEALTHY)
        states[finding.check] = min(before, finding.state, key=_ORDER.__getitem__)
    parts = tuple(
        (check, state, weights[check] if state is State.HEALTHY else 0, weights[check])
        for check, state in sorted(states.items())
        if weights.get(check)
    )
    whole = sum(weight for *_, weight in parts)
    got = sum(points for _, _, points, _ in parts)
    unknown = sum(weight for _, state, _, weight in parts if state is State.UNKNOWN)
    return Score(_WHOLE * got // whole if whole else 0, parts, unknown)


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Unhealthy before unknown before healthy, more urgent first, then by name."""
    return tuple(sorted(findings, key=_rank))


def standing(findings: Sequence[Finding], essential: Iterable[str]) -> tuple[State, Severity]:
    """The state of the service and how urgent it is.

    Unhealthy when any finding is; unknown when an essential check is, or nothing was judged.
    """
    unhealthy = [finding for finding in findings if finding.state is State.UNHEALTHY]
    if unhealthy:
        return State.UNHEALTHY, min(finding.severity for finding in unhealthy)
    wanted = set(essential)
    seen = {each.check for each in findings if each.state is State.HEALTHY} & wanted
    unseen = any(each.state is State.UNKNOWN and each.check in wanted for each in findings)
    return (State.UNKNOWN if unseen or seen != wanted else State.HEALTHY), Severity.P3


def _rank(finding: Finding) -> tuple[int, str, str, str]:
    return _ORDER[finding.state], finding.severity.value, finding.check, finding.subject


def _term(check: str, state: State, points: int, weight: int) -> str:
    got = "?" if state is State.UNKNOWN else str(points)
    return f"{check} {got}/{weight}"
