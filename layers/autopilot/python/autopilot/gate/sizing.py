"""How large DynamoDB counts a value, so that limits in bytes are checked before a write.

Developer guide, "DynamoDB item sizes and formats": text by its UTF-8 bytes, a number about one
byte per two digits and one more, a boolean one byte, a map or list three bytes and one per member.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MAP_BYTES: Final = 3
MEMBER_BYTES: Final = 1


def value_bytes(value: object) -> int:
    """The size of one attribute value, without its name."""
    match value:
        case bool():
            return 1
        case int():
            return 1 + (len(str(abs(value))) + 1) // 2 + (value < 0)
        case str():
            return len(value.encode())
        case Mapping():
            return MAP_BYTES + item_bytes(value) + MEMBER_BYTES * len(value)
        case list() | tuple():
            return MAP_BYTES + sum(value_bytes(each) + MEMBER_BYTES for each in value)
        case _:
            message = f"expected a value that an item can hold, got {value!r}"
            raise TypeError(message)


def item_bytes(item: Mapping[str, object]) -> int:
    """The size of an item: the names and values of its attributes."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())
