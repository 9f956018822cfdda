"""A fast RFC 8785 encoder for the values that entries and manifests are made of.

Text, whole numbers, lists and maps with ASCII keys: for these the canonical form needs no number
formatting and no UTF-16 sorting. `tests/audit/test_formats.py` holds it against the rfc8785
package, which `autopilot.domain.canonical` uses where speed does not matter.
"""

from __future__ import annotations

import json.encoder
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

Plain: TypeAlias = "str | int | list[Plain] | dict[str, Plain]"

#: The JSON form of a text: escapes as RFC 8785 section 3.2.2.2 wants them, all else as it is.
quote: Final[Callable[[str], str]] = json.encoder.encode_basestring


def canonical(value: Plain) -> str:
    """The RFC 8785 form of a value within the domain; not checked, models did that."""
    if type(value) is str:
        return quote(value)
    if type(value) is dict:
        members = sorted(value.items())
        return "{" + ",".join([f"{quote(key)}:{canonical(each)}" for key, each in members]) + "}"
    if type(value) is list:
        return "[" + ",".join(map(canonical, value)) + "]"
    return str(value)


def flat(members: Mapping[str, str | int]) -> str:
    """The RFC 8785 form of a map of texts and whole numbers."""
    if len(members) == 1:  # the most frequent case, in half the time
        [name] = members
        value = members[name]
        return f"{{{quote(name)}:{quote(value) if type(value) is str else value}}}"
    pairs = [
        f"{quote(name)}:{quote(value) if type(value) is str else value}"
        for name, value in sorted(members.items())
    ]
    return "{" + ",".join(pairs) + "}"


def flat_verbatim(members: Mapping[str, str]) -> str:
    """The RFC 8785 form of a map of texts in which nothing needs an escape, such as base64."""
    if len(members) == 1:
        [name] = members
        return f'{{{quote(name)}:"{members[name]}"}}'
    pairs = [f'{quote(name)}:"{text}"' for name, text in sorted(members.items())]
    return "{" + ",".join(pairs) + "}"
