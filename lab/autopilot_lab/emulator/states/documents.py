"""JSON values together with their text, which history events and size limits need.

Inside the engine a value, once made, is never changed: states share what they pass on, and only
what leaves the engine towards a task is copied.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from autopilot_lab.emulator.states.errors import DATA_LIMIT_EXCEEDED, StatesError

PAYLOAD_BYTES_MAX = 256 * 1024
"""Largest input or output of a state, task or execution, as UTF-8 text (developer guide, "Step
Functions service quotas")."""

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON value and its compact text."""

    value: Any
    text: str

    @classmethod
    def of(cls, value: Any) -> Document:
        """Return the document of a JSON value."""
        return cls(value, _encode(value))

    @classmethod
    def parse(cls, text: str) -> Document:
        """Return the document of a JSON text. Raises `ValueError` when it is not JSON."""
        return cls.of(json.loads(text))

    def copy(self) -> Any:
        """Return a value of its own, which the receiver may change."""
        return json.loads(self.text)

    @property
    def is_too_large(self) -> bool:
        """Whether the text is larger than a payload may be."""
        size = len(self.text)
        return size > PAYLOAD_BYTES_MAX or (
            size * 4 > PAYLOAD_BYTES_MAX and len(self.text.encode()) > PAYLOAD_BYTES_MAX
        )


def limited(document: Document, source: str) -> Document:
    """Return the document. Raises `States.DataLimitExceeded` when it is larger than 256 KiB."""
    if document.is_too_large:
        cause = (
            f"The state/task '{source}' returned a result with a size exceeding the maximum "
            "number of bytes service limit."
        )
        raise StatesError(DATA_LIMIT_EXCEEDED, cause)
    return document
