"""What an answer of AWS means to somebody who only asks: no answer, no such thing, or no right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore import exceptions as aws

from autopilot.adapters.answers import code_of, is_transient
from autopilot.errors import Misconfigured, Transient

_MISSING: Final = frozenset(
    {"NoSuchEntity", "NoSuchResourceException", "NotFoundException", "ResourceNotFoundException"}
)


class Missing(Misconfigured):
    """The service answered that there is no such thing."""


@contextmanager
def asking(call: str) -> Iterator[None]:
    """Raise `Missing`, `Misconfigured` for any other 4xx, and `Transient` when no answer came.

    `call` is service, operation and region in words, for whoever reads the message.
    """
    try:
        yield
    except aws.ClientError as error:
        code = code_of(error)
        if code in _MISSING:
            raise Missing(f"{call}: there is no such thing") from error
        if is_transient(error):
            raise Transient(f"{call} answered {code}") from error
        raise Misconfigured(f"{call} answered {code}: {_words(error)}") from error
    except aws.BotoCoreError as error:
        raise Transient(f"{call} did not answer ({type(error).__name__})") from error


def is_fault_of_ours(error: aws.ClientError) -> bool:
    """Whether a status of 4xx says that a setting is wrong, rather than that too much was asked."""
    return not is_transient(error)


def _words(error: aws.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", "no message"))
