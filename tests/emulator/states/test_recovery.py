"""Retry and Catch."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopilot_lab.emulator.states.definition import Retrier
from autopilot_lab.emulator.states.errors import StatesError, matches
from tests.emulator.states.conftest import INVOKE, Lab, failing

ALL = ["States.ALL"]


def task(**state: Any) -> dict[str, Any]:
    """Return a Task that invokes `work` and ends."""
    body = {"Type": "Task", "Resource": INVOKE, "Arguments": {"FunctionName": "work"}}
    return {**body, **({} if "Next" in state else {"End": True}), **state}


def flaky(lab: Lab, failures: int, name: str = "Busy") -> list[float]:
    """Let `work` fail so often before it succeeds; return the list of instants it is called."""
    calls: list[float] = []

    def work(_payload: Any) -> str:
        calls.append(lab.elapsed)
        if len(calls) <= failures:
            raise StatesError(name, "try again")
        return "done"

    lab.tasks.work["work"] = work
    return calls


def test_retries_back_off_from_one_second_doubling_three_times(lab: Lab) -> None:
    """The defaults: IntervalSeconds 1, BackoffRate 2.0, MaxAttempts 3."""
    calls = flaky(lab, 99)
    execution = lab.run({"A": task(Retry=[{"ErrorEquals": ["Busy"]}])})
    assert calls == [0, 1, 3, 7]
    assert execution.error == "Busy"


def test_a_pause_is_never_longer_than_max_delay(lab: Lab) -> None:
    """MaxDelaySeconds caps the growing pause."""
    calls = flaky(lab, 4)
    retry = {
        "ErrorEquals": ["Busy"],
        "IntervalSeconds": 2,
        "BackoffRate": 10,
        "MaxAttempts": 5,
        "MaxDelaySeconds": 5,
    }
    assert lab.output({"A": task(Retry=[retry])})["Payload"] == "done"
    assert calls == [0, 2, 7, 12, 17]


def test_full_jitter_draws_each_pause_below_the_computed_one(lab: Lab) -> None:
    """JitterStrategy FULL spreads the pauses between 0 and what NONE would wait."""
    calls = flaky(lab, 6)
    retry = {
        "ErrorEquals": ALL,
        "IntervalSeconds": 8,
        "BackoffRate": 1,
        "MaxAttempts": 6,
        "JitterStrategy": "FULL",
    }
    lab.output({"A": task(Retry=[retry])})
    pauses = [later - earlier for earlier, later in pairwise(calls)]
    assert all(0 <= pause <= 8 for pause in pauses)
    assert len(set(pauses)) == 6


def test_each_retrier_keeps_its_own_count(lab: Lab) -> None:
    """Two kinds of error use two retriers; the retry count in the context adds up."""
    names = iter(["One", "Two", "One", "Two"])

    def work(payload: Any) -> Any:
        name = next(names, None)
        if name is not None:
            raise StatesError(name)
        return payload

    lab.tasks.work["work"] = work
    rule = {"IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 2}
    states = {
        "A": task(
            Arguments={
                "FunctionName": "work",
                "Payload": "{% $states.context.State.RetryCount %}",
            },
            Retry=[{"ErrorEquals": ["One"], **rule}, {"ErrorEquals": ["Two"], **rule}],
            Output="{% $states.result.Payload %}",
        )
    }
    assert lab.output(states) == 4


def test_a_retrier_with_no_attempts_keeps_later_retriers_away(lab: Lab) -> None:
    """The first retrier that matches decides, even when it allows none."""
    calls = flaky(lab, 1)
    retry = [{"ErrorEquals": ["Busy"], "MaxAttempts": 0}, {"ErrorEquals": ALL}]
    assert lab.run({"A": task(Retry=retry)}).error == "Busy"
    assert calls == [0]


def test_a_catcher_gives_the_error_output_to_the_next_state(lab: Lab) -> None:
    """Without Output, the Error Output replaces the input."""
    lab.tasks.work["work"] = failing("Held", "by run-1")
    states = {
        "A": task(Catch=[{"ErrorEquals": ["Held"], "Next": "B"}]),
        "B": {"Type": "Succeed"},
    }
    assert lab.output(states) == {"Error": "Held", "Cause": "by run-1"}


def test_a_catcher_sees_input_and_error_in_assign_and_output(lab: Lab) -> None:
    """`$states.errorOutput` stands beside `$states.input`."""
    lab.tasks.work["work"] = failing("Held", "by run-1")
    catcher = {
        "ErrorEquals": ALL,
        "Next": "B",
        "Assign": {"error": "{% $states.errorOutput.Error %}"},
        "Output": {"kept": "{% $states.input.x %}"},
    }
    states = {
        "A": task(Catch=[catcher], Assign={"error": "none"}),
        "B": {"Type": "Succeed", "Output": "{% [$error, $states.input.kept] %}"},
    }
    assert lab.output(states, {"x": 5}) == ["Held", 5]


def test_retries_come_before_catchers(lab: Lab) -> None:
    """A catcher takes over when the retrier is used up."""
    calls = flaky(lab, 99)
    states = {
        "A": task(
            Retry=[{"ErrorEquals": ["Busy"], "MaxAttempts": 1}],
            Catch=[{"ErrorEquals": ["Busy"], "Next": "B"}],
        ),
        "B": {"Type": "Succeed"},
    }
    lab.output(states)
    assert calls == [0, 1]


def test_an_output_that_fails_is_caught_like_the_task_itself(lab: Lab) -> None:
    """A query error in Output of a Task is the state's error, with an EvaluationFailed event."""
    lab.tasks.work["work"] = lambda _payload: None
    states = {
        "A": task(
            Output="{% $states.result.absent %}",
            Catch=[{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "B"}],
        ),
        "B": {"Type": "Succeed", "Output": "{% $states.input.Cause %}"},
    }
    execution = lab.run(states)
    assert execution.output is not None
    assert execution.output.value == (
        "An error occurred while executing the state 'A' (entered at the event id #2). The "
        "JSONata expression '$states.result.absent' specified for the field 'Output' returned "
        "nothing (undefined)."
    )
    event = next(
        event for event in lab.engine.history(execution.arn) if event["type"] == "EvaluationFailed"
    )
    details = event["evaluationFailedEventDetails"]
    assert (details["location"], details["state"]) == ("Output", "A")


