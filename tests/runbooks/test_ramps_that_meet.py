"""Runs that meet: two ramps, a slow one, an alarm, the stop lever, and answers that get lost."""

from __future__ import annotations

from autopilot.domain.allocation import Allocation, Route
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.faults import Fault, FaultKind
from tests.runbooks.witness import (
    HOME_DIRECT,
    STANDBY_DIRECT,
    STANDBY_MCP,
    Witnessed,
    execution,
    ramp_up,
    run_until_version,
    start,
    witnessed,
)

FAILING_PPM = 300_000


def fails(bench: Bench, name: str, *, from_percent: int = 0) -> None:
    """From now on a route fails 30 % of its requests, once it gets that share."""
    failing = Route.parse(name)

    def failures_ppm(route: Route, held: Allocation) -> int:
        return FAILING_PPM if route == failing and held.percent(route) >= from_percent else 0

    bench.service.failures_ppm = failures_ppm


def without_alarms(bench: Bench) -> None:
    """Only the runs themselves answer."""
    bench.aws.alarms.on_transition = lambda _alarm, _before: None


def assert_lease_returned(seen: Witnessed) -> None:
    """Nobody holds the service."""
    assert seen.after["lease"]["holder"] == ""


def test_of_two_ramps_at_once_one_is_refused_and_told_who_holds_the_lease(
    deployed: Bench,
) -> None:
    """The other one does not notice."""

    def two_ramps(bench: Bench) -> None:
        start(bench, "one", ramp_up(STANDBY_DIRECT, 7))
        start(bench, "other", ramp_up(STANDBY_MCP, 7))

    seen = witnessed(deployed, two_ramps)
    won = [name for name, run in seen.runs.items() if run["status"] == "SUCCEEDED"]
    lost = [name for name, run in seen.runs.items() if run["error"] == "Refused"]
    assert len(won) == len(lost) == 1
    assert f"{won[0]} (traffic_ramp, fence" in seen.runs[lost[0]]["cause"]
    assert {entry["cause"]["by"] for entry in seen.entries} == set(won)
    assert_lease_returned(seen)


def test_a_run_paused_between_plan_and_write_is_refused_when_another_finished_meanwhile(
    deployed: Bench,
) -> None:
    """It planned for a version that is gone: it is told both, and changes nothing."""

    def slow_and_undone(bench: Bench) -> None:
        without_alarms(bench)
        fails(bench, STANDBY_DIRECT, from_percent=7)
        start(bench, "undone", ramp_up(STANDBY_DIRECT, 7))
        run_until_version(bench, 3)
        asked: list[Call] = []

        def pause_once_planned(call: Call) -> bool:
            if call.caller == "states:slow" and call.operation == "Invoke":
                asked.append(call)
                while len(asked) == 2 and execution(bench, "undone").running:
                    bench.aws.scheduler.sleep(1)
            return False

        bench.aws.faults.add(Fault(when=pause_once_planned))
        start(bench, "slow", ramp_up(STANDBY_MCP, 7))

    seen = witnessed(deployed, slow_and_undone)
    assert seen.acts() == ["advance", "advance", "undo"]
    assert {entry["cause"]["by"] for entry in seen.entries} == {"undone"}
    assert seen.runs["slow"]["error"] == "Stopped"
    assert "version moved: expected version 1.3, got 1.4" in seen.runs["slow"]["cause"]
    assert any("slow" in page for page in seen.pages)
    assert_lease_returned(seen)


def test_a_contain_during_a_ramp_ends_it_cleanly_by_version(deployed: Bench) -> None:
    """The alarm's move stands: the ramp takes no further step, undoes nothing, frees the lease."""

    def contained_between_steps(bench: Bench) -> None:
        start(bench, "by-hand", ramp_up(STANDBY_DIRECT, 7))
        run_until_version(bench, 2)
        fails(bench, HOME_DIRECT)
        execution(bench, "by-hand").wait()
        fails(bench, HOME_DIRECT, from_percent=101)

    seen = witnessed(deployed, contained_between_steps)
    acts = seen.acts()
    assert acts[:2] == ["advance", "contain"]
    assert "undo" not in acts
    by_hand = [entry for entry in seen.entries if entry["cause"]["by"] == "by-hand"]
    assert [entry["version"] for entry in by_hand] == [2]
    assert seen.records["by-hand"] in ("superseded", "stopped")
    assert_lease_returned(seen)


def test_a_stop_lever_in_the_middle_leaves_the_world_as_it_is_and_pages(deployed: Bench) -> None:
    """After the pull nothing more is changed, not even undone; the lease is free; people know."""

    def pulled_after_the_first_step(bench: Bench) -> None:
        start(bench, "by-hand", ramp_up(STANDBY_DIRECT, 7))
        run_until_version(bench, 2)
        bench.installation.gate.engage_lever(by="an operator", reason="looks wrong")

    seen = witnessed(deployed, pulled_after_the_first_step)
    assert seen.acts() == ["advance"]
    assert seen.after["version"] == 2
    assert seen.after["allocation"][STANDBY_DIRECT] == 6
    assert seen.runs["by-hand"]["error"] == "Stopped"
    assert "an operator stopped all automation" in seen.runs["by-hand"]["cause"]
    assert any("by-hand" in page for page in seen.pages)
    assert_lease_returned(seen)


def lose_the_answer(bench: Bench, verb_noun: str) -> Fault:
    """The next effect that this function writes is applied, and its answer never arrives."""
    return bench.aws.faults.add(
        Fault(
            service="dynamodb",
            operation="UpdateItem",
            caller=bench.function(verb_noun),
            kind=FaultKind.APPLIED_UNANSWERED,
            when=lambda call: b"journal" in call.body,
            count=1,
        )
    )


def test_a_step_whose_answer_was_lost_counts_once(deployed: Bench) -> None:
    """The write is tried again, recognised as its own, and the ramp goes on to its end."""

    def unanswered(bench: Bench) -> None:
        lose_the_answer(bench, "change_service")
        start(bench, "by-hand", ramp_up(STANDBY_DIRECT, 7))

    seen = witnessed(deployed, unanswered)
    assert seen.runs["by-hand"]["status"] == "SUCCEEDED"
    assert seen.calls["by-hand"].count("dynamodb:UpdateItem") > 0
    assert [entry["version"] for entry in seen.entries] == [2, 3]
    assert seen.after["version"] == 3
    assert seen.after["allocation"][STANDBY_DIRECT] == 7


def test_a_contain_whose_answer_was_lost_counts_once(deployed: Bench) -> None:
    """The reflex finds its own entry in the refusal of its second try: one contain, one case."""

    def unanswered(bench: Bench) -> None:
        lost = lose_the_answer(bench, "contain_route")
        fails(bench, HOME_DIRECT)
        bench.aws.run(60)
        assert lost.hits >= 1

    seen = witnessed(deployed, unanswered)
    assert seen.acts()[0] == "contain"
    assert seen.acts().count("contain") == 1
    assert [entry["version"] for entry in seen.entries] == list(range(2, seen.after["version"] + 1))
    assert len(seen.runs) == 2, "one incident, and the ramp that it ran"
