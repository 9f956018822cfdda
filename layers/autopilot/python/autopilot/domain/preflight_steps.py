"""What a person does about a check that does not say GO. Pure; by the kind of check."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from autopilot.domain.preflight import Check, Preflight

_QUOTA: Final = (
    "Ask for an increase of that quota in the target (Service Quotas, 1 to 3 business days); until "
    "then move a part only."
)
_STEPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "budget": "Look at the runs of the last hour, then decide by hand.",
        "calendar": "Choose a time when people are at work, or say why it cannot wait.",
        "canary": "Invoke the model there by hand as the execution role; correct what it says.",
        "data-lag": "Wait until the copy has caught up, or approve the loss.",
        "database": "Look at the global database in the RDS console; name its clusters as it has.",
        "guardrail": "Create the guardrail there under the same name; put its id into the profile.",
        "inference-profile": "Name an inference profile that the target is a source of.",
        "invocation-logging": "Set Bedrock's invocation logging there as the profile wants it.",
        "invoke-rights": "Allow bedrock:InvokeModel on the profile and on every destination.",
        "journal": "Look at tend_ledger: entries must be exported before anything moves.",
        "key": "Enable the key, or cancel its deletion; the alias must be there.",
        "lease": "Wait for the run that holds the lease, or stop it.",
        "model-availability": "Look at the model's agreement in the target, while there is time.",
        "model-lifecycle": "Move to the model's successor, in both regions.",
        "orchestrator": "Start it in the region that is moved to.",
        "path": "Look at what the region's own /health/detailed says.",
        "proven-capacity": "Prove more by a load test, and write it into the profile.",
        "quota-requests-per-minute": _QUOTA,
        "quota-tokens-per-day": _QUOTA,
        "quota-tokens-per-minute": _QUOTA,
        "region": "Look at the probes of the target: nothing moves where nobody sees it well.",
        "residency": "Name an inference profile whose destinations are all allowed.",
        "shared-fate": "Name a model or profile without the region that is left, or accept it.",
        "stop-lever": "Resume when the reason for the stop is gone: autopilot resume --reason …",
        "throttles": "Find out who uses the quota up before more comes.",
        "tools": "Deploy the same tools in both regions.",
    }
)
_UNREAD: Final = "Find out why it could not be read; until somebody knows, it is not GO."
_READY: Final = "Nothing stands in the way."


def next_step(check: Check) -> str:
    """The next step for a check."""
    if not check.is_read:
        return _UNREAD
    return _STEPS.get(check.kind, _UNREAD)


def first_step(preflight: Preflight) -> str:
    """The next step for all of them: that of the worst."""
    against = preflight.against
    return next_step(against[0]) if against else _READY
