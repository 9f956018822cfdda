"""One visit of one state: what it sees, what it records, how it is left.

Order (developer guide, "Passing data between states with variables"): Arguments, then the state's
work, then Assign and Output side by side. Both see the variables as they were on entry; what
Assign sets is seen from the next state on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autopilot_lab.emulator.states.definition import State
from autopilot_lab.emulator.states.documents import Document, limited
from autopilot_lab.emulator.states.errors import QUERY_EVALUATION, RUNTIME, StatesError
from autopilot_lab.emulator.states.execution import Execution, timestamp
from autopilot_lab.emulator.states.history import NOT_TRUNCATED
from autopilot_lab.emulator.states.strand import Runtime, Strand
from autopilot_lab.emulator.states.templates import Computed, FieldFailed, Template


class Visit:
    """A state that is being carried out on a strand."""

    def __init__(self, strand: Strand, state: State, document: Document) -> None:
        self.strand = strand
        self.state: Any = state
        self.input = document
        self.retries = 0
        self.entered_at = timestamp(strand.runtime.scheduler.now)
        self.entered_id = strand.record(
            f"{self.kind}Entered",
            {"name": state.name, "input": document.text, "inputDetails": NOT_TRUNCATED},
        )

    @property
    def kind(self) -> str:
        """The state's type as event types write it, such as `TaskState`."""
        return type(self.state).__name__

    @property
    def execution(self) -> Execution:
        """The execution that the visit is part of."""
        return self.strand.execution

    @property
    def runtime(self) -> Runtime:
        """What the engine gives to every visit."""
        return self.strand.runtime

    def context(self) -> dict[str, Any]:
        """Return `$states.context` as it is now."""
        state: dict[str, Any] = {"EnteredTime": self.entered_at, "Name": self.state.name}
        if self.kind in {"TaskState", "ParallelState", "MapState"}:
            state["RetryCount"] = self.retries
        return {**self.strand.context, "State": state}

    def bindings(self, **states: Any) -> dict[str, Any]:
        """Return all that expressions see: the variables, and `$states` with these members."""
        known = {"input": self.input.value, "context": self.context(), **states}
        return {**self.strand.scope.visible, "states": known}

    def evaluate(self, template: Template, bindings: Mapping[str, Any]) -> Any:
        """Return a field's value. Raises `States.QueryEvaluationError`, with its event."""
        try:
            return template.evaluate(self.runtime.evaluator, bindings)
        except FieldFailed as failed:
            raise self.query_error(failed) from failed

    def whole_number(
        self, template: Template, bindings: Mapping[str, Any], *, least: int, most: int
    ) -> int:
        """Return a field that must be a whole number in these bounds, or fail as for a query."""
        value = self.evaluate(template, bindings)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        expected = f"an integer from {least} to {most}"
        raise self.wrong_type(template, expected, value)

    def wrong_type(self, template: Template, expected: str, value: Any) -> StatesError:
        """Return the error for a field that evaluated to something it may not be."""
        what = (
            f"returned an unexpected result type. Expected '{expected}', but was "
            f"'{json_type(value)}' for value: {Document.of(value).text[:200]}"
        )
        if isinstance(template, Computed):
            return self.query_error(template.failed(what))
        return self.query_error(FieldFailed(template.location, f"Field {template.location} {what}"))

    def query_error(self, failed: FieldFailed) -> StatesError:
        """Record that a field could not be evaluated, and return the error."""
        cause = self.explained(failed.cause)
        details = {
            "error": QUERY_EVALUATION,
            "cause": cause,
            "location": failed.location,
            "state": self.state.name,
        }
        self.strand.record("EvaluationFailed", details)
        return StatesError(QUERY_EVALUATION, cause)

    def runtime_error(self, cause: str) -> StatesError:
        """Return the error for a defect of the definition, which nothing catches."""
        return StatesError(RUNTIME, self.explained(cause))

    def explained(self, cause: str) -> str:
        """Return a cause as AWS begins those that the interpreter itself raises."""
        return (
            f"An error occurred while executing the state '{self.state.name}' "
            f"(entered at the event id #{self.entered_id}). {cause}"
        )

    def leave(
        self,
        target: str | None,
        *,
        bindings: Mapping[str, Any],
        default: Document,
        assign: Template | None,
        output: Template | None,
    ) -> tuple[str | None, Document]:
        """Evaluate Assign and Output, record the exit, and return where the state leads."""
        variables = self._assigned(assign, bindings)
        result = default if output is None else Document.of(self.evaluate(output, bindings))
        limited(result, self.state.name)
        self.strand.scope.assign(variables)
        self.strand.record(f"{self.kind}Exited", self._exit_details(result, variables))
        return target, result

    def leave_normally(
        self, bindings: Mapping[str, Any], default: Document
    ) -> tuple[str | None, Document]:
        """Leave by the state's own Next, Assign and Output."""
        state = self.state
        return self.leave(
            state.next,
            bindings=bindings,
            default=default,
            assign=state.assign,
            output=state.output,
        )

    def _assigned(
        self, assign: Template | None, bindings: Mapping[str, Any]
    ) -> dict[str, Document]:
        if assign is None:
            return {}
        values = self.evaluate(assign, bindings)
        return {name: Document.of(value) for name, value in values.items()}

    def _exit_details(self, result: Document, variables: Mapping[str, Document]) -> dict[str, Any]:
        details: dict[str, Any] = {
            "name": self.state.name,
            "output": result.text,
            "outputDetails": NOT_TRUNCATED,
        }
        if variables:
            details["assignedVariables"] = {
                name: document.text for name, document in variables.items()
            }
            details["assignedVariablesDetails"] = NOT_TRUNCATED
        return details


def json_type(value: Any) -> str:
    """Return the name of a JSON value's type, as JSONata's $type names it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names = {str: "string", int: "number", float: "number", list: "array", dict: "object"}
    return names[type(value)]
