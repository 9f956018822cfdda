"""What an answer of AWS means to somebody who only asks: no answer, no such thing, or no right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore import exceptions as aws

from autopilot.adapters.answers import code_of, is_transient
from autopilot.errors import Misconfigured, Transient

#: Of settings and rights. Other 4xx (a model that is not ready, or took too long) pass by.
_OURS: Final = frozenset({400, 401, 403, 404})
#: Answered with 400 by services that are asked too often, as botocore's retries know them.
_TOO_OFTEN: Final = frozenset({"RequestThrottled", "Throttling", "ThrottledException"})
_MISSING: Final = frozenset(
    {
        "NoSuchEntity",
        "NoSuchResourceException",
        "NotFoundException",
        "ResourceNotFoundException",
        "TableNotFoundException",
    }
)


class Missing(Misconfigured):
    """The service answered that there is no such thing."""


@contextmanager
def asking(call: str) -> Iterator[None]:
    """Raise `Missing`, `Misconfigured` for a fault of ours, and `Transient` for all else.

    `call` is service, operation and region in words, for whoever reads the message.
    """
    try:
        yield
    except aws.ClientError as error:
        code = code_of(error)
        if code in _MISSING:
            raise Missing(f"{call}: there is no such thing") from error
        if is_fault_of_ours(error):
            raise Misconfigured(f"{call} answered {code}: {_words(error)}") from error
        raise Transient(f"{call} answered {code}") from error
    except aws.BotoCoreError as error:
        raise Transient(f"{call} did not answer ({type(error).__name__})") from error


def is_fault_of_ours(error: aws.ClientError) -> bool:
    """Whether a setting or a right is wrong, and the answer stays so until somebody changes it."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status in _OURS and not is_transient(error) and code_of(error) not in _TOO_OFTEN


def _words(error: aws.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", "no message"))
