"""Acts and the conditions that stop them, as data (the table of the design, section 4).

A cell of `TABLE` holds what the act demands of the ledger item, as conditions of the one write.
A pair that is not in the table does not matter: the act goes through. The same demands,
evaluated on the item that a refusal returned, say which condition failed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from autopilot.domain.writes import (
    Above,
    AllOf,
    AnyOf,
    AtMost,
    Below,
    Copy,
    Equals,
    Exists,
    Missing,
    SizeBelow,
)
from autopilot.domain.writes import Condition as Clause
from autopilot.gate.budget import REMEDIATION
from autopilot.gate.clauses import NEVER, holds
from autopilot.gate.ledger import JOURNAL_SLOTS

#: A holder acts only while its lease has longer than this left: one call and its time-out.
LEASE_SPARE_MS: Final = 5_000
#: A taker waits this long after the end of a lease, so that clocks may differ and calls end.
LEASE_GRACE_MS: Final = 5_000


class Act(StrEnum):
    """What can be asked of the gate."""

    ADVANCE = "advance"
    CONTAIN = "contain"
    UNDO = "undo"
    SWITCH = "switch"  #: the intent to turn a switch elsewhere; an advance
    SWITCH_BACK = "switch back"  #: the intent to put our own turn back; a retreat
    TAKE_LEASE = "take lease"
    RENEW_LEASE = "renew lease"
    RETURN_LEASE = "return lease"
    REFRESH_STANDING = "refresh standing plans"
    ENGAGE_LEVER = "engage lever"
    RESUME = "resume"
    RESTORE = "restore"  #: the whole item, from a backup


class Condition(StrEnum):
    """What can stop an act; the value names it in a refusal."""

    LEDGER_MISSING = "ledger missing"
    LEVER_ENGAGED = "lever engaged"
    LEVER_FREE = "lever not engaged"
    LEASE_HELD_BY_ANOTHER = "lease held by another"
    BUDGET_SPENT = "budget spent"
    COOLING_DOWN = "cooling down"
    JUST_REVERSED = "just done the opposite"
    REMEDIATIONS_SPENT = "remediations spent"
    VERSION_MOVED = "version moved"
    PLAN_EXPIRED = "plan expired"
    JOURNAL_FULL = "journal full but for reserve"
    RESERVE_FULL = "reserve of the journal full"
    NO_STANDING_PLAN = "no standing plan"
    DWELL_RUNNING = "dwell running"
    ROUTE_CONTAINED = "route contained"
    MAINTENANCE_WINDOW = "maintenance window open"
    RAIL_BROKEN = "rail broken"
    SWITCH_MOVED = "switch moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at an act: all that its demands and its refusal speak of."""

    act: Act
    now_ms: int
    run: str = ""  #: who asks: a run, or the holder of the planner lease
    of_run: str = ""  #: whose effects are undone
    fence: int = 0  #: of the lease it holds
    epoch: int = 0  #: that the plan was made for
    version: int = 0  #: that the plan was made for, or that was read just now
    kind: str = ""  #: of the plan: the budget it is counted in
    runs_max: int = 0
    cool_down_ms: int = 0  #: rest after the last step of another run of this kind
    opposite: str = ""  #: kind that this one reverses
    hysteresis_ms: int = 0  #: rest after the last step of that kind
    by_alarm: bool = False  #: whether it counts as a remediation
    remediations_max: int = 0
    plan_expires_ms: int = 0
    route: str = ""  #: to contain
    gaining: tuple[str, ...] = ()  #: routes that would get more
    keeping: tuple[str, ...] = ()  #: every other route of the service
    turn: int = 0  #: turns of switches that the ledger must have counted
    spare_ms: int = LEASE_SPARE_MS  #: longer than this the lease must have left
    seen: tuple[Clause, ...] = ()  #: what a restore was planned to replace
    slot: str = ""  #: part of the journal that the entry takes room in; by default the act's own

    @property
    def journal_slot(self) -> str:
        """The part of the journal that the entry lies in."""
        return self.slot or self.act.value


Demand: TypeAlias = Callable[[Attempt], tuple[Clause, ...]]


def _ledger_present(_: Attempt) -> tuple[Clause, ...]:
    return (Exists(("schema_version",)),)  # an update would create what is missing


def _lever_off(_: Attempt) -> tuple[Clause, ...]:
    return (Equals(("lever", "engaged"), value=False),)


def _stopped_or_gone(_: Attempt) -> tuple[Clause, ...]:
    """Nothing else can act: the lever is engaged, or there is no ledger that anything could read.

    Every other act refuses an item without a schema version.
    """
    engaged = Equals(("lever", "engaged"), value=True)
    return (AnyOf((engaged, Missing(("schema_version",)))),)


def _as_seen(attempt: Attempt) -> tuple[Clause, ...]:
    return attempt.seen


def _lease_ours(attempt: Attempt) -> tuple[Clause, ...]:
    return (
        Equals(("lease", "holder"), attempt.run),
        Equals(("lease", "fence"), attempt.fence),
    )


