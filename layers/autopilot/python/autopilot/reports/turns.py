"""What a report says of the switches of a release: how they were planned and turned."""

from __future__ import annotations

from dataclasses import dataclass

from autopilot.domain.switches import SwitchPlan


@dataclass(frozen=True, slots=True)
class SwitchPlanMade:
    """A plan to turn switches, as a run made it."""

    at: float
    run: str
    plan: SwitchPlan
    digest: str  #: as the run reported it

    @property
    def digest_holds(self) -> bool:
        """Whether the plan still has the digest that was reported."""
        return self.plan.digest() == self.digest


@dataclass(frozen=True, slots=True)
class SwitchTurn:
    """One turn of a switch of a release, with its entry in the ledger."""

    at: float
    act: str
    switch: str
    before: str
    after: str
    by: str
    entry: str  #: its id
