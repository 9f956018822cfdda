"""The edge of every function: what it says of an error, in logs, answers and traces."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from autopilot.errors import BadInput, Problem, Refused
from autopilot.handler import Unforeseen, respond

MARKER: Final = "erika.mustermann@example.org"


@dataclass(frozen=True)
class Context:
    """What Lambda passes along."""

    function_name: str = "plan-runbook"
    aws_request_id: str = "1-2-3"


def refuse(event: Any) -> Mapping[str, Any]:
    """An error of ours that repeats its event."""
    raise BadInput("an event", [Problem("it", "nothing", str(event))], "Send nothing.")


def stumble(event: Any) -> Mapping[str, Any]:
    """An error of the language that repeats its event."""
    raise KeyError(event)


def be_denied(event: Any) -> Mapping[str, Any]:
    """An error of AWS that repeats its event."""
    answer: Any = {"Error": {"Code": "AccessDeniedException", "Message": str(event)}}
    raise ClientError(answer, "GetItem")


def answer(event: Any) -> Mapping[str, Any]:
    """No error: an answer that repeats its event."""
    return {"event": event}


@pytest.mark.parametrize(
    "action,family,said",
    [
        (refuse, Refused, "an event was refused: it: expected nothing, got [address withheld]"),
        (stumble, Unforeseen, "KeyError at "),
        (be_denied, Unforeseen, "ClientError AccessDeniedException GetItem at "),
    ],
)
def test_an_error_says_what_went_wrong_and_not_with_whose_data(
    action: Callable[[Any], Mapping[str, Any]],
    family: type[Exception],
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither to the machine that called, nor to the log."""
    with pytest.raises(family) as raised:
        respond(MARKER, Context(), action, traced=False)
    assert str(raised.value).startswith(said)
    assert raised.value.__suppress_context__
    assert len(caplog.records) == 1
    assert MARKER not in str(raised.value) + caplog.text


def test_an_unforeseen_error_says_where_it_happened() -> None:
    """File, line and function: what somebody needs who mends it."""
    with pytest.raises(Unforeseen, match=r"test_handler\.py:\d+ stumble$"):
        respond(MARKER, Context(), stumble, traced=False)


@pytest.mark.parametrize("action", [refuse, stumble, be_denied, answer])
def test_a_trace_holds_times_and_no_values(
    action: Callable[[Any], Mapping[str, Any]], fresh_process: Executor
) -> None:
    """Neither of events, nor of answers, nor of errors."""
    emitted = fresh_process.submit(_traced, action).result()
    assert any("handler._traced" in json.loads(entity)["name"] for entity in emitted)
    assert [entity for entity in emitted if MARKER in entity] == []


@pytest.fixture(scope="module")
def fresh_process() -> Iterator[Executor]:
    """A new interpreter: once tracing was off, SDK and Tracer keep it off for good."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield pool


class _Emitter:
    """Keeps what the X-Ray daemon would be sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send_entity(self, entity: Any) -> None:
        """Keep a segment, as JSON."""
        self.sent.append(entity.serialize())


def _traced(action: Callable[[Any], Mapping[str, Any]]) -> list[str]:
    """What an invocation leaves in X-Ray."""
    os.environ["AWS_XRAY_SDK_ENABLED"] = "true"
    os.environ["LAMBDA_TASK_ROOT"] = "/var/task"
    # They read the environment at import.
    from aws_xray_sdk import global_sdk_config  # noqa: PLC0415
    from aws_xray_sdk.core import context, xray_recorder  # noqa: PLC0415

    emitter = _Emitter()
    recorder: Any = xray_recorder
    global_sdk_config.set_sdk_enabled(True)
    recorder.configure(
        emitter=emitter,
        sampling=False,
        context=context.Context(),
        context_missing="RUNTIME_ERROR",
        stream_sql=False,
    )
    recorder.begin_segment("invocation")
    with suppress(Refused, Unforeseen):
        respond(MARKER, Context(), action)
    recorder.end_segment()
    return emitter.sent
