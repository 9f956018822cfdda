"""Alarms on how fast the error budget is spent, by pairs of windows, made from the profile.

The Site Reliability Workbook, chapter 5: a long window says that it matters, a short one that it
still goes on. Each window is an alarm by metric math over the counts of all routes; a composite
joins the two. A window of three days is the sweep's: CloudWatch would look at it once an hour.

One expression of an alarm reads at most ten metrics, two for each route, so a service with more
than five routes is counted by region, and one with more in a region by route.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from autopilot.domain.allocation import Route
from autopilot.domain.burn_rate import FAST, SLOW, Pair, spoken
from autopilot.domain.profile import Profile
from autopilot.signals.alarm import (
    INCIDENT,
    OPERATIONAL,
    PAGE_TOPIC,
    Resource,
    Window,
    Words,
    all_of,
    any_of,
    camel,
    composite_alarm,
    dimensions,
    metric_alarm,
)
from autopilot.signals.catalogue import METRICS

#: What the logical ids of the composites begin with that start an incident.
BURNING: Final = "BudgetBurning"
METRICS_MAX: Final = 10  #: that an expression of one alarm may read (CloudWatch, alarm limits)
_PPM: Final = 1_000_000
_TENTHS: Final = 10


def burn_alarms(profile: Profile, routes_failing: Mapping[str, Resource]) -> dict[str, Resource]:
    """The alarms by logical id; the slow pair is quiet while a route fails, or the fast is on."""
    alarms: dict[str, Resource] = {}
    for part, routes in parts(tuple(profile.proven)):
        fast = dict(_windows(profile, FAST, part, routes))
        slow = dict(_windows(profile, SLOW, part, routes))
        burning = _burning(part, fast)
        explained = {**routes_failing, f"{BURNING}{camel(part)}": burning}
        alarms |= fast | {f"{BURNING}{camel(part)}": burning}
        alarms |= slow | {f"BudgetDraining{camel(part)}": _draining(part, slow, explained)}
    return alarms


def parts(routes: Sequence[Route]) -> Iterator[tuple[str, Sequence[Route]]]:
    """What one expression can count: all routes, else those of a region, else each alone."""
    if 2 * len(routes) <= METRICS_MAX:
        yield "", routes
        return
    for region in dict.fromkeys(route.region for route in routes):
        own = [route for route in routes if route.region == region]
        if 2 * len(own) <= METRICS_MAX:
            yield region, own
        else:
            yield from ((f"{route.region}-{route.path}", [route]) for route in own)


def _windows(
    profile: Profile, pair: Pair, part: str, routes: Sequence[Route]
) -> Iterator[tuple[str, Resource]]:
    for seconds in (pair.long_seconds, pair.short_seconds):
        window = spoken(seconds).replace(" ", "")
        words = Words(
            pair.severity,
            f"The last {spoken(seconds)} spent the error budget{_of(part)} more than {pair.name} "
            "as fast as it lasts. It tells nobody alone: its composite does.",
            "troubleshooting.md",
            "autopilot status",
        )
        yield (
            camel("Burn", window, part),
            metric_alarm(
                f"{OPERATIONAL}-burn-{window}{_suffix(part)}",
                words,
                {"Metrics": list(_queries(profile, routes, seconds))},
                over=pair.factor_tenths * profile.budget.ppm / _TENTHS / _PPM,
                window=Window(seconds, 1, 1),
                # No requests, no rate: unknown, not healthy.
                missing="missing",
            ),
        )


def _queries(profile: Profile, routes: Sequence[Route], seconds: int) -> Iterator[dict[str, Any]]:
    """The share of failed requests; none where so few failed that it may be chance."""
    failed = ",".join(f"f{number}" for number in range(len(routes)))
    sent = ",".join(f"r{number}" for number in range(len(routes)))
    least = profile.sweep.failures_min
    yield {
        "Id": "rate",
        "Label": f"failed requests of the last {spoken(seconds)}",
        "Expression": f"IF(SUM([{failed}]) >= {least}, SUM([{failed}]) / SUM([{sent}]), 0)",
        "ReturnData": True,
    }
    for number, route in enumerate(routes):
        yield _query(f"f{number}", "failures", route, seconds)
        yield _query(f"r{number}", "requests", route, seconds)


def _query(name: str, metric_id: str, route: Route, seconds: int) -> dict[str, Any]:
    metric = METRICS[metric_id]
    about = {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": dimensions(Region=route.region, Path=route.path),
    }
    stat = {"Metric": about, "Period": seconds, "Stat": metric.statistic}
    return {"Id": name, "MetricStat": stat, "ReturnData": False}


def _burning(part: str, windows: Mapping[str, Resource]) -> Resource:
    words = Words(
        FAST.severity,
        f"The error budget{_of(part)} is being spent {FAST.name} as fast as it lasts, over an hour "
        "and still now. No single route need be to blame. An incident is run.",
        "incident-response.md",
        "autopilot status",
    )
    rule = all_of(windows.values())
    return composite_alarm(f"{INCIDENT}-budget-burning{_suffix(part)}", words, rule, after=windows)


def _draining(
    part: str, windows: Mapping[str, Resource], explained: Mapping[str, Resource]
) -> Resource:
    words = Words(
        SLOW.severity,
        f"The error budget{_of(part)} is being spent {SLOW.name} as fast as it lasts, over six "
        "hours and still now. Quiet while an alarm that starts an incident explains it.",
        "troubleshooting.md",
        "autopilot status",
    )
    rule = f"{all_of(windows.values())} AND NOT {any_of(explained.values())}"
    after = [*windows, *explained]
    return composite_alarm(
        f"{OPERATIONAL}-budget-draining{_suffix(part)}",
        words,
        rule,
        after=after,
        actions=[PAGE_TOPIC],
    )


def _suffix(part: str) -> str:
    return f"-{part}" if part else ""


def _of(part: str) -> str:
    return f" of {part}" if part else ""
