"""The alarm of a strategy that is compared: ours, given the benefit of every doubt.

It is evaluated the moment a period is ingested, and what it sets off takes no time at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from autopilot_lab.emulator.world.service import Metrics

#: Of the alarms on routes (autopilot.signals): two of three periods of ten seconds.
BREACHING_PERIODS: Final = 2
RANGE_PERIODS: Final = 3
INGESTION_SECONDS: Final = 2
_PPM: Final = 1_000_000


class PeerAlarm:
    """Watches the failure rate of every route as each router counts it."""

    def __init__(self, guard_ppm: int) -> None:
        """It breaches above `guard_ppm`."""
        self.went_off_at: int | None = None  #: in seconds of the world; the first time only
        self._guard_ppm = guard_ppm
        self._breaches: dict[tuple[str, str, str], list[bool]] = defaultdict(list)

    def watch(self, counted: Sequence[Metrics], *, share: float = 1.0) -> None:
        """Look at what the routers published.

        `share` is the part of the requests that what is watched has served: an alarm on one
        version's own errors is not fooled by those that the others answer.
        """
        for one in counted:
            breaches = self._breaches[one.region, one.dimensions["Region"], one.dimensions["Path"]]
            served = one.requests * share
            breaches.append(served > 0 and one.failures * _PPM > served * self._guard_ppm)
            if self.went_off_at is None and sum(breaches[-RANGE_PERIODS:]) >= BREACHING_PERIODS:
                self.went_off_at = one.end_seconds + INGESTION_SECONDS