def _lease_ours_with_time(attempt: Attempt) -> tuple[Clause, ...]:
    expires = Above(("lease", "expires_ms"), attempt.now_ms + attempt.spare_ms)
    return (*_lease_ours(attempt), expires)


def _lease_free(attempt: Attempt) -> tuple[Clause, ...]:
    over = AtMost(("lease", "expires_ms"), attempt.now_ms - LEASE_GRACE_MS)
    return (AnyOf((Equals(("lease", "holder"), ""), over)),)


def _planner_not_superseded(attempt: Attempt) -> tuple[Clause, ...]:
    return (AtMost(("planner_fence",), attempt.fence),)


def _budget_left(attempt: Attempt) -> tuple[Clause, ...]:
    return _runs_left(attempt, attempt.kind, attempt.runs_max)


def _remediations_left(attempt: Attempt) -> tuple[Clause, ...]:
    if not attempt.by_alarm:
        return ()
    return _runs_left(attempt, REMEDIATION, attempt.remediations_max)


def _runs_left(attempt: Attempt, kind: str, runs_max: int) -> tuple[Clause, ...]:
    budget = ("budgets", kind)
    return (
        AnyOf(
            (
                Missing(budget),
                Equals((*budget, "last_run"), attempt.run),
                AtMost((*budget, "window_ends_ms"), attempt.now_ms),
                Below((*budget, "runs"), runs_max),
            )
        ),
    )


def _cooled_down(attempt: Attempt) -> tuple[Clause, ...]:
    if not attempt.cool_down_ms:
        return ()
    ours = Equals(("budgets", attempt.kind, "last_run"), attempt.run)
    return (AnyOf((ours, *_rested(attempt.kind, attempt.now_ms - attempt.cool_down_ms))),)


def _settled(attempt: Attempt) -> tuple[Clause, ...]:
    if not attempt.hysteresis_ms:
        return ()
    return (AnyOf(_rested(attempt.opposite, attempt.now_ms - attempt.hysteresis_ms)),)


def _rested(kind: str, since_ms: int) -> tuple[Clause, ...]:
    last = ("budgets", kind, "last_ms")
    return Missing(last), AtMost(last, since_ms)


def _version_unmoved(attempt: Attempt) -> tuple[Clause, ...]:
    return Equals(("epoch",), attempt.epoch), Equals(("version",), attempt.version)


def _last_effect_ours(attempt: Attempt) -> tuple[Clause, ...]:
    return (*_version_unmoved(attempt), Equals(("last_effect", "run"), attempt.of_run))


def _standing_for_this_version(attempt: Attempt) -> tuple[Clause, ...]:
    return (Equals(("standing", attempt.route, "for_version"), Copy(("version",))),)


def _plan_fresh(attempt: Attempt) -> tuple[Clause, ...]:
    return () if attempt.now_ms < attempt.plan_expires_ms else (NEVER,)


def _standing_fresh(attempt: Attempt) -> tuple[Clause, ...]:
    return (Above(("standing", attempt.route, "expires_ms"), attempt.now_ms),)


def _standing_present(attempt: Attempt) -> tuple[Clause, ...]:
    return (Exists(("standing", attempt.route)),)


def _room_in_journal(attempt: Attempt) -> tuple[Clause, ...]:
    kind = attempt.journal_slot
    return (SizeBelow(("journal", kind), JOURNAL_SLOTS[kind]),)


def _turn_is_next(attempt: Attempt) -> tuple[Clause, ...]:
    """A ledger from before there were switches has counted none."""
    unmoved = Equals(("turns", "count"), attempt.turn)
    return (unmoved if attempt.turn else AnyOf((Missing(("turns",)), unmoved)),)


def _last_turn_ours(attempt: Attempt) -> tuple[Clause, ...]:
    return (
        Equals(("turns", "count"), attempt.turn),
        Equals(("turns", "run"), attempt.of_run),
    )


def _dwell_over(attempt: Attempt) -> tuple[Clause, ...]:
    return (AtMost(("dwell", "until_ms"), attempt.now_ms),)


def _no_gain_on_contained(attempt: Attempt) -> tuple[Clause, ...]:
    elsewhere = (Equals(("dwell", "route"), route) for route in ("", *attempt.keeping))
    return (AnyOf((*_dwell_over(attempt), *elsewhere)),) if attempt.gaining else ()


def _no_maintenance(attempt: Attempt) -> tuple[Clause, ...]:
    until = ("maintenance", "until_ms")
    return (AnyOf((Missing(until), AtMost(until, attempt.now_ms))),)


