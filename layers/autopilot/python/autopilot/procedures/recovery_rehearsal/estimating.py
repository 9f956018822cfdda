"""How long each recovery would take, and what would be lost: parts, measured or stated."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from autopilot.domain.failover import LOSS_BUDGET
from autopilot.domain.rehearsal import Basis, Estimate, Part, Recovery

if TYPE_CHECKING:
    from autopilot.domain.profile import Profile
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.preflight.reading import Reader
    from autopilot.procedures.recovery_rehearsal.facts import RestoreFacts

_FAILOVER: Final = "regional_failover"
_RESTORE: Final = "ledger_restore"
_MINUTE_SECONDS: Final = 60
_MS: Final = 1000
_LAG_SECONDS: Final = 900  #: metrics of copies come each minute, at best
_NEVER: Final = "no restore was tried yet, so nobody knows how long AWS takes for a copy"


def of_failover(
    dependencies: Dependencies, reader: Reader, target: str, flown_seconds: int
) -> Estimate:
    """From the loss of a region until the last client is served; what copies are behind."""
    profile = dependencies.profile
    unknown = "" if profile.failover else "the profile has no failover section"
    parts = tuple(_failover_parts(profile, flown_seconds))
    return Estimate(Recovery.FAILOVER, parts, _behind(dependencies, reader, target), unknown)


def _failover_parts(profile: Profile, flown_seconds: int) -> Iterator[Part]:
    probes = profile.probes
    seen = (probes.failures + 1) * probes.interval_seconds
    yield Part("detection", seen, Basis.STATED)
    yield _budgeted("start")
    yield Part("pre-flight", flown_seconds, Basis.MEASURED)
    if not (profile.failover and profile.failover.automatic):
        yield Part("approval, at most", _asked_seconds(profile, _FAILOVER), Basis.STATED)
    section = profile.failover
    if section is not None and section.database is not None:
        seconds = section.hand_over_seconds + section.database.seconds_max
        yield Part("database, at most", seconds, Basis.STATED)
    for name in ("writes, weight and clients", "health check", "DNS"):
        yield _budgeted(name)


def _budgeted(name: str) -> Part:
    """What only a real loss would measure: docs/failover.md, "The budget"."""
    return Part(name, LOSS_BUDGET[name], Basis.STATED)


def _asked_seconds(profile: Profile, kind: str) -> int:
    rule = profile.approvals.get(kind)
    return rule.expires_minutes * _MINUTE_SECONDS if rule and rule.needed else 0


def _behind(dependencies: Dependencies, reader: Reader, target: str) -> int | None:
    """Seconds of the copy that is furthest behind; None when one does not say.

    The ledger itself is not behind: a write is acknowledged by two regions.
    """
    now_ms, worst = dependencies.clock.now_ms(), 0
    for copy in dependencies.profile.preflight.copies:
        if copy.region != target:
            continue
        ask = partial(
            dependencies.inventory.copies.lag,
            copy.region,
            (copy.source_bucket, copy.bucket, copy.rule),
            since_ms=now_ms - _LAG_SECONDS * _MS,
            until_ms=now_ms,
        )
        found = reader.read(f"cloudwatch:GetMetricData AWS/S3 in {copy.region}", ask)
        if found.value is None:
            return None
        worst = max(worst, found.value.seconds)
    return worst


def of_restore(profile: Profile, facts: RestoreFacts, now_ms: int) -> Estimate:
    """From the start of ledger_restore until the ledger is back, with its people's answer."""
    lost = None if facts.latest_ms is None else max(0, now_ms - facts.latest_ms) // _MS
    if facts.took_seconds is None:
        return Estimate(Recovery.RESTORE, (), lost, _NEVER)
    asked = Part("approval, at most", _asked_seconds(profile, _RESTORE), Basis.STATED)
    copied = Part("copy, verification, write", facts.took_seconds, Basis.MEASURED)
    return Estimate(Recovery.RESTORE, (copied, asked), lost)
