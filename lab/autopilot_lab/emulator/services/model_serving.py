"""What answers an invocation of a model: a port for the simulated world, and a plain default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

FIRST_TOKEN_SECONDS = 0.25
TOKEN_SECONDS = 0.005
CHARACTERS_PER_TOKEN = 4
OUTPUT_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Invocation:
    """One request to a model: where it is made, for which model, and its size."""

    region: str
    model_id: str
    profile_id: str  #: "" when the model was named itself
    prompt: str
    input_tokens: int
    output_tokens_max: int


@dataclass(frozen=True, slots=True)
class Served:
    """How an invocation ends. With an `error` (a code of the runtime's API) it fails."""

    seconds: float
    text: str = ""
    output_tokens: int = 0
    error: str = ""


#: The world's side: how a model answers at this instant.
ModelHost = Callable[[Invocation], Served]


def tokens(text: str) -> int:
    """About how many tokens a text has; no tokenizer of a model is public."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def always_well(invocation: Invocation) -> Served:
    """A model in good health, with nothing to say."""
    count = min(OUTPUT_TOKENS, invocation.output_tokens_max)
    return Served(FIRST_TOKEN_SECONDS + count * TOKEN_SECONDS, "ok", count)
