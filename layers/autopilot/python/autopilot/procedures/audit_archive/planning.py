"""What is due: packs to be archived, and classes of which something has come to its end."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, Final

from autopilot.audit.layout import SEGMENTS, TILE_WIDTH, segment_index
from autopilot.audit.pack import PackName, names
from autopilot.audit.segment import Manifest
from autopilot.audit.tiles import LogReader, MissingTile
from autopilot.domain.instants import day_of, start_ms
from autopilot.domain.retention import RetentionClass
from autopilot.errors import Inconsistent
from autopilot.procedures.audit_archive.request import RUNBOOK, ArchiveRequest
from autopilot.procedures.requests import read_request

if TYPE_CHECKING:
    from autopilot.archives import Archives
    from autopilot.procedures.dependencies import Dependencies

#: Of one round of a run; the machine comes back for more.
PACKS_MAX: Final = 100


def plan(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """The packs that are due after `cursor`, and what would be let go; or the hold to place."""
    request = read_request(
        ArchiveRequest, message["request"], runbook=RUNBOOK, service=dependencies.service
    )
    request.require_whole()
    if request.action != "archive":
        return _about_a_hold(request)
    cursor = message.get("cursor") or None
    due = [name for name in due_packs(dependencies) if cursor is None or name > PackName.of(cursor)]
    chosen, ending = due[:PACKS_MAX], ending_classes(dependencies)
    dry = request.mode == "dry_run"
    return {
        "outcome": "dry_run" if dry else "planned",
        "summary": _summary(len(due), ending, dry=dry),
        "packs": [name.to_dict() for name in chosen],
        "cursor": chosen[-1].to_dict() if chosen else (cursor or {}),
        "more": len(due) > len(chosen),
        "ending": {kept.value: before for kept, before in ending.items()},
    }


def _about_a_hold(request: ArchiveRequest) -> dict[str, Any]:
    hold = request.hold.hold if request.hold and request.action == "hold" else None
    dry = request.mode == "dry_run"
    said = "held" if hold else "held no longer"
    listed = ", ".join(kept.value for kept in request.classes)
    return {
        "outcome": "dry_run" if dry else request.action,
        "summary": f"Entries of class {listed} {'would be' if dry else 'are'} {said}.",
        "hold": hold.to_dict() if hold else {},
        "classes": [kept.value for kept in request.classes],
    }


def _summary(due: int, ending: Mapping[RetentionClass, str], *, dry: bool) -> str:
    gone = [f"{kept} sealed before {before}" for kept, before in ending.items()]
    would = " This run changes nothing." if dry else ""
    return f"{due} packs are due for the archive; to let go: {', '.join(gone) or 'nothing'}.{would}"


def due_packs(dependencies: Dependencies) -> list[PackName]:
    """Packs that are to be moved, and those that one copy has and another never had, in order."""
    return sorted({*_to_move(dependencies), *_to_mend(dependencies)})


def _to_move(dependencies: Dependencies) -> list[PackName]:
    """Packs of which a segment still lies in the log's bucket though its day is settled."""
    archives, size = dependencies.archives, _size(dependencies)
    hot = {index for index in hot_segments(archives) if index < size}
    if not hot:
        return []
    now_ms, periods = dependencies.clock.now_ms(), dependencies.profile.archive.periods
    settled = takewhile(
        lambda each: periods.is_settled(day_of(each.sealed_ms), now_ms),
        _from_day_of(LogReader(archives.log, size), min(hot)),
    )
    manifests = {each.index: each for each in settled}
    return [
        name
        for name in names(manifests.values())
        if any(
            index in hot and name.holds(manifests[index])
            for index in range(name.first, name.last + 1)
        )
    ]


