"""The edge of every Lambda function: one way in, one way out, and the errors' family names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from traceback import extract_tb
from typing import Any, Final, TypeAlias

from aws_lambda_powertools import Logger

from autopilot.domain.personal import withheld
from autopilot.errors import AutopilotError, BadInput, Inconsistent, Refused, Transient


class Unforeseen(Exception):
    """A fault of this program. Says of what kind and where, never what it was given."""


_FAMILIES: Final = (Transient, Refused, Inconsistent)
#: HTTP status of each kind of error, the narrowest first.
_STATUSES: Final = ((BadInput, 400), (Refused, 409), (Transient, 503), (Inconsistent, 500))


Action: TypeAlias = Callable[[Any], Mapping[str, Any]]


def respond(event: Any, context: Any, action: Action, *, traced: bool = True) -> Any:
    """Carry out `action` on the event and return its answer as plain JSON.

    Tracing loads the X-Ray SDK, which takes longer than the reflex's whole work: that one passes
    `traced=False` and shows in traces by what Lambda itself records.

    A machine branches on the family of an error, so a narrower one is raised again under its
    family's name. Anything unforeseen is logged by where it happened and raised as `Unforeseen`: it
    reads as `States.TaskFailed`, which no branch takes for an answer. What such an error says may
    repeat the event, so nobody is shown it (docs/privacy.md).
    """
    where = {"function": context.function_name, "request_id": context.aws_request_id}
    try:
        answer = (_traced(action) if traced else action)(event)
    except AutopilotError as error:
        said = withheld(str(error))
        Logger().warning({"event": "refused_or_failed", "error": said, **where})
        raise _family(error)(said) from None
    except Exception as error:  # noqa: BLE001 - whatever it is, its message stays here
        stack = [f"{at.filename}:{at.lineno} {at.name}" for at in extract_tb(error.__traceback__)]
        # No traceback: its message may repeat the event.
        unforeseen = {"event": "unforeseen", "error": _what(error), "stack": stack}
        Logger().error({**unforeseen, **where})
        raise Unforeseen(f"{_what(error)} at {stack[-1]}") from None
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


def _what(error: Exception) -> str:
    """Its kind; of an answer of AWS the code too, and the call. Never its message."""
    answer = getattr(error, "response", {}).get("Error", {})
    call = getattr(error, "operation_name", "")
    return " ".join(word for word in (type(error).__name__, answer.get("Code"), call) if word)


def _traced(action: Action) -> Action:
    from aws_lambda_powertools import Tracer  # noqa: PLC0415 - loads the X-Ray SDK

    def outcome(event: Any) -> Mapping[str, Any] | Exception:
        try:
            return action(event)
        except Exception as error:  # noqa: BLE001 - raised again outside of the subsegment
            return error

    # What is answered or refused may name people: only the time taken goes into a trace. The SDK
    # records every exception that passes through a subsegment, so that none may.
    captured = Tracer().capture_method(capture_response=False, capture_error=False)(outcome)

    def traced(event: Any) -> Mapping[str, Any]:
        found: Mapping[str, Any] | Exception = captured(event)
        if isinstance(found, Exception):
            raise found
        return found

    return traced


def _family(error: AutopilotError) -> type[AutopilotError]:
    return next(family for family in _FAMILIES if isinstance(error, family))
