"""Whether the target is set up as the region that is left: guardrails, logging, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from autopilot.procedures.preflight.judged import Judged, go, no_go

if TYPE_CHECKING:
    from autopilot.domain.inventory import GuardrailFacts, KeyFacts
    from autopilot.domain.preflight_section import GuardrailAt
    from autopilot.procedures.preflight.move import Move

READY: Final = "READY"
ENABLED: Final = "Enabled"
_WORDS: Final = {True: "on", False: "off"}


def guardrail(move: Move, described: GuardrailAt | None, facts: GuardrailFacts | None) -> Judged:
    """One of the same name, in the version that requests name, ready to be used."""
    if described is None:
        reason = f"it guards {move.source} only: what is answered in {move.target} is unguarded"
        return no_go("described for the other region only", reason)
    if facts is None:
        reason = "requests that name it would be refused: create it, or correct the profile"
        return no_go(f"no {described.id} version {described.version}", reason)
    observed = f"{facts.name} version {facts.version}, {facts.status}"
    if facts.status != READY:
        return no_go(observed, "it is not ready: requests that name it fail")
    if facts.name != described.name:
        return no_go(observed, f"another guardrail than {described.name}")
    return go(observed, "as in the other region, by its name")


def invocation_logging(wanted: bool, found: bool) -> Judged:  # noqa: FBT001 - two states compared
    """What is logged in one region is logged in the other, and what is not is not."""
    observed = _WORDS[found]
    if found is wanted:
        return go(observed, "as it must be")
    reason = (
        "answers given there would leave no record"
        if wanted
        else "prompts given there would be written down, which nobody agreed to"
    )
    return no_go(observed, reason)


def key(facts: KeyFacts | None) -> Judged:
    """What is encrypted with it can be read and written there."""
    if facts is None:
        return no_go("no such alias", "what it encrypts cannot be used there")
    if facts.state != ENABLED:
        return no_go(facts.state, "what it encrypts cannot be used while it is so")
    return go(facts.state, "can be used")
