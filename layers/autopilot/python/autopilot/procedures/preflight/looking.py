"""Carries a pre-flight out: every check of a move, in a bounded time. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from autopilot.domain.allocation import WHOLE
from autopilot.domain.inventory import Peak
from autopilot.domain.plan import ActKind
from autopilot.domain.preflight import Check, Preflight
from autopilot.domain.probes import region_verdict
from autopilot.errors import Transient
from autopilot.gate.budget import REMEDIATION
from autopilot.procedures.preflight.checks import ledger, place, settings
from autopilot.procedures.preflight.databases import database_checks
from autopilot.procedures.preflight.guardrails import guardrail_checks
from autopilot.procedures.preflight.memory import NOTHING, Memory, remember
from autopilot.procedures.preflight.move import Move
from autopilot.procedures.preflight.per_model import ModelLook
from autopilot.procedures.preflight.reading import Read, Reader
from autopilot.procedures.vantages import observations

if TYPE_CHECKING:
    from autopilot.domain.preflight_section import CopiedBucket
    from autopilot.gate.ledger import LedgerView
    from autopilot.ports import EndpointAnswer
    from autopilot.procedures.dependencies import Dependencies

_LEDGER: Final = "the ledger, strongly consistent"
_LAG_SECONDS: Final = 900  #: metrics of copies come each minute, at best


@dataclass(frozen=True, slots=True)
class Looked:
    """A pre-flight, and the peaks of both regions together, for the record."""

    preflight: Preflight
    peaks: Mapping[str, Peak]  #: by subject of the model; none while one region is not asked


def preflight_of(
    dependencies: Dependencies,
    target: str,
    lost: str | None = None,
    *,
    reachable: bool = False,
    holder: str = "",
) -> Preflight:
    """Every check of a move of the whole load to `target`.

    `lost` is the other region when it is gone: it is judged so, and no call goes there, unless it
    is `reachable` and only supposed to be lost (a rehearsal, the daily sweep). `holder` is the run
    that asks: the lease that it holds itself is no obstacle. Raises `BadInput` for regions that
    make no move; whatever cannot be read is a check that says NO-GO.
    """
    return look(dependencies, target, lost, reachable=reachable, holder=holder).preflight


def look(
    dependencies: Dependencies,
    target: str,
    lost: str | None = None,
    *,
    reachable: bool = False,
    holder: str = "",
) -> Looked:
    """As `preflight_of`, with what a record of it needs besides."""
    now_ms = dependencies.clock.now_ms()
    move = Move.of(
        dependencies.profile,
        target,
        lost=lost,
        reachable=reachable,
        runs_in=dependencies.region,
        holder=holder,
        now_ms=now_ms,
    )
    memory = _memory(dependencies, move)
    reader = Reader(dependencies.clock, move.profile.preflight.seconds_max, memory)
    looks = [
        ModelLook(move, model, dependencies.inventory, reader, memory)
        for model in move.profile.bedrock.models
    ]
    checks = (
        *_standing(dependencies, move, reader),
        *(check for each in looks for check in each.of_this_minute()),
        *_paths(dependencies, move, reader),
        *(check for each in looks for check in each.of_these_days()),
        *_settings(dependencies, move, reader),
    )
    peaks = {each.subject: each.peak_now for each in looks if each.peak_now is not None}
    preflight = Preflight(move.source, target, checks, now_ms, _carries(move, looks))
    return Looked(preflight, peaks)


def _memory(dependencies: Dependencies, move: Move) -> Memory:
    """Only of a region that is lost: everybody else can ask again.

    Without a ledger nothing is remembered; the checks of the ledger say so themselves.
    """
    if move.is_asked:
        return NOTHING
    hours = move.profile.preflight.remembered_hours
    try:
        return remember(dependencies.gate, move.target, now_ms=move.now_ms, hours_max=hours)
    except Transient:
        return NOTHING


def _carries(move: Move, looks: list[ModelLook]) -> int | None:
    """The narrowest of proven capacity and every quota; None once one is not known."""
    parts = [place.capacity(move), *(each.carries_percent for each in looks)]
    known = [part for part in parts if part is not None]
    return min([*known, WHOLE]) if len(known) == len(parts) else None


# -- what the automation knows by itself ---------------------------------------------------------


def _standing(dependencies: Dependencies, move: Move, reader: Reader) -> Iterator[Check]:
    here = Read("the region of this run", move, move.now_ms)
    yield reader.check("orchestrator", move.target, here, place.orchestrator)
    yield _region(dependencies, move, reader)
    described = Read("the profile of the service", move, move.now_ms)
    yield reader.check("proven-capacity", f"{WHOLE} %", described, place.proven)
    view = reader.read(_LEDGER, dependencies.gate.read)
    yield from _ledger(move, reader, view)
    hours = Read("the profile's calendar", move.profile.business_hours, move.now_ms)
    yield reader.check("calendar", "working hours", hours, lambda said: ledger.calendar(move, said))
    yield _lag(dependencies, move, reader, view)
    for copy in move.profile.preflight.copies:
        if copy.region == move.target:
            yield _copy_lag(dependencies, move, reader, copy)
    yield from database_checks(dependencies, move, reader)


def _region(dependencies: Dependencies, move: Move, reader: Reader) -> Check:
    fresh_seconds = move.profile.probes.fresh_seconds
    seen = reader.read("records probes/…", lambda: observations(dependencies.gate))
    return reader.check(
        f"region/{move.target}",
        f"healthy from 2 vantages, within {fresh_seconds} s",
        seen,
        lambda said: place.region(region_verdict(said, move.target, move.now_ms, fresh_seconds)),
    )


def _ledger(move: Move, reader: Reader, view: Read[LedgerView]) -> Iterator[Check]:
    runs_max = move.profile.brakes.remediation.runs_max
    yield reader.check("stop-lever", "free", view, ledger.lever)
    yield reader.check("lease", "free, or our own", view, lambda said: ledger.lease(move, said))
    yield reader.check("journal", "room for every step", view, ledger.journal)
    yield reader.check(
        f"budget/{REMEDIATION}",
        f"fewer than {runs_max} runs",
        view,
        lambda said: ledger.budget(move, said, REMEDIATION, runs_max),
    )
    if (section := move.profile.failover) is not None:
        yield reader.check(
            f"budget/{ActKind.FAILOVER}",
            f"fewer than {section.runs_max} runs",
            view,
            lambda said: ledger.budget(move, said, ActKind.FAILOVER, section.runs_max),
        )


def _lag(dependencies: Dependencies, move: Move, reader: Reader, view: Read[LedgerView]) -> Check:
    known = (0, 0) if view.value is None else (view.value.epoch, view.value.version)
    replica = reader.read(
        f"dynamodb:GetItem ConsistentRead in {move.target}",
        lambda: dependencies.inventory.replicas.ledger_version(move.target),
    )
    return reader.check(
        "data-lag/ledger",
        f"{move.profile.objectives.rpo_minutes} min",
        replica,
        lambda said: place.ledger_lag(move, said, known),
    )


def _copy_lag(dependencies: Dependencies, move: Move, reader: Reader, copy: CopiedBucket) -> Check:
    """The region of the copy tells it, so that a lost region is not asked."""
    found = reader.read(
        f"cloudwatch:GetMetricData AWS/S3 in {copy.region}",
        lambda: dependencies.inventory.copies.lag(
            copy.region,
            (copy.source_bucket, copy.bucket, copy.rule),
            since_ms=move.since(_LAG_SECONDS),
            until_ms=move.now_ms,
        ),
    )
    aged = found
    if found.at_ms is not None and found.value is not None:
        aged = Read(found.source, found.value, found.value.at_ms)
    limit = f"{move.profile.objectives.rpo_minutes} min"
    return reader.check(f"data-lag/{copy.name}", limit, aged, partial(place.lag, move))


# -- what is set up in the target ----------------------------------------------------------------


def _settings(dependencies: Dependencies, move: Move, reader: Reader) -> Iterator[Check]:
    inventory = dependencies.inventory
    yield from guardrail_checks(move, inventory, reader)
    yield _logging(dependencies, move, reader)
    for alias in move.profile.preflight.keys:
        found = reader.read(
            f"kms:DescribeKey in {move.target}", partial(inventory.keys.key, move.target, alias)
        )
        yield reader.check(f"key/{alias}", settings.ENABLED, found, settings.key, remembered=True)


def _logging(dependencies: Dependencies, move: Move, reader: Reader) -> Check:
    """As the profile says; when it says nothing, as in the region that is left."""
    name, models = "invocation-logging", dependencies.inventory.models
    wanted = move.profile.preflight.invocation_logging
    call = "bedrock:GetModelInvocationLoggingConfiguration in"
    there = reader.read(f"{call} {move.target}", lambda: models.invocation_logging(move.target))
    if wanted is None and move.is_asked:
        here = reader.read(f"{call} {move.source}", lambda: models.invocation_logging(move.source))
        wanted = here.value
        there = there if here.at_ms is not None else Read(here.source, None, None, here.why)
    if wanted is None and there.at_ms is not None:
        why = f"{move.source} is not asked, and preflight.invocation_logging does not say"
        there = Read(there.source, None, None, why)
    limit = {True: "on", False: "off", None: f"as in {move.source}"}[wanted]
    return reader.check(
        name,
        limit,
        there,
        lambda said: settings.invocation_logging(wanted=bool(wanted), found=said),
        remembered=True,
    )


def _paths(dependencies: Dependencies, move: Move, reader: Reader) -> Iterator[Check]:
    """Every path as the region itself sees it; tools of those that are no model of ours."""
    there = _detailed(dependencies, move, reader, move.target)
    here = _detailed(dependencies, move, reader, move.source).value if move.is_asked else None
    direct = {model.path for model in move.profile.bedrock.models}
    for name in move.profile.paths:
        yield reader.check(f"path/{name}", "healthy", there, partial(place.path, name))
        if name not in direct:
            yield reader.check(
                f"tools/{name}",
                "the same in both regions",
                there,
                partial(place.tools, name, here),
                remembered=True,
            )


def _detailed(
    dependencies: Dependencies, move: Move, reader: Reader, region: str
) -> Read[EndpointAnswer]:
    url = move.profile.probes.urls[region]
    return reader.read(f"GET {url}", lambda: dependencies.endpoints.get_json(url))
