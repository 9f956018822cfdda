"""What of a sweep is published as metrics: nothing for what it could not tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from autopilot.domain.burn_rate import spoken
from autopilot.domain.readings import Measured, Reading
from autopilot.domain.verdict import State
from autopilot.procedures.health_sweep.checks.endpoints import COMPONENTS

_WHOLE: Final = 100


def readings(sweep: Mapping[str, Any]) -> Iterator[Reading]:
    """The score and what it leaves open, burn rates, Support Mode's components, quota headroom."""
    if "score" not in sweep:
        return
    yield Reading(Measured.HEALTH_SCORE, float(sweep["score"]))
    yield Reading(Measured.UNKNOWN_POINTS, float(sweep["unknown_points"]))
    for finding in sweep["findings"]:
        yield from _OF.get(finding["check"], _nothing)(finding)


def _nothing(_finding: Mapping[str, Any]) -> Iterator[Reading]:
    yield from ()


def _burn(finding: Mapping[str, Any]) -> Iterator[Reading]:
    """The longer window's rate, once it has requests to divide by."""
    long = finding["evidence"].get("long", {})
    if long.get("requests"):
        window = {"Window": spoken(int(long["seconds"])).replace(" ", "")}
        yield Reading(Measured.BURN_RATE, float(long["burn"]), window)


def _support(finding: Mapping[str, Any]) -> Iterator[Reading]:
    """1 for a component that says it is healthy, 0 for one that says anything else."""
    component, state = str(finding["subject"]), State(finding["state"])
    if component in COMPONENTS and state is not State.UNKNOWN:
        healthy = float(state is State.HEALTHY)
        yield Reading(Measured.SUPPORT_MODE, healthy, {"Component": component})


def _quota(finding: Mapping[str, Any]) -> Iterator[Reading]:
    """Percent of a quota that the busiest minute of the last day left."""
    evidence = finding["evidence"]
    if evidence.get("quota") and evidence.get("peak") is not None:
        left = _WHOLE * (1 - evidence["peak"] / evidence["quota"])
        about = {name: str(evidence[name.lower()]) for name in ("Region", "Path", "Limit")}
        yield Reading(Measured.QUOTA_HEADROOM, round(left, 2), about)


_OF: Final = {"burn": _burn, "support": _support, "quotas": _quota}
