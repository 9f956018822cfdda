"""What a run did, from its execution's history."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from autopilot.reports import execution
from autopilot.reports.model import Visit
from tests.reports.made_up import STARTED_MS, plan

EVIDENCE = {
    "made_ms": 1,
    "expires_ms": 2,
    "verdicts": {
        "eu-west-1/direct": {
            "state": "healthy",
            "requests": 4000,
            "failures": 2,
            "lower_ppm": 88,
            "upper_ppm": 1574,
            "age_seconds": 5,
            "reason": "surely below 1 %",
        }
    },
}


def event(number: int, previous: int, kind: str, **details: Any) -> dict[str, Any]:
    """One event, a second after the one before it."""
    at = datetime.fromtimestamp(STARTED_MS / 1000 + number, UTC)
    return {"id": number, "previousEventId": previous, "type": kind, "timestamp": at, **details}


def entered(number: int, previous: int, name: str) -> dict[str, Any]:
    """A task state is entered."""
    return event(number, previous, "TaskStateEntered", stateEnteredEventDetails={"name": name})


def succeeded(number: int, payload: Any) -> dict[str, Any]:
    """Its Lambda function answers, as the optimised integration tells it."""
    output = json.dumps({"StatusCode": 200, "Payload": payload})
    details = {"output": output}
    return event(number, number - 1, "TaskSucceeded", taskSucceededEventDetails=details)


def failed(number: int, error: str, cause: str) -> dict[str, Any]:
    """Its Lambda function fails."""
    details = {"error": error, "cause": cause}
    return event(number, number - 1, "TaskFailed", taskFailedEventDetails=details)


HISTORY = [
    event(1, 0, "ExecutionStarted"),
    entered(2, 0, "Plan the ramp"),
    event(3, 2, "TaskScheduled"),
    succeeded(4, {"plan": plan().to_dict(), "digest": plan().digest(), "evidence": EVIDENCE,
                  "outcome": "planned", "summary": "One step."}),
    entered(5, 4, "Take the lease"),
    failed(6, "Refused", json.dumps({"errorMessage": "lease held", "errorType": "Refused"})),
    failed(7, "Transient", "try again"),
]  # fmt: skip
PASSAGE = execution.read_history(HISTORY, STARTED_MS)


def test_the_states_entered_are_told_in_order() -> None:
    """With seconds since the report's start."""
    assert PASSAGE.visits == [Visit(2.0, "Plan the ramp"), Visit(5.0, "Take the lease")]


def test_a_plan_is_found_with_its_digest() -> None:
    """In the answer of whichever state made it."""
    (made,) = execution.plans("down-1", PASSAGE)
    assert (made.at, made.plan, made.digest_holds) == (4.0, plan(), True)


def test_a_judgement_has_the_evidence_it_was_made_on() -> None:
    """Route by route, with the state that asked."""
    (judged,) = execution.judgements("down-1", PASSAGE)
    assert (judged.state, judged.decision, judged.summary) == (
        "Plan the ramp", "planned", "One step.",
    )  # fmt: skip
    assert [(seen.route, seen.verdict.upper_ppm) for seen in judged.verdicts] == [
        ("eu-west-1/direct", 1574)
    ]


def test_a_refusal_has_the_sentence_and_not_the_error_object() -> None:
    """Failures of other kinds are no refusals."""
    (refused,) = execution.refusals("down-1", PASSAGE)
    assert (refused.who, refused.what, refused.reason) == ("down-1", "Take the lease", "lease held")


def test_an_answer_that_is_no_object_says_nothing() -> None:
    """A function may answer with a list, a number or nothing."""
    for output in ("[1]", "7", None, '{"Payload": [1]}'):
        details = {"output": output}
        history = [
            entered(1, 0, "A"),
            event(2, 1, "TaskSucceeded", taskSucceededEventDetails=details),
        ]
        (answer,) = execution.read_history(history, STARTED_MS).answers
        assert answer.payload == {}
