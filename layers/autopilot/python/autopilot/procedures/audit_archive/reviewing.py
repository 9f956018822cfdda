"""The retention report: the oldest object of each class, in each place, against its limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autopilot.audit.tiles import LogReader
from autopilot.domain.instants import day_of
from autopilot.domain.retention import Oldest, RetentionClass, age_days
from autopilot.procedures.audit_archive.moving import FAILED
from autopilot.procedures.audit_archive.planning import (
    archived,
    due_packs,
    hot_segments,
    manifests_from,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.audit.pack import PackName
    from autopilot.procedures.dependencies import Dependencies

_UNTOLD = "it did not finish; see the executions of the Map Run"
_NAMED_MAX = 20


def review(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """What is still due after a run, each with its reason, and the oldest of each class."""
    left = due_packs(dependencies)
    oldest = [*_in_log(dependencies), *_in_archive(dependencies)]
    return {
        "left": [
            {"pack": name.key, "reason": _reason(name, dependencies)} for name in left[:_NAMED_MAX]
        ],
        "left_in_all": len(left),
        "retention": [each.to_dict() for each in oldest],
        "over": sum(each.is_over for each in oldest),
        "run": str(message["run"]),
    }


def _reason(name: PackName, dependencies: Dependencies) -> str:
    found = dependencies.gate.find_record(f"{FAILED}{dependencies.region}/{name.key}")
    return str(found["reason"]) if found else _UNTOLD


def _in_log(dependencies: Dependencies) -> list[Oldest]:
    """The log's own bucket: nothing stays there for longer than it takes to archive it."""
    hot = set(hot_segments(dependencies.archives))
    size = dependencies.gate.anchor(dependencies.region).read().size
    days: dict[str, str] = {}
    if hot:
        for manifest in manifests_from(LogReader(dependencies.archives.log, size), min(hot)):
            if manifest.index in hot:
                days.setdefault(manifest.retention, day_of(manifest.sealed_ms))
            if len(days) == len(RetentionClass):
                break
    limit = dependencies.profile.archive.periods.hot_days
    return [
        _oldest("log", kept, days.get(kept, ""), limit, dependencies) for kept in RetentionClass
    ]


def _in_archive(dependencies: Dependencies) -> list[Oldest]:
    days: dict[str, str] = {}
    for name in archived(dependencies.archives):
        days.setdefault(name.retention, name.sealed_on)
    limits = dependencies.profile.archive.periods.days
    return [
        _oldest("archive", kept, days.get(kept, ""), limits[kept], dependencies)
        for kept in RetentionClass
    ]


def _oldest(
    place: str, kept: RetentionClass, sealed_on: str, limit_days: int, dependencies: Dependencies
) -> Oldest:
    now_ms = dependencies.clock.now_ms()
    hold = dependencies.gate.endings.find(dependencies.region, kept).hold
    return Oldest(
        place,
        kept,
        sealed_on,
        limit_days,
        age_days(sealed_on, now_ms) if sealed_on else 0,
        held=place == "archive" and hold is not None and hold.stands(now_ms),
    )