def test_an_error_in_a_catcher_ends_the_execution(lab: Lab) -> None:
    """Nothing catches what goes wrong while catching."""
    lab.tasks.work["work"] = failing("Held")
    catcher = {"ErrorEquals": ALL, "Next": "B", "Output": "{% $absent %}"}
    execution = lab.run({"A": task(Catch=[catcher]), "B": {"Type": "Succeed"}})
    assert execution.error == "States.QueryEvaluationError"
    assert execution.cause is not None
    assert "field 'Catch[0]/Output'" in execution.cause


@pytest.mark.parametrize(
    "names,error,taken",
    [
        (["States.ALL"], "Anything", True),
        (["States.ALL"], "States.Timeout", True),
        (["States.ALL"], "States.QueryEvaluationError", True),
        (["States.ALL"], "States.DataLimitExceeded", False),
        (["States.DataLimitExceeded"], "States.DataLimitExceeded", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.Runtime"], "States.Runtime", False),
        (["States.TaskFailed"], "Anything", True),
        (["States.TaskFailed"], "States.Permissions", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["States.Timeout"], "States.Timeout", True),
        (["Other"], "Anything", False),
    ],
)
def test_wildcards_take_what_the_developer_guide_says(
    names: list[str], error: str, *, taken: bool
) -> None:
    """One row per sentence of "Handling errors in Step Functions workflows"."""
    assert matches(names, StatesError(error)) is taken


@given(
    interval=st.integers(1, 1000),
    rate=st.floats(1, 50),
    attempts=st.integers(0, 400),
    longest=st.integers(2, 31_622_399),
)
def test_pauses_grow_with_attempts_and_stay_below_the_longest(
    interval: int, rate: float, attempts: int, longest: int
) -> None:
    """For every retrier: never negative, never above the cap, never shorter than before."""
    retrier = Retrier(("States.ALL",), interval, 500, rate, longest, full_jitter=False)
    now, then = retrier.delay_seconds(attempts), retrier.delay_seconds(attempts + 1)
    assert 0 < now <= then <= longest
