"""A machine's definition, compiled from JSON that `validate` found nothing wrong with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from autopilot_lab.emulator.states.resources import Resource, parse_resource
from autopilot_lab.emulator.states.templates import (
    Template,
    compile_template,
)

TASK_TIMEOUT_SECONDS_DEFAULT: Final = 99_999_999
"""What a Task without TimeoutSeconds waits (developer guide, "Task workflow state")."""


@dataclass(frozen=True, slots=True)
class Retrier:
    """One rule of Retry: on which errors, how often and with which pauses."""

    error_equals: tuple[str, ...]
    interval_seconds: float
    attempts_max: int
    backoff_rate: float
    delay_seconds_max: float
    full_jitter: bool

    def delay_seconds(self, attempts: int) -> float:
        """Return the longest pause after so many attempts of this retrier."""
        try:
            delay = self.interval_seconds * self.backoff_rate**attempts
        except OverflowError:
            return self.delay_seconds_max
        return min(delay, self.delay_seconds_max)


@dataclass(frozen=True, slots=True)
class Catcher:
    """One rule of Catch: on which errors, what to keep, where to go."""

    error_equals: tuple[str, ...]
    next: str
    assign: Template | None
    output: Template | None


@dataclass(frozen=True, slots=True)
class ChoiceRule:
    """One rule of a Choice; a condition that is not an expression is a constant."""

    condition: Template
    next: str
    assign: Template | None
    output: Template | None


@dataclass(frozen=True, slots=True)
class State:
    """What all states have; `next` is None where the state ends its strand."""

    name: str
    next: str | None
    assign: Template | None
    output: Template | None
    retriers: tuple[Retrier, ...]
    catchers: tuple[Catcher, ...]


@dataclass(frozen=True, slots=True)
class PassState(State):
    """Passes its input on, or makes an output."""


@dataclass(frozen=True, slots=True)
class SucceedState(State):
    """Ends its strand well."""


@dataclass(frozen=True, slots=True)
class FailState(State):
    """Ends its strand with an error."""

    error: Template | None
    cause: Template | None


@dataclass(frozen=True, slots=True)
class WaitState(State):
    """Waits for seconds or until an instant; exactly one of the two is set."""

    seconds: Template | None
    timestamp: Template | None


@dataclass(frozen=True, slots=True)
class ChoiceState(State):
    """Goes where the first rule that holds points to; `next` is the Default."""

    rules: tuple[ChoiceRule, ...]


@dataclass(frozen=True, slots=True)
class TaskState(State):
    """Has something done elsewhere."""

    resource: Resource
    arguments: Template | None
    timeout_seconds: Template | None
    heartbeat_seconds: Template | None


@dataclass(frozen=True, slots=True)
class ParallelState(State):
    """Runs branches at the same time, each with the same input."""

    arguments: Template | None
    branches: tuple[Container, ...]


@dataclass(frozen=True, slots=True)
class MapState(State):
    """Runs one strand of states for each item."""

    items: Template | None
    item_selector: Template | None
    concurrency_max: Template | None
    processor: Container
    distributed: DistributedMap | None


@dataclass(frozen=True, slots=True)
class DistributedMap:
    """What only a distributed Map has: it runs each item, or batch, as an execution of its own."""

    label: str
    item_reader: S3Access | None
    batch: Mapping[str, Template]
    tolerated_count: Template | None
    tolerated_percentage: Template | None
    result_writer: S3Access | None


@dataclass(frozen=True, slots=True)
class S3Access:
    """An ItemReader or ResultWriter: which S3 call, with which arguments and configuration."""

    action: str
    arguments: Template | None
    configuration: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Container:
    """The states of a machine, a branch or an iteration."""

    start_at: str
    states: Mapping[str, State]


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole machine."""

    container: Container
    timeout_seconds: float | None
    raw: Mapping[str, Any] = field(compare=False, repr=False)


def compile_definition(raw: Mapping[str, Any]) -> Definition:
    """Compile a definition that has been validated."""
    return Definition(_container(raw), raw.get("TimeoutSeconds"), raw)


def _container(raw: Mapping[str, Any]) -> Container:
    states = {name: _state(name, body) for name, body in raw["States"].items()}
    return Container(raw["StartAt"], states)