TABLE: Final[Mapping[Act, Mapping[Condition, Demand]]] = MappingProxyType(
    {
        Act.ADVANCE: {
            Condition.LEDGER_MISSING: _ledger_present,
            Condition.LEVER_ENGAGED: _lever_off,
            Condition.LEASE_HELD_BY_ANOTHER: _lease_ours_with_time,
            Condition.BUDGET_SPENT: _budget_left,
            Condition.COOLING_DOWN: _cooled_down,
            Condition.JUST_REVERSED: _settled,
            Condition.REMEDIATIONS_SPENT: _remediations_left,
            Condition.VERSION_MOVED: _version_unmoved,
            Condition.PLAN_EXPIRED: _plan_fresh,
            Condition.JOURNAL_FULL: _room_in_journal,
            Condition.ROUTE_CONTAINED: _no_gain_on_contained,
        },
        Act.CONTAIN: {
            Condition.LEDGER_MISSING: _ledger_present,
            Condition.LEVER_ENGAGED: _lever_off,
            Condition.NO_STANDING_PLAN: _standing_present,
            Condition.VERSION_MOVED: _standing_for_this_version,
            Condition.PLAN_EXPIRED: _standing_fresh,
            Condition.DWELL_RUNNING: _dwell_over,
            Condition.MAINTENANCE_WINDOW: _no_maintenance,
            Condition.RESERVE_FULL: _room_in_journal,
        },
        Act.UNDO: {
            Condition.LEDGER_MISSING: _ledger_present,
            Condition.LEVER_ENGAGED: _lever_off,
            Condition.LEASE_HELD_BY_ANOTHER: _lease_ours_with_time,
            Condition.VERSION_MOVED: _last_effect_ours,
            Condition.RESERVE_FULL: _room_in_journal,
        },
        Act.SWITCH: {
            Condition.LEDGER_MISSING: _ledger_present,
            Condition.LEVER_ENGAGED: _lever_off,
            Condition.LEASE_HELD_BY_ANOTHER: _lease_ours_with_time,
            Condition.BUDGET_SPENT: _budget_left,
            Condition.REMEDIATIONS_SPENT: _remediations_left,
            Condition.VERSION_MOVED: _turn_is_next,
            Condition.PLAN_EXPIRED: _plan_fresh,
            Condition.JOURNAL_FULL: _room_in_journal,
        },
        Act.SWITCH_BACK: {
            Condition.LEDGER_MISSING: _ledger_present,
            Condition.LEVER_ENGAGED: _lever_off,
            Condition.LEASE_HELD_BY_ANOTHER: _lease_ours_with_time,
            Condition.VERSION_MOVED: _last_turn_ours,
            Condition.RESERVE_FULL: _room_in_journal,
        },
        Act.TAKE_LEASE: {
            Condition.LEDGER_MISSING: _ledger_present,
            Condition.LEVER_ENGAGED: _lever_off,
            Condition.LEASE_HELD_BY_ANOTHER: _lease_free,
        },
        Act.RENEW_LEASE: {
            Condition.LEDGER_MISSING: _ledger_present,
            Condition.LEASE_HELD_BY_ANOTHER: _lease_ours,
        },
        Act.RETURN_LEASE: {
            Condition.LEDGER_MISSING: _ledger_present,
            Condition.LEASE_HELD_BY_ANOTHER: _lease_ours,
        },
        Act.REFRESH_STANDING: {
            Condition.LEDGER_MISSING: _ledger_present,
            Condition.LEVER_ENGAGED: _lever_off,
            Condition.LEASE_HELD_BY_ANOTHER: _planner_not_superseded,
            Condition.VERSION_MOVED: _version_unmoved,
        },
        Act.ENGAGE_LEVER: {Condition.LEDGER_MISSING: _ledger_present},
        Act.RESUME: {Condition.LEDGER_MISSING: _ledger_present},
        Act.RESTORE: {
            Condition.LEVER_FREE: _stopped_or_gone,
            Condition.VERSION_MOVED: _as_seen,
        },
    }
)


#: What another failed condition explains, and so goes without saying: after a contain there is no
#: standing plan of the old version, and without a plan nothing can be said of its version or age.
IMPLIED: Final[Mapping[Condition, tuple[Condition, ...]]] = MappingProxyType(
    {
        Condition.DWELL_RUNNING: (
            Condition.NO_STANDING_PLAN,
            Condition.VERSION_MOVED,
            Condition.PLAN_EXPIRED,
        ),
        Condition.NO_STANDING_PLAN: (Condition.VERSION_MOVED, Condition.PLAN_EXPIRED),
    }
)


def demands(attempt: Attempt) -> tuple[Clause, ...]:
    """Everything the act demands of the item, for the condition of its write."""
    cells = TABLE[attempt.act].values()
    return tuple(clause for demand in cells for clause in demand(attempt))


def failed(attempt: Attempt, item: Mapping[str, Any] | None) -> tuple[Condition, ...]:
    """The conditions that stop `attempt` on `item`, in the order of the table."""
    if item is None:
        return (Condition.LEDGER_MISSING,)
    stopping = tuple(
        condition
        for condition, demand in TABLE[attempt.act].items()
        if not holds(AllOf(demand(attempt)), item)
    )
    implied = {each for cause in stopping for each in IMPLIED.get(cause, ())}
    return tuple(condition for condition in stopping if condition not in implied)
