"""The Parallel state, and what its branches share."""

from __future__ import annotations

import time
from typing import Any

from tests.emulator.states.conftest import INVOKE, Lab, failing


def invoke(name: str, **state: Any) -> dict[str, Any]:
    """Return a Task that invokes a function, and ends."""
    arguments = {"FunctionName": name, "Payload": "{% $states.input %}"}
    return {"Type": "Task", "Resource": INVOKE, "Arguments": arguments, "End": True, **state}


def parallel(*branches: dict[str, Any], **state: Any) -> dict[str, Any]:
    """Return a Parallel of these branches, each the states of one."""
    bodies = [{"StartAt": next(iter(states)), "States": states} for states in branches]
    end = {} if "Next" in state else {"End": True}
    return {"Type": "Parallel", "Branches": bodies, **end, **state}


def test_branches_take_the_same_input_and_give_an_array_in_order(lab: Lab) -> None:
    """The order is that of the branches, not that of their ends; the time is the longest."""
    slow = {
        "Slow": {"Type": "Wait", "Seconds": 30, "Next": "First"},
        "First": {"Type": "Pass", "Output": "{% ['slow', $states.input.x] %}", "End": True},
    }
    quick = {"Quick": {"Type": "Pass", "Output": "{% ['quick', $states.input.x] %}", "End": True}}
    assert lab.output({"P": parallel(slow, quick)}, {"x": 7}) == [["slow", 7], ["quick", 7]]
    assert lab.elapsed == 30


def test_arguments_replace_the_input_of_the_branches_only(lab: Lab) -> None:
    """`$states.input` of the Parallel stays its own input."""
    body = {"A": {"Type": "Pass", "End": True}}
    state = parallel(body, Arguments={"a": 1}, Output="{% [$states.result, $states.input] %}")
    assert lab.output({"P": state}, {"x": 1}) == [{"a": 1}, {"x": 1}]


def test_the_first_failure_ends_the_other_branches(lab: Lab) -> None:
    """The state fails with the error of the branch, at the instant it happens."""
    lab.tasks.work["bad"] = failing("Held", "by run-1")
    late = {
        "Pause": {"Type": "Wait", "Seconds": 5, "Next": "Bad"},
        "Bad": invoke("bad"),
    }
    never = {"Long": {"Type": "Wait", "Seconds": 1000, "End": True}}
    execution = lab.run({"P": parallel(never, late)})
    assert (execution.error, execution.cause) == ("Held", "by run-1")
    assert lab.elapsed == 5
    lab.scheduler.run(2000)
    assert lab.kinds(execution)[-4:] == [
        "TaskStateAborted",
        "WaitStateAborted",
        "ParallelStateFailed",
        "ExecutionFailed",
    ]


def test_a_catch_around_branches_undoes_and_goes_on(lab: Lab) -> None:
    """One branch with a Catch is the wrapper of the runbooks."""
    lab.tasks.work["bad"] = failing("Held", "by run-1")
    states = {
        "Wrap": parallel(
            {"Bad": invoke("bad")}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Undo"}]
        ),
        "Undo": {"Type": "Succeed", "Output": "{% $states.input.Error %}"},
    }
    assert lab.output(states) == "Held"


def test_a_retry_runs_all_branches_again(lab: Lab) -> None:
    """The whole state is attempted again, with its events."""
    failures = iter([True, False])
    calls: list[str] = []

    def flaky(_payload: Any) -> str:
        calls.append("flaky")
        if next(failures):
            failing("Busy")(None)
        return "ok"

    def other(_payload: Any) -> str:
        calls.append("other")
        return "ok"

    lab.tasks.work |= {"flaky": flaky, "other": other}
    state = parallel(
        {"A": invoke("flaky", Output="ok")},
        {"B": invoke("other", Output="ok")},
        Retry=[{"ErrorEquals": ["Busy"]}],
    )
    execution = lab.run({"P": state})
    assert execution.output is not None
    assert execution.output.value == ["ok", "ok"]
    assert sorted(calls) == ["flaky", "flaky", "other", "other"]
    assert lab.kinds(execution).count("ParallelStateStarted") == 2


def test_a_branch_reads_outer_variables_and_keeps_its_own(lab: Lab) -> None:
    """An inner variable ends with its branch, and no branch sees that of another."""
    inner = {
        "Set": {"Type": "Pass", "Assign": {"mine": "{% $outer + 1 %}"}, "Next": "Get"},
        "Get": {"Type": "Pass", "Output": "{% $mine %}", "End": True},
    }
    other = {
        "Look": {"Type": "Wait", "Seconds": 5, "Next": "Tell"},
        "Tell": {"Type": "Pass", "Output": "{% $exists($mine) %}", "End": True},
    }
    states = {
        "Start": {"Type": "Pass", "Assign": {"outer": 1}, "Next": "P"},
        "P": parallel(inner, other, Next="After"),
        "After": {
            "Type": "Succeed",
            "Output": "{% {'is': $states.input, 'mine': $exists($mine)} %}",
        },
    }
    assert lab.output(states) == {"is": [2, False], "mine": False}


def test_stopping_an_execution_ends_its_branches(lab: Lab) -> None:
    """Nothing of a stopped execution runs on, however deep it was."""
    noted: list[float] = []
    lab.tasks.work["note"] = lambda _payload: noted.append(lab.elapsed)
    never = [{"Condition": "{% false %}", "Next": "Never"}]
    note = {name: value for name, value in invoke("note").items() if name != "End"}
    loop = {
        "Note": {**note, "Next": "Choose"},
        "Choose": {"Type": "Choice", "Choices": never, "Default": "Rest"},
        "Rest": {"Type": "Wait", "Seconds": 10, "Next": "Note"},
        "Never": {"Type": "Succeed"},
    }
    inner = {"Inner": parallel(loop)}
    execution = lab.engine.start(lab.create({"Outer": parallel(inner)}))
    lab.scheduler.run(25)
    lab.engine.stop(execution.arn)
    lab.scheduler.run(100)
    assert noted == [0, 10, 20]
    assert execution.status == "ABORTED"


def test_branches_interleave_inside_their_tasks(lab: Lab) -> None:
    """Two branches whose tasks wait make progress in turns."""
    order: list[str] = []

    def work(payload: Any) -> None:
        for _ in range(2):
            order.append(payload["who"])
            time.sleep(1)

    lab.tasks.work["work"] = work
    one = {"One": invoke("work", Arguments={"FunctionName": "work", "Payload": {"who": "one"}})}
    two = {"Two": invoke("work", Arguments={"FunctionName": "work", "Payload": {"who": "two"}})}
    lab.run({"P": parallel(one, two)})
    assert order == ["one", "two", "one", "two"]
