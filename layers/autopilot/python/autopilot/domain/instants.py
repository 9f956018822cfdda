"""Instants, which are whole milliseconds since 1970 UTC, as dates and texts. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(at_ms: int) -> datetime:
    """The second in which it lies, in UTC."""
    return datetime.fromtimestamp(at_ms // 1000, tz=UTC)


def month_of(at_ms: int) -> str:
    """The UTC month of an instant: `2026-12`."""
    return f"{moment(at_ms):%Y-%m}"


def day_of(at_ms: int) -> str:
    """The UTC day of an instant: `2026-12-31`."""
    return f"{moment(at_ms):%Y-%m-%d}"


def instant(at_ms: int) -> str:
    """To the second, for people and machines: `2026-12-31T23:59:59Z`."""
    return f"{moment(at_ms):%Y-%m-%dT%H:%M:%SZ}"


def start_ms(day: str) -> int:
    """When a UTC day begins."""
    return round(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1000
