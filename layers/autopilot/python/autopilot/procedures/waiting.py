"""Takes the lease for a run, or lets its machine wait for it as long as the run may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autopilot.gate.acts import Condition
from autopilot.gate.refusal import GateRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from autopilot.gate.gate import Gate
    from autopilot.gate.ledger import Lease


def take_lease_or_wait(
    message: Mapping[str, Any], gate: Gate, *, runbook: str, seconds: int
) -> Lease | None:
    """The lease; None while another run holds it and this one has waited less than `seconds`.

    Raises `GateRefused` for anything else, with the run written down as refused.
    """
    run = str(message["run"])
    try:
        return gate.take_lease(run, runbook)
    except GateRefused as refusal:
        held_only = refusal.conditions == (Condition.LEASE_HELD_BY_ANOTHER,)
        if held_only and int(message["waited"]) < seconds:
            return None
        gate.close_run(run, "refused")
        raise
