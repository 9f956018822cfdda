"""What follows from a look: one thing, by the clock and by what was done; unknown never acts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from autopilot.domain.family import Family
from autopilot.domain.incident import Classified, Facts, Situation
from autopilot.domain.profile import Profile
from autopilot.domain.severity import Severity
from autopilot.domain.verdict import State, Verdict
from autopilot.procedures.incident_response.deciding import Decision, decide, verified
from autopilot.procedures.incident_response.memory import (
    TIMELINE_MAX,
    Memory,
    Nested,
    Worst,
    memory_of,
)
from tests.gate.service import BASELINE, HOME_DIRECT
from tests.procedures.conftest import PROFILE

MINUTE_MS = 60_000
START_MS = 1_790_000_000_000
MACHINES = PROFILE.parents[3] / "statemachines"
RAMP = Nested("traffic_ramp", "incident-ramp-1", str(HOME_DIRECT), "done")


def memory(**changes: Any) -> Memory:
    """A run that has just begun."""
    fresh = Memory(START_MS, START_MS, START_MS, 1, BASELINE.to_dict())
    return replace(fresh, **changes)


def classified(situation: Situation, *, runbook: str = "traffic_ramp") -> Classified:
    """A rule matched."""
    route = HOME_DIRECT if situation is Situation.PATH_LOST else None
    return Classified(situation, "a-rule", Severity.P0, runbook, "", 60, route, ())


def facts(state: State) -> Facts:
    """Home's direct path is in that state."""
    verdict = Verdict(state, 1_000, 0, 0, 0, 5, "as a test says")
    return Facts(
        family=Family.TRAFFIC,
        allocation=BASELINE,
        shares={},
        routes={HOME_DIRECT: verdict},
        whole=verdict,
        objective_ppm=1_000,
    )


def decided(
    profile: Profile,
    situation: Situation,
    *,
    after_seconds: int,
    state: State = State.UNHEALTHY,
    runbook: str = "traffic_ramp",
    **remembered: Any,
) -> tuple[Decision, str]:
    """The decision and the outcome, so long after the run began."""
    step = decide(
        memory(**remembered),
        classified(situation, runbook=runbook),
        facts(state),
        profile.incident,
        now_ms=START_MS + after_seconds * 1000,
    )
    return step.decision, step.outcome


def test_a_failing_route_is_ramped_down_once_the_reflex_had_its_time(profile: Profile) -> None:
    """Fifteen seconds where it did nothing, the profile's settle time where it contained."""
    lost = Situation.PATH_LOST
    assert decided(profile, lost, after_seconds=14) == (Decision.WATCH, "")
    assert decided(profile, lost, after_seconds=15) == (Decision.RESPOND, "")
    contained: dict[str, Any] = {"contained": str(HOME_DIRECT), "contained_ms": START_MS}
    assert decided(profile, lost, after_seconds=44, **contained) == (Decision.WATCH, "")
    assert decided(profile, lost, after_seconds=45, **contained) == (Decision.RESPOND, "")


@pytest.mark.parametrize(
    "situation",
    [
        Situation.BLIND,
        Situation.OBSERVER_SUSPECT,
        Situation.REGION_LOST,
        Situation.OBJECTIVE_AT_RISK,
    ],
)
def test_what_no_runbook_may_answer_is_watched_whatever_the_rule_names(
    profile: Profile, situation: Situation
) -> None:
    """Also where somebody writes a ramp into the rule."""
    assert decided(profile, situation, after_seconds=60) == (Decision.WATCH, "")


def test_a_runbook_that_this_version_lacks_is_advice(profile: Profile) -> None:
    """The page says so; nothing is started."""
    wanted = (Decision.WATCH, "")
    found = decided(profile, Situation.PATH_LOST, after_seconds=60, runbook="regional_failover")
    assert found == wanted


def test_after_three_rounds_or_a_failed_one_nothing_more_is_started(profile: Profile) -> None:
    """People decide."""
    lost, watch = Situation.PATH_LOST, (Decision.WATCH, "")
    assert decided(profile, lost, after_seconds=60, nested=(RAMP,) * 2)[0] is Decision.RESPOND
    assert decided(profile, lost, after_seconds=60, nested=(RAMP,) * 3) == watch
    failed = replace(RAMP, failed=True)
    assert decided(profile, lost, after_seconds=60, nested=(failed,)) == watch


