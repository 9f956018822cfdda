"""Standing plans: what contain will do for a route, with the finished entry beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from autopilot.domain.permit import issue_standing
from autopilot.domain.plan import ActKind, Evidence, Plan
from autopilot.domain.writes import Set
from autopilot.errors import BadInput, Problem
from autopilot.gate.acts import Act, Attempt
from autopilot.gate.door import Door
from autopilot.gate.entries import Entry
from autopilot.gate.ledger import STANDING_BYTES_MAX, LedgerView
from autopilot.gate.rails import Rails
from autopilot.gate.sizing import value_bytes

PLAN_ID_CHARACTERS: Final = 16


@dataclass(frozen=True, slots=True)
class StandingPlan:
    """A plan of kind contain with exactly one step, and the instants that bind it."""

    plan: Plan
    expires_ms: int
    dwell_seconds: int

    @property
    def route(self) -> str:
        """The route it contains, as the ledger writes it."""
        return str(self.plan.route)

    def to_item(self) -> dict[str, Any]:
        """As it lies in the ledger; `dwell_ms`, because an update can add but not multiply."""
        plan, (step,) = self.plan, self.plan.steps
        entry = Entry(
            act=Act.CONTAIN.value,
            runbook=plan.runbook,
            route=self.route,
            digest=plan.digest(),
            before=plan.before,
            after=step.target,
            epoch=plan.base_epoch,
            version=plan.base_version + 1,
            fence=0,
        )
        return {
            "plan_id": plan.digest()[:PLAN_ID_CHARACTERS],
            "for_version": plan.base_version,
            "expires_ms": self.expires_ms,
            "dwell_ms": self.dwell_seconds * 1000,
            "target": step.target.to_dict(),
            "entry": entry.to_item(),
        }


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The ledger with its new standing plans, and what was left out because it broke a rail."""

    view: LedgerView
    left_out: Mapping[str, str]  #: the broken rail in words, by route


def within_rails(
    plans: Iterable[StandingPlan], rails: Rails, evidence: Evidence, now_ms: int
) -> tuple[tuple[StandingPlan, ...], Mapping[str, str]]:
    """The plans that keep to the rails, and what the others break, by route."""
    every = tuple(plans)
    broken = {each.route: rails.broken_by(each.plan, 0, evidence, now_ms) for each in every}
    left_out = {route: said for route, said in broken.items() if said}
    return tuple(each for each in every if each.route not in left_out), left_out


def standing_items(
    plans: Iterable[StandingPlan], *, epoch: int, version: int
) -> Mapping[str, Mapping[str, Any]]:
    """Standing plans by route for the item; raise `BadInput` unless all are for this version."""
    ordered = sorted(plans, key=lambda standing: standing.route)
    problems = [
        Problem(standing.route, expected, got)
        for standing in ordered
        for expected, got in _wrong(standing.plan, epoch, version)
    ]
    items = {} if problems else {standing.route: standing.to_item() for standing in ordered}
    if (size := value_bytes(items)) > STANDING_BYTES_MAX:
        problems.append(Problem("standing plans", f"at most {STANDING_BYTES_MAX} B", f"{size} B"))
    if problems:
        raise BadInput("standing plans", problems, "Plan again from what the ledger holds now.")
    return items


def refresh(
    door: Door,
    rails: Rails,
    plans: Iterable[StandingPlan],
    *,
    evidence: Evidence,
    fence: int,
    epoch: int,
    version: int,
) -> Refreshed:
    """Replace all standing plans, as the planner of `fence`; an older planner is refused."""
    now_ms = door.clock.now_ms()
    kept, left_out = within_rails(plans, rails, evidence, now_ms)
    items = standing_items(kept, epoch=epoch, version=version)
    attempt = Attempt(
        act=Act.REFRESH_STANDING,
        now_ms=now_ms,
        fence=fence,
        epoch=epoch,
        version=version,
    )
    sets = (Set(("standing",), items), Set(("planner_fence",), fence))
    passed = door.write(attempt, sets, issue=issue_standing, recognise=lambda _: False)
    return Refreshed(passed.view, left_out)


def _wrong(plan: Plan, epoch: int, version: int) -> Iterable[tuple[str, str]]:
    if plan.kind is not ActKind.CONTAIN or len(plan.steps) != 1:
        yield "a contain of one step", f"{plan.kind} of {len(plan.steps)}"
    if (plan.base_epoch, plan.base_version) != (epoch, version):
        yield f"version {epoch}.{version}", f"{plan.base_epoch}.{plan.base_version}"
