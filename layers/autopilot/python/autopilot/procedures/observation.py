"""Turns what the routers published into verdicts: what plans and judgements rest on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from autopilot.domain.plan import Evidence
from autopilot.domain.verdict import Thresholds, Verdict, judge
from autopilot.ports import Counts

if TYPE_CHECKING:
    from autopilot.domain.allocation import Route
    from autopilot.ports import Telemetry

PERIOD_MS: Final = 10_000  #: routers publish whole periods of ten seconds
SETTLE_MS: Final = 5_000  #: a router reads its allocation at least this often


@dataclass(frozen=True, slots=True)
class Observation:
    """Counts of every route in one window, and the verdicts on them."""

    since_ms: int
    until_ms: int
    counts: Mapping[Route, Counts]
    evidence: Evidence
    whole: Verdict  #: of the service: all routes together

    @property
    def requests_per_second(self) -> float:
        """The load of the whole service in the window."""
        seconds = max(1.0, (self.until_ms - self.since_ms) / 1000)
        return sum(counts.requests for counts in self.counts.values()) / seconds


def observe(
    telemetry: Telemetry,
    routes: Sequence[Route],
    thresholds: Thresholds,
    *,
    since_ms: int,
    now_ms: int,
    leave_out: Collection[str] = (),
) -> Observation:
    """Read and judge every route over the periods that began after `since_ms`.

    Regions in `leave_out` are not asked.
    """
    since_ms = -(-since_ms // PERIOD_MS) * PERIOD_MS
    counts = _counts(telemetry, routes, since_ms, now_ms, leave_out)
    verdicts = tuple((route, _verdict(counts[route], thresholds, now_ms)) for route in routes)
    evidence = Evidence(
        made_ms=now_ms, expires_ms=now_ms + thresholds.fresh_seconds * 1000, verdicts=verdicts
    )
    return Observation(since_ms, now_ms, counts, evidence, _whole(counts, thresholds, now_ms))


def _counts(
    telemetry: Telemetry,
    routes: Sequence[Route],
    since_ms: int,
    now_ms: int,
    leave_out: Collection[str],
) -> Mapping[Route, Counts]:
    """What was counted; nothing, without asking, while no whole period can have begun."""
    if since_ms >= now_ms:
        return {route: Counts(0, 0, None) for route in routes}
    return telemetry.route_counts(routes, since_ms=since_ms, until_ms=now_ms, leave_out=leave_out)


def _verdict(counts: Counts, thresholds: Thresholds, now_ms: int) -> Verdict:
    age = None if counts.newest_ms is None else max(0, now_ms - counts.newest_ms) // 1000
    return judge(counts.requests, min(counts.failures, counts.requests), thresholds, age)


def _whole(counts: Mapping[Route, Counts], thresholds: Thresholds, now_ms: int) -> Verdict:
    newest = [each.newest_ms for each in counts.values() if each.newest_ms is not None]
    requests = sum(each.requests for each in counts.values())
    failures = sum(each.failures for each in counts.values())
    age = max(0, now_ms - max(newest)) // 1000 if newest else None
    return judge(requests, min(failures, requests), thresholds, age)
