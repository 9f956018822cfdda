"""Reads what a run did from its execution's history, as GetExecutionHistory returns it.

docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from autopilot.domain.plan import Evidence, Plan
from autopilot.domain.switches import SwitchPlan
from autopilot.reports.model import (
    Judgement,
    PlanMade,
    Refusal,
    RouteVerdict,
    Visit,
)
from autopilot.reports.turns import SwitchPlanMade

_FAILED: Final = ("TaskFailed", "LambdaFunctionFailed")
_REFUSED: Final = "Refused"
_GOAL: Final = "goal"  #: only plans of switches have one: the release that they lead to


@dataclass(frozen=True, slots=True)
class Answer:
    """What a state's task answered."""

    at: float
    state: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """How a state's task failed, before anything was retried or caught."""

    at: float
    state: str
    error: str
    cause: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A run's way through its machine; instants are seconds since the report's start."""

    visits: Sequence[Visit]
    answers: Sequence[Answer]
    failures: Sequence[Failure]


def read_history(events: Sequence[Mapping[str, Any]], started_ms: int) -> Passage:
    """The passage that these events tell of."""
    by_id = {event["id"]: event for event in events}
    visits, answers, failures = [], [], []
    for event in events:
        at = event["timestamp"].timestamp() - started_ms / 1000
        if entered := event.get("stateEnteredEventDetails"):
            visits.append(Visit(at, str(entered["name"])))
        elif event["type"] in _FAILED:
            failures.append(_failure(at, _state_of(event, by_id), event))
        elif event["type"] == "TaskSucceeded":
            payload = _payload(event["taskSucceededEventDetails"].get("output"))
            answers.append(Answer(at, _state_of(event, by_id), payload))
    return Passage(visits, answers, failures)


def _state_of(event: Mapping[str, Any], by_id: Mapping[int, Mapping[str, Any]]) -> str:
    """The state whose strand the event is on."""
    seen: Mapping[str, Any] | None = event
    while seen is not None and "stateEnteredEventDetails" not in seen:
        seen = by_id.get(seen["previousEventId"])
    return str(seen["stateEnteredEventDetails"]["name"]) if seen else ""


def _payload(text: str | None) -> Mapping[str, Any]:
    """What the function answered; {} for anything but an object."""
    output = json.loads(text) if text else {}
    payload = output.get("Payload", output) if isinstance(output, dict) else {}
    return payload if isinstance(payload, dict) else {}


def _failure(at: float, state: str, event: Mapping[str, Any]) -> Failure:
    details = event.get("taskFailedEventDetails") or event.get("lambdaFunctionFailedEventDetails")
    details = details or {}
    return Failure(
        at, state, str(details.get("error", "")), _message(str(details.get("cause", "")))
    )


def _message(cause: str) -> str:
    """The sentence in a Lambda function's error object; the cause itself when it is none."""
    try:
        parsed = json.loads(cause)
    except ValueError:
        return cause
    return str(parsed.get("errorMessage", cause)) if isinstance(parsed, dict) else cause


def plans(run: str, passage: Passage) -> Iterator[PlanMade]:
    """The plans to move traffic that the run made, in order."""
    for answer, plan in _planned(passage):
        if _GOAL not in plan:
            yield PlanMade(answer.at, run, Plan.from_dict(plan), str(answer.payload["digest"]))


def switch_plans(run: str, passage: Passage) -> Iterator[SwitchPlanMade]:
    """The plans to turn switches that the run made, in order."""
    for answer, plan in _planned(passage):
        if _GOAL in plan:
            read = SwitchPlan.from_dict(plan)
            yield SwitchPlanMade(answer.at, run, read, str(answer.payload["digest"]))


def _planned(passage: Passage) -> Iterator[tuple[Answer, Mapping[str, Any]]]:
    for answer in passage.answers:
        plan = answer.payload.get("plan")
        if isinstance(plan, Mapping):
            yield answer, plan


def judgements(run: str, passage: Passage) -> Iterator[Judgement]:
    """What the run observed and decided, in order: each plan, each judgement."""
    for answer in passage.answers:
        payload = answer.payload
        if not isinstance(payload.get("evidence"), Mapping):
            continue
        yield Judgement(
            at=answer.at,
            run=run,
            state=answer.state,
            decision=str(payload.get("decision") or payload.get("outcome") or "observed"),
            summary=str(payload.get("summary", "")),
            verdicts=_verdicts(payload["evidence"]),
        )


def _verdicts(evidence: Mapping[str, Any]) -> tuple[RouteVerdict, ...]:
    read = Evidence.from_dict(evidence)
    return tuple(RouteVerdict(str(route), verdict) for route, verdict in read.verdicts)


def refusals(run: str, passage: Passage) -> Iterator[Refusal]:
    """What the run was refused."""
    for failure in passage.failures:
        if failure.error == _REFUSED:
            yield Refusal(failure.at, run, failure.state, failure.cause)
