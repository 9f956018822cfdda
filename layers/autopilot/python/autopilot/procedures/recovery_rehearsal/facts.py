"""What a restore of the ledger would rest on: backups, the last try, trails. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.instants import instant
from autopilot.domain.preflight import Check
from autopilot.procedures.preflight.judged import Judged, go, no_go, warn

if TYPE_CHECKING:
    from autopilot.domain.inventory import BackupFacts
    from autopilot.domain.rehearsal_section import RehearsalSection
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.preflight.reading import Read, Reader

#: The last restore that was tried or carried out: docs/rehearsal.md.
LAST_RESTORE: Final = "restore/last"
_VERIFIED: Final = "trail-verified/"
_ARCHIVED: Final = "retention-report/"
_DAY_MS: Final = 86_400_000
_LEDGER: Final = "the ledger, strongly consistent"


@dataclass(frozen=True, slots=True)
class RestoreFacts:
    """The facts as checks, and the numbers that an estimate is made of."""

    checks: tuple[Check, ...]
    latest_ms: int | None  #: newest instant that can be restored, in any region
    took_seconds: int | None  #: by the last restore of a copy; None when none was tried


def restore_facts(dependencies: Dependencies, reader: Reader) -> RestoreFacts:
    """Ask both regions for their backups, and the ledger for what was tried and verified."""
    regions = dependencies.profile.regions
    both = (regions.home, regions.standby)
    windows = {region: _window(dependencies, reader, region) for region in both}
    last = reader.read(_LEDGER, lambda: dependencies.gate.find_record(LAST_RESTORE))
    known = [read.value.latest_ms for read in windows.values() if read.value is not None]
    return RestoreFacts(
        checks=tuple(_checks(dependencies, reader, windows, last)),
        latest_ms=max(known, default=None),
        took_seconds=int(last.value["seconds"]) if last.value else None,
    )


def _window(dependencies: Dependencies, reader: Reader, region: str) -> Read[BackupFacts | None]:
    return reader.read(
        f"dynamodb:DescribeContinuousBackups in {region}",
        lambda: dependencies.inventory.backups.window(region),
    )


def _checks(
    dependencies: Dependencies,
    reader: Reader,
    windows: Mapping[str, Read[BackupFacts | None]],
    last: Read[Mapping[str, Any] | None],
) -> Iterator[Check]:
    section, now_ms = dependencies.profile.rehearsal, dependencies.clock.now_ms()
    for region, found in windows.items():
        yield reader.check(f"backup/{region}", "point-in-time recovery is on", found, backup)
    limit = f"within {section.restore_days} days"
    yield reader.check(
        "restore-tried", limit, last, lambda said: tried(said, now_ms, section.restore_days)
    )
    for region in windows:
        yield _of_trail(dependencies, reader, f"trail/{region}", _VERIFIED + region, verified)
        yield _of_trail(dependencies, reader, f"archive/{region}", _ARCHIVED + region, archived)


def _of_trail(
    dependencies: Dependencies,
    reader: Reader,
    name: str,
    record: str,
    judge: Callable[[Mapping[str, Any] | None, int, int], Judged],
) -> Check:
    section: RehearsalSection = dependencies.profile.rehearsal
    now_ms = dependencies.clock.now_ms()
    found = reader.read(_LEDGER, lambda: dependencies.gate.find_record(record))
    limit = f"within {section.verified_days} days"
    return reader.check(name, limit, found, lambda said: judge(said, now_ms, section.verified_days))


def backup(facts: BackupFacts | None) -> Judged:
    """The ledger's table in one region can be restored, from when to when."""
    if facts is None:
        return no_go("off", "there is nothing to restore from: see foundation.yaml, Ledger")
    return go(
        f"{instant(facts.earliest_ms)} to {instant(facts.latest_ms)}",
        "any second between can be restored",
    )


def tried(last: Mapping[str, Any] | None, now_ms: int, days: int) -> Judged:
    """When a copy was last restored and verified. Without that nobody knows whether it works."""
    how = 'start ledger_restore with {"mode": "execute"}'
    if last is None:
        return warn("never", f"nobody knows how long a restore takes: {how}")
    age = (now_ms - int(last["ended_ms"])) // _DAY_MS
    observed = f"{age} days ago, in {int(last['seconds'])} s"
    if not last["verified"]:
        return no_go(observed, f"the copy did not verify: {last['detail']}")
    return go(observed, "the copy verified") if age <= days else warn(observed, f"too long: {how}")


def verified(last: Mapping[str, Any] | None, now_ms: int, days: int) -> Judged:
    """The trail that a restore is measured against is itself sound."""
    if last is None:
        return warn("never verified", "verify_trail has not run here yet")
    age = (now_ms - int(last["verified_ms"])) // _DAY_MS
    if not last["verified"]:
        return no_go("damaged", "the trail does not verify: docs/trail.md")
    return _aged(age, days, "it verified")


def archived(last: Mapping[str, Any] | None, now_ms: int, days: int) -> Judged:
    """What was sealed lies in both regions' archives too."""
    if last is None:
        return warn("never archived", "audit_archive has not run here yet")
    return _aged((now_ms - int(last["at_ms"])) // _DAY_MS, days, "the archive ran")


def _aged(age: int, days: int, well: str) -> Judged:
    observed = f"{age} days ago"
    return go(observed, well) if age <= days else warn(observed, "that is too long ago")
