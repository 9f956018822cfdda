"""What was read, or why it could not be: nothing that is unread passes for an answer. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Known(Generic[T_co]):
    """What was read."""

    value: T_co


@dataclass(frozen=True, slots=True)
class Unread:
    """It could not be read."""

    reason: str  #: which call, and what it answered


Found: TypeAlias = Known[T_co] | Unread