def _state(name: str, body: Mapping[str, Any]) -> State:
    common = {
        "name": name,
        "next": body.get("Default") if body["Type"] == "Choice" else body.get("Next"),
        "assign": _template(body, "Assign"),
        "output": _template(body, "Output"),
        "retriers": tuple(_retrier(rule) for rule in body.get("Retry", ())),
        "catchers": tuple(_catcher(rule, at) for at, rule in enumerate(body.get("Catch", ()))),
    }
    kind, own = _OWN_FIELDS[body["Type"]]
    state: State = kind(**common, **own(body))
    return state


def _template(body: Mapping[str, Any], name: str, prefix: str = "") -> Template | None:
    return compile_template(body[name], prefix + name) if name in body else None


def _retrier(rule: Mapping[str, Any]) -> Retrier:
    return Retrier(
        error_equals=tuple(rule["ErrorEquals"]),
        interval_seconds=rule.get("IntervalSeconds", 1),
        attempts_max=rule.get("MaxAttempts", 3),
        backoff_rate=rule.get("BackoffRate", 2.0),
        delay_seconds_max=rule.get("MaxDelaySeconds", float("inf")),
        full_jitter=rule.get("JitterStrategy", "NONE") == "FULL",
    )


def _catcher(rule: Mapping[str, Any], at: int) -> Catcher:
    prefix = f"Catch[{at}]/"
    return Catcher(
        tuple(rule["ErrorEquals"]),
        rule["Next"],
        _template(rule, "Assign", prefix),
        _template(rule, "Output", prefix),
    )


def _choice_rule(rule: Mapping[str, Any], at: int) -> ChoiceRule:
    prefix = f"Choices[{at}]/"
    return ChoiceRule(
        compile_template(rule["Condition"], prefix + "Condition"),
        rule["Next"],
        _template(rule, "Assign", prefix),
        _template(rule, "Output", prefix),
    )


def _nothing(_body: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _fail(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"error": _template(body, "Error"), "cause": _template(body, "Cause")}


def _wait(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"seconds": _template(body, "Seconds"), "timestamp": _template(body, "Timestamp")}


def _choice(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"rules": tuple(_choice_rule(rule, at) for at, rule in enumerate(body["Choices"]))}


def _task(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "resource": parse_resource(body["Resource"]),
        "arguments": _template(body, "Arguments"),
        "timeout_seconds": _template(body, "TimeoutSeconds"),
        "heartbeat_seconds": _template(body, "HeartbeatSeconds"),
    }


def _parallel(body: Mapping[str, Any]) -> dict[str, Any]:
    branches = tuple(_container(branch) for branch in body["Branches"])
    return {"arguments": _template(body, "Arguments"), "branches": branches}


def _map(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "items": _template(body, "Items"),
        "item_selector": _template(body, "ItemSelector"),
        "concurrency_max": _template(body, "MaxConcurrency"),
        "processor": _container(body["ItemProcessor"]),
        "distributed": _distributed(body),
    }


def _distributed(body: Mapping[str, Any]) -> DistributedMap | None:
    if body["ItemProcessor"].get("ProcessorConfig", {}).get("Mode") != "DISTRIBUTED":
        return None
    return DistributedMap(
        label=body.get("Label", ""),
        item_reader=_s3_access(body, "ItemReader", "ReaderConfig"),
        batch={
            name: compile_template(value, f"ItemBatcher/{name}")
            for name, value in body.get("ItemBatcher", {}).items()
        },
        tolerated_count=_template(body, "ToleratedFailureCount"),
        tolerated_percentage=_template(body, "ToleratedFailurePercentage"),
        result_writer=_s3_access(body, "ResultWriter", "WriterConfig"),
    )


def _s3_access(body: Mapping[str, Any], name: str, configuration: str) -> S3Access | None:
    if name not in body:
        return None
    access = body[name]
    return S3Access(
        action=access.get("Resource", "").rpartition(":")[2],
        arguments=_template(access, "Arguments", f"{name}/"),
        configuration=access.get(configuration, {}),
    )


_OWN_FIELDS: Final[dict[str, tuple[Any, Any]]] = {
    "Pass": (PassState, _nothing),
    "Succeed": (SucceedState, _nothing),
    "Fail": (FailState, _fail),
    "Wait": (WaitState, _wait),
    "Choice": (ChoiceState, _choice),
    "Task": (TaskState, _task),
    "Parallel": (ParallelState, _parallel),
    "Map": (MapState, _map),
}
