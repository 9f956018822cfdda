"""How an assertion speaks: it checks, and raises when the place says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError


class Violated(Exception):
    """The place behaves differently from what is believed of AWS."""


class NotShown(Exception):
    """The place cannot show this belief; the message says why."""


def check(condition: object, otherwise: str) -> None:
    """Raise `Violated` with `otherwise` unless the condition is true."""
    if not condition:
        raise Violated(otherwise)


def equal(actual: object, expected: object, what: str) -> None:
    """Raise `Violated` unless both are equal."""
    check(actual == expected, f"{what}: expected {expected!r}, got {actual!r}")


def refused(call: Callable[..., Any], *codes: str, **arguments: Any) -> Mapping[str, Any]:
    """Call, and expect a refusal with one of these error codes; return the error response.

    Raises `Violated` when the call was accepted, or refused with another code.
    """
    name = getattr(call, "__name__", str(call))
    try:
        call(**arguments)
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        check(code in codes, f"{name} was refused with {code} instead of {' or '.join(codes)}")
        response: Mapping[str, Any] = error.response
        return response
    raise Violated(f"{name} was accepted; expected {' or '.join(codes)}")
