"""Whether the target is well, reachable, big enough, and not behind with its data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.allocation import WHOLE
from autopilot.domain.verdict import State
from autopilot.procedures.preflight.judged import Judged, go, no_go, warn

if TYPE_CHECKING:
    from autopilot.domain.inventory import LagFacts
    from autopilot.domain.probes import RegionVerdict
    from autopilot.ports import EndpointAnswer
    from autopilot.procedures.preflight.move import Move

_OK: Final = 200
_WELL: Final = "healthy"
_MINUTE_SECONDS: Final = 60


def orchestrator(move: Move) -> Judged:
    """Nothing that leaves a region may depend on it."""
    if move.runs_in == move.target:
        return go(move.runs_in, "in the region that is moved to")
    if move.is_lost:
        return no_go(move.runs_in, f"start it in {move.target}: {move.source} may go at any moment")
    return warn(
        move.runs_in, f"start it in {move.target}, so that it does not rest on what it leaves"
    )


def region(verdict: RegionVerdict) -> Judged:
    """Two vantages must say that the target is well; not knowing is not enough."""
    if verdict.state is State.HEALTHY:
        return go(verdict.state.value, verdict.reason)
    return no_go(verdict.state.value, f"{verdict.reason}: nothing moves where nobody sees it well")


def capacity(move: Move) -> int:
    """Percent of the whole load that the target's routes were together proven to carry."""
    proven = move.profile.proven
    return min(WHOLE, sum(proven[route] for route in proven if route.region == move.target))


def proven(move: Move) -> Judged:
    """What a load test last showed. A failover wants all of it; a ramp can move a part."""
    part = capacity(move)
    observed = f"{part} % of the whole load"
    if part >= WHOLE:
        return go(observed, "proven to carry all of it")
    floor = move.profile.rails.healthy_capacity_floor_percent
    if part >= floor:
        return warn(observed, "not proven to carry all of it: move a part with traffic_ramp")
    return no_go(observed, f"below rails.healthy_capacity_floor_percent, {floor} %")


def path(name: str, answer: EndpointAnswer) -> Judged:
    """What the target's own /health/detailed says of one path."""
    status = _status(answer, name)
    observed = f"{answer.status}, {status or 'says nothing of it'}"
    if answer.status != _OK or not status:
        return no_go(
            observed, "the region does not answer for this path (docs/service-contract.md)"
        )
    if status != _WELL:
        return no_go(observed, "the region itself says that it is not well")
    return go(observed, "well, in the region's own words")


def tools(name: str, here: EndpointAnswer | None, there: EndpointAnswer) -> Judged:
    """The tools behind a path, by the digest of their names: the same in both regions."""
    target, source = _digest(there, name), _digest(here, name) if here else ""
    if not target:
        return warn("no digest", "the service does not say which tools it has: compare by hand")
    if not source:
        return warn(target, "the other region was not asked, or does not say")
    if target != source:
        return no_go(f"{target}, not {source}", "requests may need a tool that is not there")
    return go(target, "the same in both regions")


def ledger_lag(move: Move, target: tuple[int, int] | None, known: tuple[int, int]) -> Judged:
    """The replica of the target answers for itself, strongly: it is not behind by anything."""
    if target is None:
        return no_go("nothing there", "the ledger has no item in this region: see docs/deploy.md")
    observed = f"version {target[0]}.{target[1]}"
    if target < known:
        reason = f"behind version {known[0]}.{known[1]}, which a strong read must never be"
        return no_go(observed, reason)
    rpo = move.profile.objectives.rpo_minutes
    return go(observed, f"a strong read of its own replica: 0 s behind, of {rpo} min allowed")


def lag(move: Move, facts: LagFacts | None, *, seconds_max: int | None = None) -> Judged:
    """How far a copy of data is behind, against what may be lost; by default the objective.

    What a lost region took with it is a person's to give up; a move of choice waits instead.
    """
    if facts is None:
        return no_go("nothing told", "nobody knows how far it is behind: are metrics enabled?")
    observed = f"{facts.seconds} s behind"
    objective = move.profile.objectives.rpo_minutes * _MINUTE_SECONDS
    if facts.seconds <= (objective if seconds_max is None else seconds_max):
        return go(observed, "within the objective")
    reason = "more would be lost than the objective allows"
    return (
        warn(observed, f"{reason}: a person decides") if move.is_lost else no_go(observed, reason)
    )


def _status(answer: EndpointAnswer, name: str) -> str:
    return str(_of_path(answer, name).get("status", ""))


def _digest(answer: EndpointAnswer, name: str) -> str:
    return str(_of_path(answer, name).get("tools", ""))


def _of_path(answer: EndpointAnswer, name: str) -> Mapping[str, Any]:
    body = answer.body if isinstance(answer.body, Mapping) else {}
    paths = body.get("paths")
    found = paths.get(name) if isinstance(paths, Mapping) else None
    return found if isinstance(found, Mapping) else {}
