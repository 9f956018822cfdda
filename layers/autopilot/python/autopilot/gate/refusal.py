"""What a refused caller reads: the condition, what was observed, and the next step."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol

from autopilot.domain.instants import instant
from autopilot.errors import Refused
from autopilot.gate.acts import Act, Attempt, Condition
from autopilot.gate.budget import REMEDIATION
from autopilot.gate.clauses import at
from autopilot.gate.ledger import JOURNAL_SLOTS

_NO_LEDGER: Final = "the service has no ledger item. Initialise it from the profile first."


class GateRefused(Refused):
    """The gate said no and nothing was changed; `conditions` are all that stood in the way."""

    def __init__(self, act: str, conditions: tuple[Condition, ...], message: str) -> None:
        """Keep what was refused and why."""
        self.act = act
        self.conditions = conditions
        super().__init__(message)


def refusal(
    attempt: Attempt, conditions: tuple[Condition, ...], item: Mapping[str, Any] | None
) -> GateRefused:
    """The error for `attempt`, with one sentence for each condition."""
    said = " ".join(f"{each}: {SENTENCES[each](attempt, item or {})}" for each in conditions)
    return GateRefused(attempt.act, conditions, f"{attempt.act} was refused. {said}")


def no_ledger(act: str) -> GateRefused:
    """The error for a service whose ledger was never initialised."""
    condition = Condition.LEDGER_MISSING
    return GateRefused(act, (condition,), f"{act} was refused. {condition}: {_NO_LEDGER}")


class Sentence(Protocol):
    """Says what was observed and what to do next."""

    def __call__(self, attempt: Attempt, item: Mapping[str, Any], /) -> str:
        """One or two sentences."""
        ...


def _ledger_missing(_: Attempt, __: Mapping[str, Any]) -> str:
    return _NO_LEDGER


def _lever_engaged(_: Attempt, item: Mapping[str, Any]) -> str:
    lever = item["lever"]
    return (
        f"{lever['by']} stopped all automation at {instant(lever['at_ms'])} "
        f"({lever['reason']}). A person resumes with `autopilot resume --reason`."
    )


def _lever_free(_: Attempt, __: Mapping[str, Any]) -> str:
    return "automation could act in between. Stop it first: `autopilot stop --reason`."


def _lease_held(attempt: Attempt, item: Mapping[str, Any]) -> str:
    if attempt.act.value.startswith("refresh"):
        return (
            f"expected planner fence {attempt.fence}, got {item['planner_fence']}: another "
            f"region plans now. Leave it to that one."
        )
    lease = item["lease"]
    if lease["holder"] == attempt.run and lease["fence"] == attempt.fence:
        return (
            f"it is ours, but ends at {instant(lease['expires_ms'])}, too soon for a call. "
            f"Renew it first."
        )
    if not lease["holder"]:
        return f"expected {attempt.run} to hold the lease, but it is free. Take it again."
    return (
        f"{lease['holder']} ({lease['runbook']}, fence {lease['fence']}) holds it until "
        f"{instant(lease['expires_ms'])}. Wait for that run to end, or stop it."
    )


def _budget_spent(attempt: Attempt, item: Mapping[str, Any]) -> str:
    budget = item["budgets"][attempt.kind]
    return (
        f"{budget['runs']} of {attempt.runs_max} runs of {attempt.kind} are used until "
        f"{instant(budget['window_ends_ms'])}. Wait, or let a person act."
    )


def _cooling_down(attempt: Attempt, item: Mapping[str, Any]) -> str:
    budget = item["budgets"][attempt.kind]
    free_ms = budget["last_ms"] + attempt.cool_down_ms
    return f"{budget['last_run']} was of this kind. Wait until {instant(free_ms)}."


def _just_reversed(attempt: Attempt, item: Mapping[str, Any]) -> str:
    budget = item["budgets"][attempt.opposite]
    free_ms = budget["last_ms"] + attempt.hysteresis_ms
    return (
        f"{budget['last_run']} did a {attempt.opposite}, which this would reverse. "
        f"Wait until {instant(free_ms)}."
    )


def _remediations_spent(attempt: Attempt, item: Mapping[str, Any]) -> str:
    budget = item["budgets"][REMEDIATION]
    return (
        f"alarms have started {budget['runs']} runs that changed the service, at most "
        f"{attempt.remediations_max} may until {instant(budget['window_ends_ms'])}. "
        f"What helps is a person's to decide: look for the common cause, then start the runbook."
    )


def _version_moved(attempt: Attempt, item: Mapping[str, Any]) -> str:
    if attempt.act in (Act.SWITCH, Act.SWITCH_BACK):
        turns = item.get("turns", {})
        found = f"{turns.get('count', 0)} turns, the last by {turns.get('run') or 'nobody'}"
        return f"expected {attempt.turn} turns of switches before, got {found}. Plan again."
    found = f"{item.get('epoch')}.{item.get('version')}"
    if attempt.act is Act.RESTORE:
        return f"the ledger holds version {found}, another one than was planned for. Start again."
    last = item["last_effect"]
    by = f"{last['act']} by {last['run'] or 'an alarm'}" if last["act"] else "the first allocation"
    if attempt.route:
        made_for = at(item, ("standing", attempt.route, "for_version"))
        return f"its standing plan is for version {made_for}, the ledger at {found} ({by})." + _WAIT
    expected = f"{attempt.epoch}.{attempt.version}"
    if expected == found:
        return f"expected the last change to be of {attempt.of_run}, got {by}. Plan again."
    return f"expected version {expected}, got {found} ({by}). Plan again."


_WAIT: Final = " Standing plans are refreshed every minute."


def _plan_expired(attempt: Attempt, item: Mapping[str, Any]) -> str:
    ended = at(item, ("standing", attempt.route, "expires_ms")) if attempt.route else None
    if isinstance(ended, int):
        return f"the standing plan ended at {instant(ended)}." + _WAIT
    ended_ms = attempt.plan_expires_ms
    return f"its evidence ended at {instant(ended_ms)}. Observe, then plan again."


def _journal_full(attempt: Attempt, item: Mapping[str, Any]) -> str:
    kind = attempt.journal_slot
    return (
        f"{len(item['journal'][kind])} of {JOURNAL_SLOTS[kind]} {kind} entries wait for export. "
        f"See why tend_ledger does not export."
    )


def _no_standing_plan(attempt: Attempt, _: Mapping[str, Any]) -> str:
    return f"none is prepared for {attempt.route}: no healthy route could take more. Page a person."


def _dwell_running(_: Attempt, item: Mapping[str, Any]) -> str:
    dwell = item["dwell"]
    return f"{dwell['route']} was contained; nothing more until {instant(dwell['until_ms'])}."


def _maintenance(_: Attempt, item: Mapping[str, Any]) -> str:
    until = instant(item["maintenance"]["until_ms"])
    return f"a maintenance window explains alarms until {until}. Close it to act before."


def _rail_broken(_: Attempt, __: Mapping[str, Any]) -> str:
    return "the plan breaks a rail."


def _switch_moved(_: Attempt, __: Mapping[str, Any]) -> str:
    return "somebody else turned the switch meanwhile. Plan again."


SENTENCES: Final[Mapping[Condition, Sentence]] = MappingProxyType(
    {
        Condition.LEDGER_MISSING: _ledger_missing,
        Condition.LEVER_ENGAGED: _lever_engaged,
        Condition.LEVER_FREE: _lever_free,
        Condition.LEASE_HELD_BY_ANOTHER: _lease_held,
        Condition.BUDGET_SPENT: _budget_spent,
        Condition.COOLING_DOWN: _cooling_down,
        Condition.JUST_REVERSED: _just_reversed,
        Condition.REMEDIATIONS_SPENT: _remediations_spent,
        Condition.VERSION_MOVED: _version_moved,
        Condition.PLAN_EXPIRED: _plan_expired,
        Condition.JOURNAL_FULL: _journal_full,
        Condition.RESERVE_FULL: _journal_full,
        Condition.NO_STANDING_PLAN: _no_standing_plan,
        Condition.DWELL_RUNNING: _dwell_running,
        Condition.ROUTE_CONTAINED: _dwell_running,
        Condition.MAINTENANCE_WINDOW: _maintenance,
        Condition.RAIL_BROKEN: _rail_broken,
        Condition.SWITCH_MOVED: _switch_moved,
    }
)
