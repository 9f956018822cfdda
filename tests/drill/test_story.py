"""The story is told in order of time, leaves out routine, and ends with a summary."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

from rich.console import Console

from autopilot_lab.drill.evidence import AlarmChange, Page, Run, StateEntered
from autopilot_lab.drill.project import find_scenario
from autopilot_lab.drill.reading import read_scenario
from autopilot_lab.drill.result import DrillResult, check
from autopilot_lab.drill.story import clock, lines, tell
from tests.drill.evidences import evidence


def told(**changes: object) -> list[tuple[str, str]]:
    """(kind, text) of every line."""
    return [(line.kind, line.text) for line in lines(evidence(**changes))]


def test_moments_come_in_order_of_time() -> None:
    """From the fault to the end."""
    kinds = [kind for kind, _ in told()]
    assert kinds[0] == "fault"
    assert kinds.index("alarm") < kinds.index("effect") < kinds.index("calm") < kinds.index("page")


def test_an_effect_is_told_with_its_reason_and_what_is_now() -> None:
    """How much moved, why, and the allocation it left."""
    effects = [text for kind, text in told() if kind == "effect"]
    assert effects[0] == (
        "contain: 50 points moved, alarm hybrid-routing-eu-central-1-direct-failing"
    )
    assert effects[1] == "  version 2: eu-central-1/direct=10 eu-west-1/direct=90"


def test_states_that_follow_each_other_at_once_share_a_line() -> None:
    """A pause begins a new one."""
    run = replace(
        evidence().runs[0],
        states=[
            StateEntered(131.0, "down-1", "Plan the ramp"),
            StateEntered(131.4, "down-1", "Take the lease"),
            StateEntered(146.0, "down-1", "Judge the step"),
        ],
    )
    states = [text for kind, text in told(runs=[run]) if kind == "run" and text.startswith("  ")]
    assert states == ["  Plan the ramp → Take the lease", "  Judge the step"]


def test_a_round_that_is_gone_again_and_again_is_told_once() -> None:
    """With how often, and until when; two of the same are told one by one."""
    rounds = [StateEntered(140.0 + 10 * n, "down-1", "Judge the step") for n in range(4)]
    others = [StateEntered(190.0 + 10 * n, "down-1", "Wait") for n in range(2)]
    run = replace(evidence().runs[0], states=[*rounds, *others])
    states = [text for kind, text in told(runs=[run]) if kind == "run" and text.startswith("  ")]
    assert states == ["  Judge the step (4 times until 00:02:50.0)", "  Wait", "  Wait"]


def test_routine_that_went_as_always_is_left_out_and_other_is_told() -> None:
    """A sweep that failed is news."""
    sweep = Run("s-1", "health_sweep", "eu-west-1", 10.0, 11.0, "SUCCEEDED")
    failed = replace(sweep, status="FAILED", error="NotRecorded")
    assert not [text for _, text in told(runs=[sweep]) if "health_sweep" in text]
    assert [text for _, text in told(runs=[failed]) if "ended as NotRecorded" in text]


def test_what_happened_before_the_drill_is_not_told() -> None:
    """The warm-up is nobody's business."""
    early = [Page(-5.0, "eu-west-1", "warming up", "")]
    assert not [text for _, text in told(pages=early) if "warming up" in text]


def test_an_alarm_that_finds_its_first_data_is_not_news() -> None:
    """From INSUFFICIENT_DATA to OK nothing happened."""
    first = [AlarmChange(3.0, "some-alarm", "eu-west-1", "INSUFFICIENT_DATA", "OK")]
    assert not [text for _, text in told(alarms=first) if "some-alarm" in text]


def test_the_message_in_a_functions_error_is_told_without_its_wrapping() -> None:
    """Step Functions passes a Lambda error on as JSON."""
    cause = '{"errorMessage": "the lease is held by down-0", "errorType": "Refused"}'
    run = replace(evidence().runs[0], status="FAILED", error="Refused", cause=cause, output=None)
    assert ("run", "traffic_ramp ended as Refused: the lease is held by down-0") in told(runs=[run])


def test_the_clock_counts_from_the_start_of_the_drill() -> None:
    """Hours, minutes, seconds and tenths."""
    assert (clock(313.04), clock(7325.96)) == ("00:05:13.0", "02:02:06.0")


def test_the_summary_says_what_held_what_did_not_and_what_it_was_good_for() -> None:
    """With the arithmetic of the reflex."""
    scenario = read_scenario(find_scenario("direct-path-brownout")).scenario
    drill = evidence()
    fitting = scenario.model_copy(
        update={"expect": tuple(e for e in scenario.expect if e.check != "route_share")}
    )
    out = StringIO()
    result = DrillResult(fitting, 1, drill, check(fitting, drill), wall_seconds=1.5)
    tell(result, Console(file=out, width=200))
    text = out.getvalue()
    assert "750 of 100000 requests failed; 16200 fail without automation." in text
    assert "Mitigated after 99 s." in text
    assert " 25.51 s  in all, until every router obeyed" in text
    assert "held      the lease is free at the end (free)" in text
