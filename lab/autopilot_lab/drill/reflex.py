"""Measures the reflex: how long each part of the way from fault to effect took, what it cost."""

from __future__ import annotations

from collections.abc import Sequence

from autopilot.domain.allocation import Route
from autopilot_lab.drill.evidence import Effect, Reflex, ReflexParts, Run
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.event_log import Event, EventLog
from autopilot_lab.emulator.world.series import Sample
from autopilot_lab.emulator.world.service import SimulatedService


def measure(
    aws: EmbeddedAws,
    effect: Effect | None,
    runs: Sequence[Run],
    service: SimulatedService,
    *,
    start: float,
    fault_at: int | None,
) -> Reflex:
    """The way to `effect`, the first one after the fault; without one there is no reflex."""
    if effect is None or effect.call is None:
        return Reflex(0, 0, None)
    invocation = _invocation(aws.log, effect.call)
    caller = str(invocation["caller"]) if invocation else ""
    entered = [s for run in runs if run.name in caller for s in run.states if s.at <= effect.at]
    return Reflex(
        transitions=len(entered),
        calls=_calls(aws.log, effect.call),
        parts=_parts(aws, effect, service, start, fault_at),
    )


def _invocation(log: EventLog, call: Event) -> Event | None:
    found = log.of("invocation", invocation=call["invocation"])
    return found[0] if found else None


def _calls(log: EventLog, call: Event) -> int:
    """AWS calls of the invocation up to and including this one."""
    made = log.of("call", invocation=call["invocation"])
    return next(n for n, one in enumerate(made, start=1) if one is call)


def _parts(
    aws: EmbeddedAws, effect: Effect, service: SimulatedService, start: float, fault_at: int | None
) -> ReflexParts | None:
    """Every part of the way; None when it did not begin with a fault and a route's alarm."""
    call = effect.call
    alarm = _alarm_behind(aws, effect)
    if fault_at is None or alarm is None or call is None:
        return None
    settings = aws.alarms.get(alarm["name"], alarm["region"]).settings
    if "Threshold" not in settings:
        return None  # a composite has no periods of its own
    rung_at, called_at = alarm["t"] - start, call["t"] - call["seconds"] - start
    threshold, wanted = float(settings["Threshold"]), int(settings["DatapointsToAlarm"])
    bad = _bad_periods(service.series.samples, _failing_route(effect), fault_at, threshold)
    seen = [end for end in bad if end <= rung_at][:wanted]
    if not seen:
        return None
    return ReflexParts(
        metric_period=seen[0] - fault_at,
        evaluation=seen[-1] - seen[0],
        ingestion=rung_at - seen[-1],
        start=called_at - rung_at,
        write=effect.at - called_at,
        router_poll=_taken_up_at(service, effect) - effect.at,
    )


def _alarm_behind(aws: EmbeddedAws, effect: Effect) -> Event | None:
    """The alarm that the effect's cause names, when it last went off before the effect."""
    call_at = effect.call["t"] if effect.call else 0.0
    rings = [
        alarm
        for alarm in aws.log.of("alarm", state="ALARM")
        if alarm["t"] <= call_at and alarm["name"] in effect.why
    ]
    return rings[-1] if rings else None


def _failing_route(effect: Effect) -> Route:
    """The route that lost most by the effect."""
    gone = effect.after.allocation.gains(effect.before)
    return max(gone, key=lambda route: gone[route])


def _bad_periods(
    samples: Sequence[Sample], route: Route, fault_at: int, threshold: float
) -> list[int]:
    """Ends of the route's periods above the alarm's threshold, from the fault on."""
    return [
        sample.end_seconds
        for sample in samples
        if sample.end_seconds > fault_at
        and sample.route_failures.get(route, 0) > threshold * sample.route_requests.get(route, 0)
    ]


def _taken_up_at(service: SimulatedService, effect: Effect) -> float:
    """When the last router had this allocation or a newer one."""
    wanted = effect.after.order
    adopted = [
        next((second for second, seen in router.taken_up if seen.order >= wanted), None)
        for router in service.routers
    ]
    return max((float(second) for second in adopted if second is not None), default=effect.at)
