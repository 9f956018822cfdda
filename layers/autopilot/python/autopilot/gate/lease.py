"""The lease on a service: taken, renewed and returned in the ledger item."""

from __future__ import annotations

from typing import Final

from autopilot.domain.permit import issue_lease
from autopilot.domain.writes import Copy, Plus, Set
from autopilot.gate.acts import Act, Attempt
from autopilot.gate.door import Door
from autopilot.gate.ledger import Lease, LedgerView

LEASE_SECONDS: Final = 90


def take(door: Door, run: str, runbook: str) -> Lease:
    """Take the free lease under a new fence; a run that holds it already gets it again."""
    now_ms = door.clock.now_ms()
    fence = Plus(Copy(("fence",)), 1)
    passed = door.write(
        Attempt(act=Act.TAKE_LEASE, now_ms=now_ms, run=run),
        (
            Set(("fence",), fence),
            Set(("lease", "fence"), fence),
            Set(("lease", "holder"), run),
            Set(("lease", "runbook"), runbook),
            Set(("lease", "expires_ms"), now_ms + LEASE_SECONDS * 1000),
        ),
        issue=issue_lease,
        recognise=lambda view: view.lease.holder == run,
    )
    return passed.view.lease


def renew(door: Door, lease: Lease) -> Lease:
    """Hold the lease for another `LEASE_SECONDS`; refused once another run has taken it."""
    now_ms = door.clock.now_ms()
    passed = door.write(
        _own(Act.RENEW_LEASE, now_ms, lease),
        (Set(("lease", "expires_ms"), now_ms + LEASE_SECONDS * 1000),),
        issue=issue_lease,
        recognise=lambda _: False,
    )
    return passed.view.lease


def give_back(door: Door, lease: Lease) -> None:
    """Return the lease; the fence stays. Returning it twice is returning it once."""

    def returned(view: LedgerView) -> bool:
        return not view.lease.holder and view.lease.fence == lease.fence

    door.write(
        _own(Act.RETURN_LEASE, door.clock.now_ms(), lease),
        (
            Set(("lease", "holder"), ""),
            Set(("lease", "runbook"), ""),
            Set(("lease", "expires_ms"), 0),
        ),
        issue=issue_lease,
        recognise=returned,
    )


def _own(act: Act, now_ms: int, lease: Lease) -> Attempt:
    return Attempt(act=act, now_ms=now_ms, run=lease.holder, fence=lease.fence)
