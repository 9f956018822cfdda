"""Pages of results with opaque tokens, the same for every service of the lab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def page(items: Sequence[T], token: str | None, size: int) -> tuple[list[T], str]:
    """The page that `token` points at, and the token of the next one or ""."""
    start = int(token) if token else 0
    end = start + size
    return list(items[start:end]), str(end) if end < len(items) else ""
