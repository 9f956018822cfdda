"""What Amazon Bedrock turns away, and what its quotas leave, for each model in each region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from autopilot.domain.allocation import WHOLE, Route
from autopilot.domain.fitness import Ceiling
from autopilot.domain.health_score import Finding
from autopilot.domain.severity import Severity
from autopilot.domain.share import judge_share
from autopilot.domain.verdict import State

if TYPE_CHECKING:
    from autopilot.domain.sweep_section import BedrockModel
    from autopilot.ports.inventory import ModelLoad
    from autopilot.procedures.health_sweep.scene import Scene

#: The busiest minute of a day: a quota that holds at the peak holds.
PEAK_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Limit:
    """One quota of one model in one region, and the peak that was seen against it."""

    kind: str  #: requests or tokens, each per minute
    code: str
    quota: float | None  #: None when the account has no quota of that code
    peak: int | None  #: None when no use was seen


def throttles(scene: Scene, model: BedrockModel, region: str, load: ModelLoad) -> Iterator[Finding]:
    """The share of requests that Bedrock turned away, against the error budget.

    There is no metric before the first throttle, so its absence means none, as long as there is a
    metric of invocations to show that somebody looked at the right name.
    """
    subject = f"{region}/{model.path} {model.profile}"
    if load.requests is None and load.throttled is None:
        said = "no invocation was seen under any spelling of the model, so nothing can be said"
        yield Finding("throttles", subject, State.UNKNOWN, said)
        return
    throttled = load.throttled or 0
    offered = (load.requests or 0) + throttled
    budget = scene.profile.budget
    verdict = judge_share(offered, throttled, budget.ppm, budget.confidence_ppm)
    state = verdict.state
    if state is State.UNHEALTHY and throttled < budget.failures_min:
        state = State.UNKNOWN  # as with failures: so few are no pattern
    absent = "; none was ever published, so none was seen" if load.throttled is None else ""
    said = f"{verdict.said('were throttled')} (last 24 h{absent})"
    yield Finding("throttles", subject, state, said, Severity.P2, verdict.to_dict())


def headroom(scene: Scene, model: BedrockModel, region: str, limit: Limit) -> Iterator[Finding]:
    """Whether a quota leaves its reserve at the peak of the last day."""
    subject = f"{region}/{model.path} {limit.kind} ({limit.code})"
    if limit.quota is None:
        said = "the account has no quota of this code: expected one, look at bedrock.models"
        yield Finding("quotas", subject, State.UNKNOWN, said)
        return
    about = {"region": region, "path": model.path, "limit": limit.kind}
    evidence = {"quota": int(limit.quota), "peak": limit.peak, **about}
    if limit.peak is None:
        said = f"{limit.quota:g} a minute are allowed; no use was seen to compare"
        yield Finding("quotas", subject, State.UNKNOWN, said, evidence=evidence)
        return
    usable = _usable(limit.quota, scene)
    state = State.HEALTHY if limit.peak <= usable else State.UNHEALTHY
    reserve = scene.profile.sweep.quota_reserve_percent
    said = (
        f"{limit.peak} of {limit.quota:g} {limit.kind} a minute at the peak of the last 24 h; "
        f"{reserve} % are to be left"
    )
    yield Finding("quotas", subject, state, said, Severity.P2, evidence)


def ceiling(
    scene: Scene, model: BedrockModel, region: str, limits: tuple[Limit, ...]
) -> Mapping[Route, Ceiling]:
    """How much of the load the quotas let the model's route hold; empty when that is no less.

    The peak was made by the share that the route has; a share that has moved since makes the
    ceiling lower or higher, by as much as it has moved.
    """
    route = Route(region, model.path)
    percent = scene.percent(route)
    proven = scene.profile.proven[route]
    known = [each for each in limits if each.quota is not None and each.peak and percent]
    found = {
        int((percent or 0) * _usable(each.quota or 0.0, scene) / (each.peak or 1)): each
        for each in known
    }
    if not found or min(found) >= proven:
        return {}
    least = min(found)
    limit = found[least]
    reason = (
        f"{limit.code} allows {limit.quota:g} {limit.kind} a minute, and {percent} % of the load "
        f"made {limit.peak} at the peak"
    )
    return {route: Ceiling(min(least, WHOLE), reason)}


def _usable(quota: float, scene: Scene) -> float:
    return quota * (WHOLE - scene.profile.sweep.quota_reserve_percent) / WHOLE
