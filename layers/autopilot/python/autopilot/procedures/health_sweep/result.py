"""What a sweep says in the end: state, score with its arithmetic, findings, worst first. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.health_score import Finding, score, standing, worst_first
from autopilot.domain.verdict import State

if TYPE_CHECKING:
    from autopilot.domain.allocation import Route
    from autopilot.domain.fitness import Ceiling
    from autopilot.domain.sweep_section import Weights
    from autopilot.procedures.health_sweep.scene import Scene

#: Without a verdict on the service as a whole, nothing makes it healthy.
ESSENTIAL: Final = ("service",)
#: They lower the score, but are told by themselves: alarms that are on, the other's silence.
_APART: Final = frozenset({"alarms", "sweeps"})
_SAID_MAX: Final = 6  #: findings in the summary; the result has them all


def result(
    scene: Scene,
    findings: Sequence[Finding],
    ceilings: Mapping[Route, Ceiling],
    *,
    mode: str,
    kind: str,
) -> dict[str, Any]:
    """The whole result, as the console shows it and the next step reads it."""
    view = scene.view
    standing_now = {} if view is None else {"allocation": view.allocation.to_dict()}
    version = {} if view is None else {"version": view.version}
    fixed = {
        "mode": mode,
        "kind": kind,
        "vantage": scene.region,
        "observed_ms": scene.now_ms,
        "unfit": {str(route): ceiling.to_item() for route, ceiling in ceilings.items()},
    }
    return fixed | standing_now | version | summed(findings, scene.profile.sweep.weights)


def summed(findings: Sequence[Finding], weights: Weights) -> dict[str, Any]:
    """The part of a result that follows from its findings."""
    ordered = worst_first(findings)
    state, severity = standing([each for each in ordered if each.check not in _APART], ESSENTIAL)
    total = score(ordered, weights.model_dump())
    return {
        "state": state.value,
        "severity": severity.value,
        "score": total.value,
        "arithmetic": total.arithmetic,
        "unknown_points": total.unknown_points,
        "summary": _summary(state, total.value, ordered),
        "findings": [finding.to_dict() for finding in ordered],
    }


def findings_of(sweep: Mapping[str, Any]) -> list[Finding]:
    """The findings in a result."""
    return [Finding.of(item) for item in sweep["findings"]]


def _summary(state: State, value: int, ordered: Sequence[Finding]) -> str:
    """One sentence for the service and one for each of the worst findings."""
    complaints = [each for each in ordered if each.state is not State.HEALTHY]
    said = [f"The service is {state}, score {value} of 100."]
    said += [
        f"{each.check} {each.subject} is {each.state}: {each.said}."
        for each in complaints[:_SAID_MAX]
    ]
    left = len(complaints) - _SAID_MAX
    return " ".join([*said, f"And {left} more." if left > 0 else ""]).strip()
