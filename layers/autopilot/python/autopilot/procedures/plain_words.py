"""What a person reads of an error's cause: Lambda's and Step Functions' are JSON."""

from __future__ import annotations

import json


def plain_words(detail: str) -> str:
    """The message alone where `detail` carries Lambda's JSON, which has a stack trace in it."""
    before, brace, rest = detail.partition("{")
    try:
        cause = json.loads(brace + rest)
    except json.JSONDecodeError:
        return detail
    return f"{before}{cause['errorMessage']}" if "errorMessage" in cause else detail


def nested_failure(cause: str) -> tuple[str, str]:
    """(error, cause) of a run that a machine waited for.

    The cause of such a failure is the answer of DescribeExecution as JSON, with the error and the
    cause of the nested run in it, unless it could not be started.
    """
    try:
        run = json.loads(cause)
    except json.JSONDecodeError:
        return "not started", cause
    if not isinstance(run, dict):
        return "not started", cause
    error = str(run.get("Error") or run.get("Status") or "failed")
    return error, str(run.get("Cause") or error)
