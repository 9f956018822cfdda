"""The edge of every Lambda function: one way in, one way out, and the errors' family names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from aws_lambda_powertools import Logger

from autopilot.errors import AutopilotError, BadInput, Inconsistent, Refused, Transient

_FAMILIES: Final = (Transient, Refused, Inconsistent)
#: HTTP status of each kind of error, the narrowest first.
_STATUSES: Final = ((BadInput, 400), (Refused, 409), (Transient, 503), (Inconsistent, 500))


Action: TypeAlias = Callable[[Any], Mapping[str, Any]]


def respond(event: Any, context: Any, action: Action, *, traced: bool = True) -> Any:
    """Carry out `action` on the event and return its answer as plain JSON.

    Tracing loads the X-Ray SDK, which takes longer than the reflex's whole work: that one passes
    `traced=False` and shows in traces by what Lambda itself records.

    A machine branches on the family of an error, so a narrower one is raised again under its
    family's name. Anything unforeseen is logged with its stack and raised as it is: it reads as
    `States.TaskFailed`, which no branch takes for an answer.
    """
    logger = Logger()
    where = {"function": context.function_name, "request_id": context.aws_request_id}
    try:
        answer = (_traced(action) if traced else action)(event)
    except AutopilotError as error:
        logger.warning({"event": "refused_or_failed", "error": str(error), **where})
        raise _family(error)(str(error)) from error
    except Exception:
        logger.exception({"event": "unforeseen", **where})
        raise
    return json.loads(json.dumps(answer))


def respond_over_http(event: Any, context: Any, action: Action) -> dict[str, Any]:
    """Carry out `action` on a function URL's event; an error is answered in JSON, with its status.

    Bodies are never logged: they hold what people wrote.
    """
    where = {"function": context.function_name, "request_id": context.aws_request_id}
    status = 200
    try:
        body = _traced(action)(event)
    except AutopilotError as error:
        status = next(code for family, code in _STATUSES if isinstance(error, family))
        body = _explained(error)
    Logger().info({"event": "answered", "status": status, **where})
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def _explained(error: AutopilotError) -> dict[str, Any]:
    """What a client reads: expected, got and what to do, as far as they are known."""
    said: dict[str, Any] = {"error": type(error).__name__, "message": str(error)}
    if isinstance(error, BadInput):
        said["what"], said["do"] = error.what, error.advice
        said["problems"] = [
            {"key": each.key, "expected": each.expected, "got": each.got} for each in error.problems
        ]
    return said


def _traced(action: Action) -> Action:
    from aws_lambda_powertools import Tracer  # noqa: PLC0415 - loads the X-Ray SDK

    def traced(event: Any) -> Mapping[str, Any]:
        return action(event)

    # What is answered or refused may name people: only the time taken goes into a trace.
    captured: Action = Tracer().capture_method(capture_response=False, capture_error=False)(traced)
    return captured


def _family(error: AutopilotError) -> type[AutopilotError]:
    return next(family for family in _FAMILIES if isinstance(error, family))
