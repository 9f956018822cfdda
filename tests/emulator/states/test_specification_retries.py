"""The retriers of the specification's examples: when they call again, and how often."""

from __future__ import annotations

from typing import Any

import pytest

from autopilot_lab.emulator.states import StatesError
from tests.emulator.states.conftest import Lab, Work, failing
from tests.emulator.states.specification.example import (
    LAMBDA,
    ON_TIMEOUT,
    SUCCEED,
    task,
)
from tests.emulator.states.specification.state_types import later


def called_at(lab: Lab, work: Work) -> list[float]:
    """Let the function `X` do this work; return the list of instants at which it is called."""
    instants: list[float] = []

    def noted(event: Any) -> Any:
        instants.append(lab.elapsed)
        return work(event)

    lab.tasks.work[LAMBDA + "X"] = noted
    return instants


@pytest.mark.parametrize(
    "retrier,instants",
    [
        ({**ON_TIMEOUT, "IntervalSeconds": 3}, [0, 4, 11]),
        ({**ON_TIMEOUT, "IntervalSeconds": 3, "MaxDelaySeconds": 4}, [0, 4, 9]),
    ],
    ids=["after-3-and-6-seconds", "after-3-and-at-most-4-seconds"],
)
def test_a_retrier_pauses_as_in_the_example(
    lab: Lab, retrier: dict[str, Any], instants: list[float]
) -> None:
    """Retrying after error: every attempt takes the one second after which it times out."""
    calls = called_at(lab, later(9, "late"))
    execution = lab.run({"X": task("X", TimeoutSeconds=1, Retry=[retrier])})
    assert (execution.status, execution.error) == ("FAILED", "States.Timeout")
    assert calls == instants


def test_a_retrier_with_jitter_pauses_less_than_without(lab: Lab) -> None:
    """Retrying after error: the strategy is the interpreter's; Step Functions calls one FULL."""
    calls = called_at(lab, failing("States.Timeout"))
    retrier = {**ON_TIMEOUT, "IntervalSeconds": 2, "JitterStrategy": "FULL"}
    assert lab.run({"X": task("X", Retry=[retrier])}).error == "States.Timeout"
    first, second, third = calls
    assert 0 <= second - first <= 2
    assert 0 <= third - second <= 4


@pytest.mark.parametrize(
    "error,instants", [("States.Timeout", [0]), ("Anything", [0, 1, 3, 7])], ids=str
)
def test_all_errors_but_the_timeout_are_retried(
    lab: Lab, error: str, instants: list[float]
) -> None:
    """Retrying after error: MaxAttempts 0 excepts an error from what States.ALL retries."""
    calls = called_at(lab, failing(error))
    retry = [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}]
    assert lab.run({"X": task("X", Retry=retry)}).error == error
    assert calls == instants


def test_retriers_count_over_all_visits_of_one_state(lab: Lab) -> None:
    """Complex retry scenarios: the fourth error finds its retrier used up, and is caught."""
    errors = iter(["ErrorA", "ErrorB", "ErrorC", "ErrorB"])

    def work(_event: Any) -> None:
        raise StatesError(next(errors), "again")

    calls = called_at(lab, work)
    retry = [
        {
            "ErrorEquals": ["ErrorA", "ErrorB"],
            "IntervalSeconds": 1,
            "BackoffRate": 2,
            "MaxAttempts": 2,
        },
        {"ErrorEquals": ["ErrorC"], "IntervalSeconds": 5},
    ]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Z"}]
    states = {"X": task("X", Next="Y", Retry=retry, Catch=catch), "Y": SUCCEED, "Z": SUCCEED}
    execution = lab.run(states)
    assert calls == [0, 1, 3, 8]
    entered = [event.get("stateEnteredEventDetails") for event in lab.engine.history(execution.arn)]
    assert [details["name"] for details in entered if details] == ["X", "Z"]
    assert execution.output is not None
    assert execution.output.value == {"Error": "ErrorB", "Cause": "again"}
