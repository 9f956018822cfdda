"""Reads what the checks need, and lets them judge it. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.burn_rate import FAST, SLOW, TRICKLE
from autopilot.errors import Transient
from autopilot.gate.door import PLANNER
from autopilot.ports import AlarmFacts, Ask, Measure
from autopilot.procedures.health_sweep.checks import (
    bedrock,
    endpoints,
    ledger,
    preflight,
    regions,
    signals,
    traffic,
)
from autopilot.procedures.health_sweep.fitness import sweep_record
from autopilot.procedures.health_sweep.request import read_sweep
from autopilot.procedures.health_sweep.result import findings_of, result, summed
from autopilot.procedures.health_sweep.review import compare, days_before
from autopilot.procedures.health_sweep.scene import Scene, attempt
from autopilot.procedures.health_sweep.unanswered import unanswered
from autopilot.procedures.observation import observe
from autopilot.procedures.preflight.looking import look as look_at_move
from autopilot.procedures.preflight.memory import to_record
from autopilot.procedures.vantages import observations

if TYPE_CHECKING:
    from autopilot.domain.allocation import Route
    from autopilot.domain.fitness import Ceiling
    from autopilot.domain.health_score import Finding
    from autopilot.domain.sweep_section import BedrockModel
    from autopilot.ports import Series
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

_HOUR_SECONDS: Final = 3_600
_HOURLY: Final = Ask(Measure.FAILED, _HOUR_SECONDS)


def look(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """The light part of every sweep: what can change from one minute to the next."""
    request = read_sweep(message, dependencies)
    scene, unread = _scene(dependencies)
    probed, alarms = list(_probed(scene, dependencies)), list[AlarmFacts]()
    findings = [
        *unread,
        *_traffic(scene, dependencies),
        *_signals(scene, dependencies, alarms),
        *_automation(scene, dependencies),
        *probed,
    ]
    ceilings = regions.ceilings(scene, probed)
    said = result(scene, findings, ceilings, mode=request.mode, kind=request.kind)
    return said | {"unanswered": unanswered(scene, alarms, dependencies)}


def look_further(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """What a full sweep adds: longer windows, Bedrock, the service's own endpoints, the week."""
    read_sweep(message, dependencies)
    sweep: Mapping[str, Any] = message["sweep"]
    scene, _ = _scene(dependencies)
    limits: dict[Route, Ceiling] = {}
    findings = [
        *findings_of(sweep),
        *_long_windows(scene, dependencies),
        *_bedrock(scene, dependencies, limits),
        *_endpoints(scene, dependencies),
    ]
    items = {str(route): ceiling.to_item() for route, ceiling in limits.items()}
    fuller = {**sweep, **summed(findings, scene.profile.sweep.weights), "limits": items}
    return fuller | _review(fuller, scene, dependencies)


