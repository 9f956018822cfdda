"""The layer itself: which rules and amendments meet a call, and in which order."""

from __future__ import annotations

import pytest

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.strict.layer import ANY, Answer, StrictLayer

REQUEST = wire.Request("POST", "https://sqs.eu-central-1.amazonaws.com/", {}, b"")
OK = wire.Response(200)


def send(layer: StrictLayer, operation: str, done: list[str]) -> wire.Response:
    """Send a call through the layer; `done` learns when it reaches the service."""

    def serve() -> wire.Response:
        done.append("served")
        return OK

    return layer.answer(Call("sqs", operation, "eu-central-1"), REQUEST, serve)


def test_a_refused_call_reaches_no_service() -> None:
    """Nor any amendment; other operations do."""

    def refuse(_asked: Asked) -> None:
        raise AwsError("Refused", "by the rule")

    layer, done = StrictLayer(), list[str]()
    layer.refuse("sqs", ("SendMessage",), refuse)
    layer.amend("sqs", ("SendMessage",), lambda _asked, answer: answer())
    with pytest.raises(AwsError, match="by the rule"):
        send(layer, "SendMessage", done)
    assert done == []
    assert send(layer, "ReceiveMessage", done) is OK
    assert done == ["served"]


def test_rules_for_all_operations_come_first_and_amendments_enclose_each_other() -> None:
    """The first amendment that was put is the outermost."""
    layer, done = StrictLayer(), list[str]()

    def amendment(name: str) -> None:
        def amend(_asked: Asked, answer: Answer) -> wire.Response:
            done.append(f"{name} before")
            response = answer()
            done.append(f"{name} after")
            return response

        layer.amend("sqs", ("SendMessage",), amend)

    amendment("outer")
    amendment("inner")
    layer.refuse("sqs", ("SendMessage",), lambda _asked: done.append("own rule"))
    layer.refuse("sqs", (ANY,), lambda _asked: done.append("rule for all"))
    send(layer, "SendMessage", done)
    assert done == [
        *("rule for all", "own rule", "outer before", "inner before"),
        *("served", "inner after", "outer after"),
    ]