def test_what_stays_wrong_is_handed_over_in_the_end(profile: Profile) -> None:
    """The watch has an end, also for a route that could be ramped."""
    late = profile.incident.watch_minutes_max * 60
    for situation in (Situation.BLIND, Situation.PATH_LOST):
        found = decided(profile, situation, after_seconds=late)
        assert found == (Decision.HAND_OVER, "handed_over")


def test_a_stale_alarm_closes_after_the_quiet_time_and_a_failure_after_the_longer_one(
    profile: Profile,
) -> None:
    """Three minutes, or five where something was done or was wrong."""
    nothing, well = Situation.NOTHING_WRONG, State.HEALTHY
    quiet, verify = profile.incident.quiet_minutes * 60, profile.incident.verify_minutes * 60
    closed = (Decision.CLOSE, "nothing_wrong")
    assert decided(profile, nothing, after_seconds=quiet - 1, state=well)[0] is Decision.WATCH
    assert decided(profile, nothing, after_seconds=quiet, state=well) == closed
    for done in ({"nested": (RAMP,)}, {"contained": str(HOME_DIRECT)}, {"worst": WORST}):
        before = decided(profile, nothing, after_seconds=verify - 1, state=well, **done)
        after = decided(profile, nothing, after_seconds=verify, state=well, **done)
        assert (before[0], after) == (Decision.WATCH, (Decision.CLOSE, "mitigated"))


WORST = Worst("path_lost", "a-rule", Severity.P1, "", "", ())


@pytest.mark.parametrize("situation", [Situation.SECURITY_FINDING, Situation.AUTOMATION_FAILING])
def test_what_cannot_be_measured_is_closed_as_advised(
    profile: Profile, situation: Situation
) -> None:
    """People were told; the metrics of the service say nothing about it."""
    quiet = profile.incident.quiet_minutes * 60
    found = decided(profile, situation, after_seconds=quiet, state=State.HEALTHY)
    assert found == (Decision.CLOSE, "advised")


@pytest.mark.parametrize(
    "state, minutes, decision",
    [
        (State.HEALTHY, 5, Decision.CLOSE),
        (State.UNKNOWN, 5, Decision.WATCH),
        (State.UNHEALTHY, 5, Decision.WATCH),
        (State.UNKNOWN, 60, Decision.HAND_OVER),
    ],
)
def test_only_a_healthy_service_is_closed(
    profile: Profile, state: State, minutes: int, decision: Decision
) -> None:
    """Unknown is never healthy: it is waited for, and handed over in the end."""
    now_ms = START_MS + minutes * MINUTE_MS
    remembered = memory(nested=(RAMP,))
    healthy = facts(State.HEALTHY)
    step = decide(
        remembered, classified(Situation.NOTHING_WRONG), healthy, profile.incident, now_ms=now_ms
    )
    whole = facts(state).whole
    assert verified(step, whole, remembered, profile.incident, now_ms).decision is decision


def test_what_a_run_remembers_survives_the_machine_and_stays_small() -> None:
    """It travels as plain JSON, and its timeline has an end."""
    full = memory(nested=(RAMP,), worst=WORST, told=("P1",))
    for number in range(TIMELINE_MAX + 10):
        full = full.noting(START_MS + number, f"look {number}")
    assert memory_of(full.to_dict()) == full
    assert len(full.timeline) == TIMELINE_MAX
    assert full.noting(0, "more") == full


def test_what_was_said_last_is_not_said_again() -> None:
    """A look that sees nothing new adds nothing."""
    once = memory().noting(1, "the same")
    assert once.noting(2, "the same") == once


def test_the_machine_outlives_the_longest_watch_and_a_ramp_begun_at_its_end() -> None:
    """The profile's longest watch, then one ramp to its own time-out, then a last look and a close.

    Reopening counts too: a run looks whether alarms are late, and the watch counts from its start.
    """
    machines = {
        name: yaml.safe_load((MACHINES / f"{name}.asl.yaml").read_text("utf-8"))
        for name in ("incident_response", "traffic_ramp")
    }
    incident = machines["incident_response"]
    watch_seconds = 120 * 60
    nested = incident["States"]["Ramp the route down"]["TimeoutSeconds"]
    assert nested > machines["traffic_ramp"]["TimeoutSeconds"]
    tried = 4 * 30 + 3 * 8  #: a task, its three retries and the waits between
    around = 6 * (tried + 120) + 6 * tried + 30 + 14 * (30 + 120)
    assert incident["TimeoutSeconds"] >= watch_seconds + nested + around
