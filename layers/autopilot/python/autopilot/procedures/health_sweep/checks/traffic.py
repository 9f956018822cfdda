"""Whether clients get what the objectives promise: verdicts, burn rates, latency, efficiency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from autopilot.domain.burn_rate import FAST, Pair, Window, judge_pair, spoken
from autopilot.domain.health_score import Finding
from autopilot.domain.severity import Severity
from autopilot.domain.share import ShareVerdict, judge_share
from autopilot.domain.verdict import State
from autopilot.ports import Ask, Measure

if TYPE_CHECKING:
    from autopilot.ports import Series
    from autopilot.procedures.health_sweep.scene import Scene
    from autopilot.procedures.observation import Observation

#: The p95 objective holds when at most one request in twenty is slower.
P95_SLOWER_PPM: Final = 50_000
LATENCY_SECONDS: Final = 900
EFFICIENCY_SECONDS: Final = 3_600
#: Windows begin at whole periods, so each is up to one period longer than its name.
PERIOD_SECONDS: Final = FAST.short_seconds
_PPM: Final = 1_000_000
_PPM_PER_PERCENT: Final = 10_000

FAILED: Final = Ask(Measure.FAILED, PERIOD_SECONDS)
SECOND_CHOICE: Final = Ask(Measure.SECOND_CHOICE, PERIOD_SECONDS)


def slow(scene: Scene) -> Ask:
    """What is asked about latency."""
    return Ask(Measure.SLOW, LATENCY_SECONDS, scene.profile.objectives.p95_latency_ms)


def verdicts(scene: Scene, observation: Observation) -> Iterator[Finding]:
    """The service as a whole, and each route that is sent requests."""
    whole = observation.whole
    seen = {"requests": whole.requests, "failures": whole.failures}
    yield Finding("service", scene.service, whole.state, whole.reason, Severity.P1, seen)
    for route, verdict in observation.evidence.verdicts:
        if scene.is_used(route):
            percent = scene.percent(route)
            share = "" if percent is None else f" ({percent} % of requests)"
            said = f"{verdict.reason}{share}"
            yield Finding("routes", str(route), verdict.state, said, Severity.P1)


def burn(scene: Scene, pair: Pair, series: Series) -> Iterator[Finding]:
    """One pair of windows against the error budget."""
    long = _window(series, pair.long_seconds, scene.now_ms)
    short = _window(series, pair.short_seconds, scene.now_ms)
    verdict = judge_pair(pair, long, short, scene.profile.budget)
    evidence = {"long": verdict.long.to_dict(), "short": verdict.short.to_dict()}
    found = Finding("burn", pair.name, verdict.state, verdict.reason, pair.severity, evidence)
    yield _with_silence(found, series.silent)


def latency(scene: Scene, series: Series) -> Iterator[Finding]:
    """The p95 objective, by the exact share of requests that were slower than it."""
    verdict = _share(scene, series, LATENCY_SECONDS, P95_SLOWER_PPM)
    limit = scene.profile.objectives.p95_latency_ms
    said = f"{verdict.said(f'took longer than {limit} ms')} (last {spoken(LATENCY_SECONDS)})"
    found = Finding("latency", "p95", verdict.state, said, Severity.P2, verdict.to_dict())
    yield _with_silence(found, series.silent)


def efficiency(scene: Scene, series: Series) -> Iterator[Finding]:
    """The share of requests that the path which the router chose first did not answer."""
    objective = scene.profile.objectives.routing_efficiency_percent
    line = _PPM - round(objective * _PPM_PER_PERCENT)
    verdict = _share(scene, series, EFFICIENCY_SECONDS, line)
    said = verdict.said("were not answered by the path chosen first")
    said = f"{said} (last {spoken(EFFICIENCY_SECONDS)})"
    found = Finding("efficiency", scene.service, verdict.state, said, Severity.P3)
    yield _with_silence(replace(found, evidence=verdict.to_dict()), series.silent)


def _share(scene: Scene, series: Series, seconds: int, line_ppm: int) -> ShareVerdict:
    window = _window(series, seconds, scene.now_ms)
    confidence = scene.profile.thresholds.confidence_ppm
    return judge_share(window.requests, window.failures, line_ppm, confidence)


def _window(series: Series, seconds: int, now_ms: int) -> Window:
    """Counts of the periods that reach into the last `seconds`."""
    first_ms = now_ms - (seconds + series.period_seconds) * 1000
    inside = [bucket for bucket in series.buckets if bucket.start_ms > first_ms]
    requests = sum(bucket.requests for bucket in inside)
    return Window(seconds, requests, sum(bucket.missed for bucket in inside))


def _with_silence(found: Finding, silent: Sequence[str]) -> Finding:
    """What looks well is unknown while a region's part of the numbers is missing."""
    if not silent:
        return found
    state = State.UNKNOWN if found.state is State.HEALTHY else found.state
    said = f"{found.said}; without the metrics of {', '.join(silent)}"
    return replace(found, state=state, said=said)
