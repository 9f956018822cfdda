"""The rehearsal itself: the whole pre-flight, the facts of a restore, both estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.instants import day_of
from autopilot.domain.preflight import TEXT_MAX, Answer, Check
from autopilot.domain.rehearsal import Promise, Rehearsal
from autopilot.procedures.preflight import preflight_of
from autopilot.procedures.preflight.memory import NOTHING
from autopilot.procedures.preflight.reading import Reader
from autopilot.procedures.recovery_rehearsal.estimating import of_failover, of_restore
from autopilot.procedures.recovery_rehearsal.facts import restore_facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.domain.rehearsal import Estimate
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

_SECONDS_MAX: Final = 6  #: for what is read beside the pre-flight
_MS: Final = 1000


def rehearse(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Judge the move that was planned, as if its source were lost; changes nothing."""
    planned, clock = message["planned"], dependencies.clock
    began_ms = clock.now_ms()
    flown = preflight_of(
        dependencies,
        planned["target"],
        planned["source"],
        reachable=True,
        holder=str(message["run"]),
    )
    flown_seconds = -(-(clock.now_ms() - began_ms) // _MS)
    reader = Reader(clock, _SECONDS_MAX, NOTHING)
    facts = restore_facts(dependencies, reader)
    estimates = (
        of_failover(dependencies, reader, planned["target"], flown_seconds),
        of_restore(dependencies.profile, facts, began_ms),
    )
    checks = (_of_plan(planned), *flown.checks, *facts.checks, *_promised(dependencies, estimates))
    return _rehearsal(planned, dependencies, began_ms, checks, estimates).to_json()


def _promised(dependencies: Dependencies, estimates: tuple[Estimate, ...]) -> tuple[Check, ...]:
    """A restore that was never tried is told by `restore-tried`; its time then decides nothing."""
    objectives = dependencies.profile.objectives
    promise = Promise(objectives.rto_minutes, objectives.rpo_minutes)
    return tuple(
        check
        for check in promise.checks(estimates)
        if not (check.name == "rto/restore" and check.observed == "not known")
    )


def _rehearsal(
    planned: Mapping[str, Any],
    dependencies: Dependencies,
    at_ms: int,
    checks: tuple[Check, ...],
    estimates: tuple[Estimate, ...],
) -> Rehearsal:
    return Rehearsal(
        service=dependencies.service,
        day=day_of(at_ms),
        source=planned["source"],
        target=planned["target"],
        observed_ms=at_ms,
        checks=checks,
        plan=str(planned["plan"]),
        digest=str(planned["digest"]),
        estimates=estimates,
    )


def _of_plan(planned: Mapping[str, Any]) -> Check:
    said = str(planned["plan"])[:TEXT_MAX]
    answer = Answer.GO if planned["planned"] else Answer.NO_GO
    observed = f"plan {str(planned['digest'])[:12]}" if planned["planned"] else "refused"
    return Check("plan", observed, "a plan", "regional_failover, dry run", 0, answer, said)
