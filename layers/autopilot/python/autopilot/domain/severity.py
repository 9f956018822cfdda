"""How urgent something is: P0 to P3, and the word that people read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Severity(StrEnum):
    """First response due in 5 min, 15 min, 1 h, on the next business day."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"

    @property
    def word(self) -> str:
        """CRITICAL, WARNING or INFO."""
        return _WORDS[self]


_WORDS: Final[Mapping[Severity, str]] = MappingProxyType(
    {
        Severity.P0: "CRITICAL",
        Severity.P1: "WARNING",
        Severity.P2: "WARNING",
        Severity.P3: "INFO",
    }
)
