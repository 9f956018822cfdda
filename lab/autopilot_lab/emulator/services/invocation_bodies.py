"""The formats in which models are asked and answer: Converse's, and two providers' own.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.services.model_catalogue import Model
from autopilot_lab.emulator.services.model_serving import Served, tokens

OUTPUT_TOKENS_MAX = 4_096


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says, whatever its format."""

    prompt: str
    output_tokens_max: int


def asked_in(params: Mapping[str, Any]) -> Asked:
    """What a Converse request says; only its texts count."""
    messages = params.get("messages") or ()
    contents = [block for one in messages for block in one["content"]]
    texts = [
        str(block["text"])
        for block in (*(params.get("system") or ()), *contents)
        if "text" in block
    ]
    config = params.get("inferenceConfig") or {}
    return Asked("\n".join(texts), int(config.get("maxTokens") or OUTPUT_TOKENS_MAX))


def converse_answer(asked: Asked, served: Served) -> dict[str, Any]:
    """What Converse answers."""
    count = tokens(asked.prompt)
    cut = served.output_tokens >= asked.output_tokens_max
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": served.text}]}},
        "stopReason": "max_tokens" if cut else "end_turn",
        "usage": {
            "inputTokens": count,
            "outputTokens": served.output_tokens,
            "totalTokens": count + served.output_tokens,
        },
        "metrics": {"latencyMs": round(served.seconds * 1000)},
    }


def ask_body(model: Model, body: bytes) -> Asked:
    """What the body of an InvokeModel request says. Raises ValidationException."""
    try:
        parsed = json.loads(body)
        contents = [one["content"] for one in parsed["messages"]]
    except (ValueError, KeyError, TypeError) as error:
        message = f"Malformed input request: {error}, please reformat your input and try again."
        raise AwsError("ValidationException", message) from error
    if model.provider == "Anthropic" and "max_tokens" not in parsed:
        message = "Malformed input request: required key [max_tokens] not found"
        raise AwsError("ValidationException", message)
    config = parsed.get("inferenceConfig") or {}
    limit = parsed.get("max_tokens") or config.get("maxTokens") or OUTPUT_TOKENS_MAX
    return Asked("\n".join(_texts(contents)), int(limit))


def answer_body(model: Model, asked: Asked, served: Served) -> bytes:
    """The body of InvokeModel's answer, in the format of the model's provider."""
    if model.provider != "Anthropic":
        answer = converse_answer(asked, served)
        return json.dumps({key: answer[key] for key in ("output", "stopReason", "usage")}).encode()
    cut = served.output_tokens >= asked.output_tokens_max
    usage = {"input_tokens": tokens(asked.prompt), "output_tokens": served.output_tokens}
    return json.dumps(
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "text", "text": served.text}],
            "stop_reason": "max_tokens" if cut else "end_turn",
            "usage": usage,
        }
    ).encode()


def _texts(contents: Iterable[Any]) -> Iterable[str]:
    for content in contents:
        if isinstance(content, str):
            yield content
        else:
            yield from (str(block["text"]) for block in content if "text" in block)