def look_over(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Whether the load could move here, if the other region were lost: what a full sweep ends with.

    The other region is asked as well, so that its peak is known when it cannot be asked any more.
    """
    read_sweep(message, dependencies)
    sweep: Mapping[str, Any] = message["sweep"]
    regions, here = dependencies.profile.regions, dependencies.region
    lost = regions.home if here == regions.standby else regions.standby
    looked = look_at_move(dependencies, here, lost, reachable=True)
    findings = [*findings_of(sweep), *preflight.findings(looked.preflight)]
    kept = to_record(looked.preflight, looked.peaks, str(message["run"]))
    summary = summed(findings, dependencies.profile.sweep.weights)
    return {**sweep, **summary, "preflight": kept}


def _scene(dependencies: Dependencies) -> tuple[Scene, list[Finding]]:
    profile, now_ms = dependencies.profile, dependencies.clock.now_ms()
    try:
        view = dependencies.gate.read()
    except Transient as error:
        scene = Scene(profile, dependencies.region, now_ms, None)
        return scene, [ledger.unreadable(scene, str(error))]
    return Scene(profile, dependencies.region, now_ms, view), []


# -- light -------------------------------------------------------------------------------------


def _traffic(scene: Scene, dependencies: Dependencies) -> Iterator[Finding]:
    yield from attempt("service", scene.service, lambda: _verdicts(scene, dependencies))
    yield from attempt("burn", FAST.name, lambda: _last_hour(scene, dependencies))


def _verdicts(scene: Scene, dependencies: Dependencies) -> Iterable[Finding]:
    thresholds = scene.profile.thresholds
    observation = observe(
        dependencies.telemetry,
        scene.routes,
        thresholds,
        since_ms=scene.now_ms - thresholds.fresh_seconds * 1000,
        now_ms=scene.now_ms,
    )
    return traffic.verdicts(scene, observation)


def _last_hour(scene: Scene, dependencies: Dependencies) -> Iterator[Finding]:
    """Burn rate and latency in one call, because it is made every few minutes."""
    slow = traffic.slow(scene)
    read = _read(scene, dependencies, (traffic.FAILED, slow), FAST.long_seconds)
    yield from traffic.burn(scene, FAST, read[traffic.FAILED])
    yield from traffic.latency(scene, read[slow])


def _signals(
    scene: Scene, dependencies: Dependencies, found: list[AlarmFacts]
) -> Iterator[Finding]:
    """What should have told somebody; the alarms are added to `found`."""

    def alarms() -> Iterable[Finding]:
        for prefix in (f"{scene.service}-", f"autopilot-{scene.service}-"):
            found.extend(dependencies.alarms.begin_with(prefix))
        return signals.alarms(scene, found)

    yield from attempt("alarms", scene.region, alarms)
    yield from attempt(
        "queues", scene.region, lambda: signals.queues(dependencies.queues.waiting())
    )


def _automation(scene: Scene, dependencies: Dependencies) -> Iterator[Finding]:
    def other_sweep() -> Iterable[Finding]:
        name = sweep_record(regions.other_region(scene))
        return regions.other_sweep(scene, dependencies.gate.find_record(name))

    yield from attempt("sweeps", regions.other_region(scene), other_sweep)
    yield from attempt("ledger", scene.service, lambda: _ledger(scene, dependencies))


def _ledger(scene: Scene, dependencies: Dependencies) -> Iterator[Finding]:
    if scene.view is None:
        return
    gate, holder = dependencies.gate, scene.view.lease.holder
    record = gate.find_record(f"run/{holder}") if holder else None
    yield from ledger.facts(scene, scene.view, gate.find_record(PLANNER), record)


def _probed(scene: Scene, dependencies: Dependencies) -> Iterator[Finding]:
    def judge() -> Iterable[Finding]:
        return regions.probed(scene, observations(dependencies.gate))

    yield from attempt("regions", scene.region, judge)


# -- full --------------------------------------------------------------------------------------


def _long_windows(scene: Scene, dependencies: Dependencies) -> Iterator[Finding]:
    def hours() -> Iterator[Finding]:
        read = _read(scene, dependencies, (traffic.FAILED,), SLOW.long_seconds)
        yield from traffic.burn(scene, SLOW, read[traffic.FAILED])

    def days() -> Iterator[Finding]:
        read = _read(scene, dependencies, (_HOURLY,), TRICKLE.long_seconds)
        yield from traffic.burn(scene, TRICKLE, read[_HOURLY])

    def efficiency() -> Iterator[Finding]:
        ask = traffic.SECOND_CHOICE
        read = _read(scene, dependencies, (ask,), traffic.EFFICIENCY_SECONDS)
        yield from traffic.efficiency(scene, read[ask])

    yield from attempt("burn", SLOW.name, hours)
    yield from attempt("burn", TRICKLE.name, days)
    yield from attempt("efficiency", scene.service, efficiency)


def _bedrock(
    scene: Scene, dependencies: Dependencies, limits: dict[Route, Ceiling]
) -> Iterator[Finding]:
    """Every model in every region; what a quota forbids is added to `limits`."""
    for region in (scene.profile.regions.home, scene.profile.regions.standby):
        for model in scene.profile.bedrock.models:
            subject = f"{region}/{model.path} {model.profile}"

            def judge(model: BedrockModel = model, region: str = region) -> Iterator[Finding]:
                return _model(scene, dependencies, model, region, limits)

            yield from attempt("quotas", subject, judge)


def _model(
    scene: Scene,
    dependencies: Dependencies,
    model: BedrockModel,
    region: str,
    limits: dict[Route, Ceiling],
) -> Iterator[Finding]:
    load = dependencies.inventory.use.load(
        region,
        model.model,
        model.profile,
        since_ms=scene.now_ms - bedrock.PEAK_SECONDS * 1000,
        until_ms=scene.now_ms,
    )
    yield from bedrock.throttles(scene, model, region, load)
    kinds = (
        ("requests", model.requests_quota, load.peak_requests),
        ("tokens", model.tokens_quota, load.peak_tokens),
    )
    found: list[bedrock.Limit] = []
    for kind, code, peak in kinds:

        def judge(kind: str = kind, code: str = code, peak: int | None = peak) -> Iterator[Finding]:
            limit = bedrock.Limit(
                kind, code, dependencies.inventory.quotas.quota(region, code), peak
            )
            found.append(limit)
            yield from bedrock.headroom(scene, model, region, limit)

        yield from attempt("quotas", f"{region}/{model.path} {kind} ({code})", judge)
    limits.update(bedrock.ceiling(scene, model, region, tuple(found)))


def _endpoints(scene: Scene, dependencies: Dependencies) -> Iterator[Finding]:
    address = scene.profile.service.endpoint

    def detailed() -> Iterable[Finding]:
        answer = dependencies.endpoints.get_json(address + endpoints.DETAILED)
        return endpoints.detailed(scene, answer)

    def support() -> Iterable[Finding]:
        return endpoints.support(dependencies.endpoints.get_json(address + endpoints.SUPPORT))

    yield from attempt("endpoints", endpoints.DETAILED, detailed)
    yield from attempt("support", endpoints.SUPPORT, support)


def _review(sweep: Mapping[str, Any], scene: Scene, dependencies: Dependencies) -> dict[str, Any]:
    """The last two weeks, when a review was asked for."""
    if sweep["kind"] != "review":
        return {}
    scores: dict[str, int] = {}
    for name in days_before(scene.now_ms, scene.region):
        record = dependencies.gate.find_record(name)
        if record is not None:
            scores[name] = int(record["score"])
    return {"review": compare(scores, scene.now_ms, scene.region)}


def _read(
    scene: Scene, dependencies: Dependencies, asks: tuple[Ask, ...], seconds: int
) -> Mapping[Ask, Series]:
    """Whole periods that reach back `seconds` and a period more."""
    period_ms = max(ask.period_seconds for ask in asks) * 1000
    since_ms = (scene.now_ms - seconds * 1000) // period_ms * period_ms
    return dependencies.levels.read(asks, scene.routes, since_ms=since_ms, until_ms=scene.now_ms)
