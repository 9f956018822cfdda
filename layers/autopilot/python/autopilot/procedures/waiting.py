"""Takes the lease for a run, or lets its machine wait for it; returns it when the run has ended."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from autopilot.errors import Transient
from autopilot.gate.acts import Condition
from autopilot.gate.refusal import GateRefused
from autopilot.procedures.run_messages import lease_of

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


def end_and_return(message: Mapping[str, Any], gate: Gate) -> dict[str, Any]:
    """Write down how the run ended, then return its lease.

    In this order, because a run that is cut off with its lease is the reaper's, whatever was
    written before, and one that is cut off without it is nobody's: then its record has to be
    complete. What cannot be written now its report writes; the next run need not wait for that.
    """
    outcome = str(message.get("outcome") or "")  # none from a run that began before it was sent
    if outcome:
        with suppress(Transient):
            gate.close_run(str(message["run"]), outcome)
    gate.return_lease(lease_of(message))
    return {"returned": True}
