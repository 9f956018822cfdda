"""Translates what AWS answers, or does not, into the families that steer a machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore import exceptions as aws

from autopilot.errors import Inconsistent, Transient

_AGAIN: Final = frozenset(
    {
        "InternalServerError",
        "RequestLimitExceeded",
        "ResourceConflictException",
        "ServiceException",
        "ServiceUnavailable",
        "ThrottlingException",
        "TooManyRequestsException",
        "TooManyUpdates",
    }
)
_SERVER_FAULT: Final = 500


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise `Transient` where asking again may help, `Inconsistent` where `what` is missing."""
    try:
        yield
    except (aws.ConnectionError, aws.HTTPClientError) as error:
        message = f"{what} did not answer ({type(error).__name__}): try again in a moment"
        raise Transient(message) from error
    except aws.ClientError as error:
        if is_transient(error):
            message = f"{what} answered {code_of(error)}: try again in a moment"
            raise Transient(message) from error
        if code_of(error) in ("ResourceNotFoundException", "ParameterNotFound"):
            message = f"{what} is not there, expected what the profile's release section names"
            raise Inconsistent(message) from error
        raise


def code_of(error: aws.ClientError) -> str:
    """The error code that a service answered."""
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def is_transient(error: aws.ClientError) -> bool:
    """Whether the service may answer otherwise in a moment."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return code_of(error) in _AGAIN or status >= _SERVER_FAULT
