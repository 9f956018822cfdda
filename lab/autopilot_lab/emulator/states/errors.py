"""Errors of the states language, and errors of the Step Functions API.

Error names and what matches them follow the Amazon States Language specification, appendix A, and
the Step Functions developer guide, "Handling errors in Step Functions workflows". Where the two
differ from what was measured on AWS, the harsher reading is taken and named here.
"""

from __future__ import annotations

from collections.abc import Sequence

ALL = "States.ALL"
TASK_FAILED = "States.TaskFailed"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
RUNTIME = "States.Runtime"
DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded"
QUERY_EVALUATION = "States.QueryEvaluationError"
ITEM_READER_FAILED = "States.ItemReaderFailed"
RESULT_WRITER_FAILED = "States.ResultWriterFailed"
EXCEEDED_TOLERATED_FAILURE = "States.ExceedToleratedFailureThreshold"

NEVER_CAUGHT = frozenset({RUNTIME})
"""Not caught and not retried, even by name (developer guide, States.Runtime)."""

NOT_CAUGHT_BY_WILDCARDS = frozenset({RUNTIME, DATA_LIMIT_EXCEEDED})
"""Escape `States.ALL` (developer guide). A recording on AWS of 2024 shows `States.ALL` catching
`States.DataLimitExceeded` of a Lambda task; the guide is the harsher reading, so it is taken."""


class StatesError(Exception):
    """A state failed: an error name that machines match on, and a cause for people.

    `also_named` lists further names under which a retrier or catcher matches the error: a missed
    heartbeat is reported as `States.Timeout` and matches `States.HeartbeatTimeout` as well.
    """

    def __init__(
        self, name: str, cause: str | None = None, *, also_named: Sequence[str] = ()
    ) -> None:
        super().__init__(f"{name}: {cause}" if cause else name)
        self.name = name
        self.cause = cause
        self.also_named = tuple(also_named)

    def output(self) -> dict[str, str]:
        """Return the Error Output that a catcher sees as `$states.errorOutput`."""
        return {"Error": self.name, "Cause": self.cause or ""}


def matches(error_equals: Sequence[str], error: StatesError) -> bool:
    """Tell whether a retrier or catcher with these names takes this error.

    `States.ALL` takes every error but `States.Runtime` and `States.DataLimitExceeded`;
    `States.TaskFailed` takes the same but for `States.Timeout`; `States.Runtime` is taken by none.
    """
    if error.name in NEVER_CAUGHT:
        return False
    names = (error.name, *error.also_named)
    if any(name in error_equals for name in names):
        return True
    if error.name in NOT_CAUGHT_BY_WILDCARDS:
        return False
    if ALL in error_equals:
        return True
    return TASK_FAILED in error_equals and TIMEOUT not in names


class StepFunctionsError(Exception):
    """A call of the Step Functions API was refused; `code` is the error code on the wire."""

    code = "ValidationException"


class InvalidDefinition(StepFunctionsError):
    """The definition has problems; `problems` lists every one."""

    code = "InvalidDefinition"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("Invalid State Machine Definition: " + "; ".join(problems))
        self.problems = tuple(problems)


class InvalidName(StepFunctionsError):
    """A name is empty, too long or holds characters that names may not hold."""

    code = "InvalidName"


class InvalidExecutionInput(StepFunctionsError):
    """The input of an execution is not JSON, or is larger than 256 KiB."""

    code = "InvalidExecutionInput"


class InvalidOutput(StepFunctionsError):
    """What SendTaskSuccess reported is not JSON."""

    code = "InvalidOutput"


class ExecutionAlreadyExists(StepFunctionsError):
    """The name was used with another input, or by an execution that has ended."""

    code = "ExecutionAlreadyExists"


class StateMachineAlreadyExists(StepFunctionsError):
    """A machine of that name exists with another definition, role or type."""

    code = "StateMachineAlreadyExists"


class StateMachineDoesNotExist(StepFunctionsError):
    """No machine has that ARN."""

    code = "StateMachineDoesNotExist"


class ExecutionDoesNotExist(StepFunctionsError):
    """No execution has that ARN."""

    code = "ExecutionDoesNotExist"


class ResourceNotFound(StepFunctionsError):
    """No Map Run has that ARN."""

    code = "ResourceNotFound"


class TaskDoesNotExist(StepFunctionsError):
    """No state waits for that task token."""

    code = "TaskDoesNotExist"


class TaskTimedOut(StepFunctionsError):
    """The state that waited for that task token has gone on or has ended."""

    code = "TaskTimedOut"
