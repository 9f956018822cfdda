"""One byte string for one meaning: RFC 8785 canonical JSON over whole numbers and text only.

Fractions, booleans and null are refused, although the RFC allows them: a record that holds none
cannot come back from another JSON library with another digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

import rfc8785

from autopilot.domain.personal import shown
from autopilot.errors import BadInput, Problem

INTEGER_MAX: Final = 2**53 - 1  #: RFC 8785 section 3.2.2.3: exact in every JSON reader
_DEPTH_MAX: Final = 16

Plain: TypeAlias = "str | int | list[Plain] | dict[str, Plain]"


def canonical_bytes(value: Plain) -> bytes:
    """The RFC 8785 form of `value`, UTF-8; raise `BadInput` with every value not allowed."""
    problems = list(_outside(value, "$", _DEPTH_MAX))
    if problems:
        raise BadInput("a record", problems, "Write whole numbers and text only.")
    return rfc8785.dumps(value)


def digest(value: Plain) -> str:
    """SHA-256 of the canonical form, as 64 lowercase hexadecimal digits."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def _outside(value: object, key: str, depth: int) -> Iterator[Problem]:
    if depth == 0:
        yield Problem(key, f"at most {_DEPTH_MAX} levels", "more")
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _bad_text(name, f"{key} key")
            yield from _outside(member, f"{key}.{name}", depth - 1)
    elif isinstance(value, list | tuple):
        for index, member in enumerate(value):
            yield from _outside(member, f"{key}[{index}]", depth - 1)
    elif type(value) is int:
        if abs(value) > INTEGER_MAX:
            yield Problem(key, f"at most {INTEGER_MAX}", str(value))
    else:
        yield from _bad_text(value, key)


def _bad_text(value: object, key: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield Problem(key, "a whole number, text, list or map", shown(value))
        return
    try:
        value.encode()
    except UnicodeEncodeError:
        yield Problem(key, "text that UTF-8 can hold", shown(value))
