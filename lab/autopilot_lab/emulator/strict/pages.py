"""SNS: a message by protocol has a text for everybody else.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html, MessageStructure
"""

from __future__ import annotations

import json

from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.strict.layer import StrictLayer


def register(layer: StrictLayer) -> None:
    """Put the rules in force."""
    layer.refuse("sns", ("Publish",), check_structure)


def check_structure(asked: Asked) -> None:
    """With MessageStructure json a message is an object with a string under `default`."""
    if asked.text("MessageStructure") != "json":
        return
    try:
        texts = json.loads(asked.text("Message"))
    except ValueError as wrong:
        raise _invalid("JSON message body failed to parse") from wrong
    if not isinstance(texts, dict) or not isinstance(texts.get("default"), str):
        raise _invalid("No default entry in JSON message body")


def _invalid(reason: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: Message Structure - {reason}")
