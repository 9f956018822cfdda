"""One call, and what came of it: known, or unread with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from autopilot.adapters.answers import code_of
from autopilot.domain.known import Found, Known, Unread

T = TypeVar("T")
PAGES_MAX: Final = 50


class TooMany(BotoCoreError):
    """A listing that goes on beyond what is read of it."""

    fmt = "more than {pages} pages"


def ask(call: Callable[[], T], absent: Mapping[str, T] | None = None) -> Found[T]:
    """What the call answers; `absent` has what an error code that says "there is none" means."""
    try:
        return Known(call())
    except ClientError as error:
        code = code_of(error)
        if absent and code in absent:
            return Known(absent[code])
        return Unread(f"{error.operation_name} answered {code}")
    except BotoCoreError as error:
        return Unread(f"no answer ({type(error).__name__})")
    except (KeyError, ValueError) as error:
        return Unread(f"an answer that is not understood ({type(error).__name__})")


def listed(client: Any, operation: str, key: str, **given: Any) -> Iterator[Any]:
    """Every member of `key` in all pages of a listing; more than `PAGES_MAX` is an error."""
    for number, page in enumerate(client.get_paginator(operation).paginate(**given)):
        if number == PAGES_MAX:
            raise TooMany(pages=PAGES_MAX)
        yield from page.get(key, ())


def tags_of(pairs: Any) -> Mapping[str, str]:
    """Tags written as pairs of `Key` and `Value`."""
    return {str(one["Key"]): str(one["Value"]) for one in pairs}


def region_of(arn: str) -> str:
    """The region of an ARN."""
    return arn.split(":")[3]
