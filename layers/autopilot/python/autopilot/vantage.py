"""A place that looks from minute to minute: the wiring of its process, and what it remembers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autopilot.wiring import Trust, wire

if TYPE_CHECKING:
    from autopilot.procedures.probe_regions import Memory


class Vantage:
    """The place that this process looks from, with what it remembers from call to call."""

    def __init__(self) -> None:
        """Nothing is remembered yet, and nothing loaded."""
        self._memory: Memory | None = None

    def watch(self) -> Mapping[str, Any]:
        """Probe every region and the control target for a minute."""
        from autopilot.procedures.probe_regions import Memory, watch  # noqa: PLC0415

        self._memory = self._memory or Memory()
        return watch(wire(Trust.REPORT), self._memory)