def _to_mend(dependencies: Dependencies) -> Iterator[PackName]:
    """Packs of the log that one copy has, and another has no version of: a round of them.

    What is hidden there by a mark of deletion, or was overlaid, is for people: the version beneath
    is locked, and evidence. What somebody else has put into a copy is not spread.
    """
    log = LogReader(dependencies.archives.log, _size(dependencies))

    @cache
    def of_day(day: str) -> list[PackName]:
        manifests = manifests_from(log, first_sealed_from(log, start_ms(day)))
        return names(takewhile(lambda each: day_of(each.sealed_ms) == day, manifests))

    kept = _kept(sorted(_lacking(dependencies.archives)), dependencies)
    return islice((name for name in kept if name in of_day(name.sealed_on)), PACKS_MAX + 1)


def _lacking(archives: Archives) -> set[PackName]:
    """What is present in some copy, and has no version in some other."""
    known: list[frozenset[PackName]] = []
    present: set[PackName] = set()
    for copy in archives.copies:
        listed = list(copy.store.objects())
        known.append(_packs(each.key for each in listed))
        present |= _packs(each.key for each in listed if not each.deleted)
    return present - known[0].intersection(*known[1:])


def _kept(found: Iterable[PackName], dependencies: Dependencies) -> Iterator[PackName]:
    """Those that are to be in the archive now: settled, not let go, and not about to be."""
    now_ms, periods = dependencies.clock.now_ms(), dependencies.profile.archive.periods
    horizons = dependencies.gate.endings.horizons(dependencies.region)
    for name in found:
        was_let_go = start_ms(name.sealed_on) < horizons[name.retention.value]
        is_over = name.sealed_on < periods.ends_before(name.retention, now_ms)
        if periods.is_settled(name.sealed_on, now_ms) and not (was_let_go or is_over):
            yield name


def ending_classes(dependencies: Dependencies) -> dict[RetentionClass, str]:
    """Classes of which packs have come to their end, each with the day before which."""
    now_ms, periods = dependencies.clock.now_ms(), dependencies.profile.archive.periods
    oldest: dict[RetentionClass, str] = {}
    for name in archived(dependencies.archives):
        oldest.setdefault(name.retention, name.sealed_on)
    return {
        kept: before
        for kept in sorted(oldest)
        if oldest[kept] < (before := periods.ends_before(kept, now_ms))
    }


def hot_segments(archives: Archives) -> Iterator[int]:
    """Indices of the segments that lie in the log's own bucket."""
    for key in archives.log.present(SEGMENTS):
        index = segment_index(key)
        if index is not None:
            yield index


def archived(archives: Archives) -> list[PackName]:
    """The packs of any copy, oldest first."""
    return sorted(_packs(key for copy in archives.copies for key in copy.store.present("")))


def _packs(keys: Iterable[str]) -> frozenset[PackName]:
    return frozenset(name for key in keys if (name := PackName.parse(key)) is not None)


def manifests_from(log: LogReader, index: int) -> Iterator[Manifest]:
    """The manifests from `index` on; raise `Inconsistent` where the log lacks one."""
    try:
        for bundle in range(index // TILE_WIDTH, -(-log.size // TILE_WIDTH)):
            leaves = log.leaves(bundle)
            yield from map(Manifest.parse, leaves[max(index - bundle * TILE_WIDTH, 0) :])
    except (MissingTile, ValueError) as error:
        message = f"the log cannot be read: {error}; run `autopilot audit verify`"
        raise Inconsistent(message) from None


def first_sealed_from(log: LogReader, at_ms: int) -> int:
    """The index of the first segment that was sealed at an instant or later."""
    return bisect_left(
        range(log.size), at_ms, key=lambda index: Manifest.parse(log.leaf(index)).sealed_ms
    )


def _from_day_of(log: LogReader, index: int) -> Iterator[Manifest]:
    """The manifests from the first one of the day on which that segment was sealed."""
    day = day_of(next(manifests_from(log, index)).sealed_ms)
    return manifests_from(log, first_sealed_from(log, start_ms(day)))


def _size(dependencies: Dependencies) -> int:
    return dependencies.gate.anchor(dependencies.region).read().size
