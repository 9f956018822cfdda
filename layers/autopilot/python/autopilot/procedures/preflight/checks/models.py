"""Whether the target has the model, may use it, and where its requests go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from autopilot.domain.inventory import ANY_REGION
from autopilot.procedures.preflight.judged import Judged, go, no_go, warn

if TYPE_CHECKING:
    from autopilot.domain.inventory import CanaryFacts, ModelFacts, ProfileFacts, Right
    from autopilot.domain.sweep_section import BedrockModel
    from autopilot.procedures.preflight.move import Move

ACTIVE: Final = "ACTIVE"
_DAY_MS: Final = 86_400_000
_WELL: Final[Mapping[str, str]] = {
    "agreementAvailability": "AVAILABLE",
    "authorizationStatus": "AUTHORIZED",
    "entitlementAvailability": "AVAILABLE",
    "regionAvailability": "AVAILABLE",
}


def lifecycle(move: Move, model: BedrockModel, facts: ModelFacts | None) -> Judged:
    """Amazon Bedrock user guide, "Model lifecycle": after its end of life requests fail.

    Existing customers may lose access to a legacy model that they do not use, and a standby hardly
    uses it.
    """
    if facts is None:
        return no_go("no such model", f"{move.target} does not have it: requests would fail")
    if model.profile == model.model and not facts.on_demand:
        reason = "it cannot be invoked by its own id: name an inference profile"
        return no_go("no on-demand inference", reason)
    days = None if facts.ends_ms is None else (facts.ends_ms - move.now_ms) // _DAY_MS
    ends = "no end announced" if days is None else f"ends in {days} days"
    observed = f"{facts.status}, {ends}"
    if days is not None and days < 0:
        return no_go(f"{facts.status}, ended", "its end of life is over: requests fail")
    if facts.status != ACTIVE:
        reason = "legacy: access can be lost where it is not used; plan its successor"
        return warn(observed, reason)
    if days is not None and days <= move.profile.preflight.end_of_life_days:
        return warn(observed, "it ends soon: plan its successor in both regions")
    return go(observed, "active, and stays so")


def availability(said: Mapping[str, str]) -> Judged:
    """Advice only: it has been all green while invocations were denied, and red while they went."""
    against = {name: said.get(name, "nothing") for name in _WELL if said.get(name) != _WELL[name]}
    if not against:
        return go("all four fields green", "advice only; the canary is the proof")
    observed = ", ".join(f"{name} {value}" for name, value in against.items())
    return warn(observed, "advice only; the canary is the proof, look at the model's agreement")


def inference_profile(move: Move, model: BedrockModel, facts: ProfileFacts | None) -> Judged:
    """The profile that requests name can be used from the target."""
    if facts is None:
        reason = f"{move.target} is no source region of {model.profile}: name one that it is of"
        return no_go("no such inference profile", reason)
    count = len(facts.destinations)
    observed = f"{facts.status}, {count} destination{'' if count == 1 else 's'}"
    if facts.status != ACTIVE:
        return no_go(observed, "it is not active: requests would fail")
    return go(observed, ", ".join(facts.destinations))


def residency(move: Move, facts: ProfileFacts) -> Judged:
    """Prompts and answers may be processed in every destination; all of them must be allowed."""
    allowed = move.profile.regions.residency
    outside = [each for each in facts.destinations if each not in allowed]
    observed = ", ".join(facts.destinations)
    if outside:
        named = ", ".join(outside)
        reason = f"data could be processed in {named}, which regions.residency does not allow"
        return no_go(observed, reason)
    return go(observed, "every destination is allowed")


def shared_fate(move: Move, model: BedrockModel, facts: ProfileFacts) -> Judged:
    """Whether requests that enter in the target may still be answered in what is left."""
    places = facts.destinations
    observed = ", ".join(places)
    others = [each for each in places if each != move.source]
    if move.source not in places and ANY_REGION not in places:
        return go(observed, f"none of its destinations is {move.source}")
    if not others:
        return no_go(observed, f"every request would be answered in {move.source} still")
    changes = (
        f"requests may still be answered in {move.source}: a move changes only where they enter"
    )
    if model.shares_fate:
        return warn(observed, f"{changes}; bedrock.models.shares_fate accepts it")
    if move.is_lost:
        return no_go(observed, f"{changes}; name a profile without it, or accept it (shares_fate)")
    return warn(observed, changes)


def rights(role: str, found: Sequence[Right] | None) -> Judged:
    """The policies of the execution role, for the profile and every destination."""
    if found is None:
        return no_go("no such role", f"expected role {role} in this account (execution_role)")
    denied = [each for each in found if not each.allowed]
    observed = f"{len(found) - len(denied)} of {len(found)} resources allowed"
    if not denied:
        return go(observed, "by the policies; what depends on the call only the canary proves")
    named = "; ".join(f"{_place(each.resource)} {each.why}" for each in denied)
    return no_go(observed, f"{role} may not invoke: {named}")


def canary(move: Move, role: str, found: Sequence[CanaryFacts]) -> Judged:
    """All of k, as the service's own role; slower than the objective is a warning."""
    wanted = move.profile.preflight.canaries
    well = [each for each in found if each.ok]
    observed = f"{len(well)} of {wanted} answered"
    failed = next((each for each in found if not each.ok), None)
    if failed is not None:
        return no_go(f"{observed}, then {failed.error}", _why(failed))
    if len(well) < wanted:
        return no_go(observed, "not all were sent")
    slowest = max(each.milliseconds for each in well)
    observed = f"{observed}, slowest {slowest} ms"
    if slowest > (limit := move.profile.objectives.p95_latency_ms):
        return warn(observed, f"slower than the objective of {limit} ms")
    return go(observed, f"as {role}")


def _why(failed: CanaryFacts) -> str:
    if failed.is_throttled:
        return "throttled: what is there already uses the quota up; this is no lost region"
    if failed.is_configuration:
        return "a fault of configuration, ours to correct: it says nothing of the region's health"
    return "Bedrock did not answer there"


def _place(arn: str) -> str:
    """The region and the end of an ARN: whose denial it is."""
    parts = arn.split(":")
    return f"{parts[3] or 'any region'} {parts[5].partition('/')[0]}"
