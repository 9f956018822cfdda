"""Panels about requests: rates over all routers, shares, latency by route."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from autopilot.domain.allocation import Route
from autopilot.domain.profile import Profile
from autopilot.signals.widgets import (
    HOME,
    SERVING,
    STANDBY,
    Entry,
    Graph,
    Widget,
    entry,
    expression,
    hidden,
)

_WHOLE: Final = 100.0


def availability_panel(profile: Profile) -> Widget:
    """The percent of all requests that did not fail."""
    routes = tuple(profile.proven)
    share = f"1 - {_sum('f', routes)} / {_sum('r', routes)}"
    return Graph(
        "Availability, percent",
        [
            *_counted("f", "failures", routes),
            *_counted("r", "requests", routes),
            expression(f"100 * ({share})", "of requests answered", "good"),
        ],
        view="singleValue",
    ).to_widget()


def traffic_panels(profile: Profile) -> Iterator[Widget]:
    """Error rate, and requests by route."""
    routes = tuple(profile.proven)
    objectives = profile.objectives
    rate = f"{_sum('f', routes)} / {_sum('r', routes)}"
    yield Graph(
        "Error rate over all routes",
        [
            *_counted("f", "failures", routes),
            *_counted("r", "requests", routes),
            expression(f"100 * {rate}", "failed requests", "rate"),
        ],
        unit="percent",
        lines={"objective": objectives.error_rate_percent},
    ).to_widget()
    yield Graph(
        "Requests by route",
        [*_counted("r", "requests", routes), *_by_route("r", routes)],
        stacked=True,
        unit="a minute",
    ).to_widget()


def performance_panels(profile: Profile) -> Iterator[Widget]:
    """Latency by route, routing efficiency, fallbacks, and errors by path."""
    routes = tuple(profile.proven)
    limit = {"p95 objective": float(profile.objectives.p95_latency_ms)}
    for percentile in ("p50", "p95", "p99"):
        yield Graph(
            f"Latency {percentile} by route",
            [_latency(percentile, route, profile) for route in routes],
            unit="ms",
            lines=limit if percentile == "p95" else {},
        ).to_widget()
    share = f"{_sum('g', routes)} / {_sum('n', routes)}"
    counted = [*_first_choices("g", "Sum", routes), *_first_choices("n", "SampleCount", routes)]
    yield Graph(
        "Routing efficiency: answered by the path chosen first",
        [*counted, expression(f"100 * {share}", "routing efficiency", "first")],
        unit="percent",
        top=_WHOLE,
        lines={"objective": profile.objectives.routing_efficiency_percent},
    ).to_widget()
    yield Graph(
        "Fallback rate",
        [*counted, expression(f"100 * (1 - {share})", "not by the first choice", "second")],
        unit="percent",
    ).to_widget()
    yield Graph(
        "Errors by path",
        [*_counted("f", "failures", routes), *_by_path("f", routes, profile.paths)],
        unit="failed requests a minute",
    ).to_widget()


def _counted(prefix: str, metric_id: str, routes: Sequence[Route]) -> Iterator[Entry]:
    """What the routers of both regions counted of each route, for expressions."""
    for number, route in enumerate(routes):
        about = {"Region": route.region, "Path": route.path}
        for place, region in enumerate(SERVING):
            yield hidden(metric_id, region, about, f"{prefix}{number}{'hs'[place]}")


def _first_choices(prefix: str, statistic: str, routes: Sequence[Route]) -> Iterator[Entry]:
    for one in _counted(prefix, "routing_efficiency", routes):
        one[-1]["stat"] = statistic
        yield one


def _sum(prefix: str, routes: Sequence[Route]) -> str:
    ids = (f"{prefix}{number}{place}" for number in range(len(routes)) for place in "hs")
    return f"SUM([{','.join(ids)}])"


def _by_route(prefix: str, routes: Sequence[Route]) -> Iterator[Entry]:
    for number, route in enumerate(routes):
        both = f"SUM([{prefix}{number}h,{prefix}{number}s])"
        yield expression(both, str(route), f"route{number}")


def _by_path(prefix: str, routes: Sequence[Route], paths: Sequence[str]) -> Iterator[Entry]:
    for place, path in enumerate(paths):
        numbers = [number for number, route in enumerate(routes) if route.path == path]
        ids = ",".join(f"{prefix}{number}{region}" for number in numbers for region in "hs")
        yield expression(f"SUM([{ids}])", path, f"path{place}")


def _latency(percentile: str, route: Route, profile: Profile) -> Entry:
    """As the routers of the route's own region see it: percentiles cannot be added up."""
    region = HOME if route.region == profile.regions.home else STANDBY
    about = {"Region": route.region, "Path": route.path}
    return entry(f"latency_{percentile}", region, about, label=str(route))
