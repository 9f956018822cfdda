"""What happened to the service's clients, kept for expectations and reports."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass

from autopilot.domain.allocation import Allocation, Route

PERIOD_SECONDS = 10
_PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Ten seconds of the whole service. Only routes that had requests are named."""

    end_seconds: int  #: end of the period, in seconds of the world
    requests: int
    failures: int
    route_requests: Mapping[Route, int]
    route_failures: Mapping[Route, int]
    allocation: Allocation  #: as the first region's router held it at the end of the period
    p95_latency_ms: float | None

    @property
    def error_rate(self) -> float:
        """Share of the period's requests that failed; 0 without requests."""
        return self.failures / self.requests if self.requests else 0.0


class Series:
    """Counts by second, and samples by ten seconds."""

    def __init__(self) -> None:
        """Start empty, at second 0 of the world."""
        self.samples: list[Sample] = []
        self._requests = array("q", [0])
        self._failures = array("q", [0])

    @property
    def seconds(self) -> int:
        """How many seconds have been counted."""
        return len(self._requests) - 1

    @property
    def requests(self) -> int:
        """All requests so far."""
        return self._requests[-1]

    @property
    def failures(self) -> int:
        """All failed requests so far."""
        return self._failures[-1]

    def count(self, requests: int, failures: int) -> None:
        """Add one second."""
        self._requests.append(self._requests[-1] + requests)
        self._failures.append(self._failures[-1] + failures)

    def between(self, start_seconds: int, end_seconds: int) -> tuple[int, int]:
        """(requests, failures) from `start_seconds` to before `end_seconds`."""
        start, end = (min(max(0, t), self.seconds) for t in (start_seconds, end_seconds))
        return (
            self._requests[end] - self._requests[start],
            self._failures[end] - self._failures[start],
        )

    def mitigated_second(
        self,
        *,
        after_seconds: int,
        objective_ppm: int,
        calm_seconds: int = 300,
        window_seconds: int = 60,
    ) -> int | None:
        """The first second after which the error rate stays under the objective.

        It stays under when it is under in every `window_seconds` of the next `calm_seconds`,
        wherever they begin; None when that never happened, or the run ended too early to tell.
        """
        calm_since = after_seconds
        for start in range(after_seconds, self.seconds - window_seconds + 1):
            if not self._under(start, window_seconds, objective_ppm):
                calm_since = start + 1
            elif start + window_seconds - calm_since >= calm_seconds:
                return calm_since
        return None

    def _under(self, start: int, window_seconds: int, objective_ppm: int) -> bool:
        requests, failures = self.between(start, start + window_seconds)
        return failures * _PPM < max(1, requests) * objective_ppm
