"""What must hold after every point, whatever went wrong: each a sentence that can be broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Final, TypeAlias

from autopilot.domain.allocation import WHOLE, Allocation
from autopilot.domain.plan import Plan
from autopilot.gate.acts import Act
from autopilot_lab.assurance.aftermath import Aftermath, Entry, Ran

Invariant: TypeAlias = Callable[[Aftermath], Iterator[str]]
#: Executions that ended well enough that nobody needs to know at once.
_ENDED_WELL: Final = "SUCCEEDED"


def broken_by(aftermath: Aftermath) -> list[str]:
    """Everything that does not hold, in words."""
    return [
        f"{invariant.__name__.replace('_', ' ')}: {found}"
        for invariant in INVARIANTS
        for found in invariant(aftermath)
    ]


def everything_came_to_rest(aftermath: Aftermath) -> Iterator[str]:
    """Runs end, leases are returned, entries are exported, within the case's horizon."""
    if not aftermath.came_to_rest:
        running = [run.name for run in aftermath.runs if run.status == "RUNNING"]
        holder = aftermath.item["lease"]["holder"]
        yield f"running {running}, lease of {holder!r}, {len(aftermath.waiting)} entries waiting"


def the_allocation_sums_to_a_hundred(aftermath: Aftermath) -> Iterator[str]:
    """Whole percents from 0 to 100 over the routes of the start, in sum 100."""
    shares = aftermath.allocation
    if sum(shares.values()) != WHOLE or not all(0 <= each <= WHOLE for each in shares.values()):
        yield f"{dict(shares)}"
    if sorted(shares) != sorted(map(str, aftermath.start.routes)):
        yield f"other routes than at the start: {sorted(shares)}"


def the_allocation_is_one_that_was_planned(aftermath: Aftermath) -> Iterator[str]:
    """The start, the undo, or a step of a plan that is written down with its run's outcome."""
    where = dict(aftermath.allocation)
    known = [aftermath.start.to_dict(), *_planned(aftermath), *_contained(aftermath)]
    if where not in known:
        yield f"nobody planned {where}"


def the_allocation_is_where_the_outcome_says(aftermath: Aftermath) -> Iterator[str]:
    """When one run alone acted: done is its target, undone and refused are its start."""
    if len(aftermath.records) != 1 or _contained(aftermath):
        return
    ((run, record),) = aftermath.records.items()
    outcome, where = str(record["outcome"]), dict(aftermath.allocation)
    if not record["plan"]:
        return
    plan = Plan.from_dict(record["plan"])
    if outcome == "done" and where != plan.steps[-1].target.to_dict():
        yield f"{run} is done, but its target is not what stands: {where}"
    if outcome in ("undone", "refused") and where != plan.undo.to_dict():
        yield f"{run} is {outcome}, but {where} is not where it began"
    if outcome.startswith("reaped: undone") and where != plan.undo.to_dict():
        yield f"{run} was reaped and undone, but {where} is not where it began"


def who_changed_something_says_how_it_ended(aftermath: Aftermath) -> Iterator[str]:
    """Its record has an outcome, by itself or by the reaper, unless the stop lever is engaged."""
    if aftermath.item["lever"]["engaged"]:
        return
    acted = {entry["cause"]["by"] for entry in aftermath.entries + aftermath.turns}
    for run, record in aftermath.records.items():
        # A cause holds the beginning of a name that is too long for it.
        if not record["outcome"] and any(by and run.startswith(by) for by in acted):
            yield f"{run} changed something, and its record has no outcome"


def the_lease_is_free(aftermath: Aftermath) -> Iterator[str]:
    """Returned by its run or taken back by the reaper, unless the stop lever is engaged."""
    lease = aftermath.item["lease"]
    if lease["holder"] and not aftermath.item["lever"]["engaged"]:
        yield f"{lease['holder']} still holds it"


def every_effect_has_exactly_one_entry(aftermath: Aftermath) -> Iterator[str]:
    """Versions count effects: version - 1 entries, one for each version, each id once."""
    entries = aftermath.entries
    versions = [entry["version"] for entry in entries]
    if versions != list(range(2, aftermath.item["version"] + 1)):
        yield f"version {aftermath.item['version']}, but entries for {versions}"
    ids = [entry["id"] for entry in entries]
    yield from (f"{each} is there twice" for each in sorted(set(ids)) if ids.count(each) > 1)


def the_entries_tell_the_whole_story(aftermath: Aftermath) -> Iterator[str]:
    """Each effect began where the one before ended; the last ended where the service stands."""
    routes = aftermath.start.routes
    where = aftermath.start.compact()
    for entry in aftermath.entries:
        if entry["before"] != where:
            yield f"version {entry['version']} began at {entry['before']}, not at {where}"
        where = entry["after"]
    if Allocation.from_compact(where, routes).to_dict() != dict(aftermath.allocation):
        yield f"the entries end at {where}, the ledger at {dict(aftermath.allocation)}"


def the_trail_verifies(aftermath: Aftermath) -> Iterator[str]:
    """Every link of every region's chain, up to the head that the ledger holds."""
    yield from aftermath.trail_faults


def routers_never_step_back(aftermath: Aftermath) -> Iterator[str]:
    """What a router takes up has a higher (epoch, version) each time."""
    for region, seen in aftermath.followed.items():
        for before, after in pairwise(seen):
            if after.order <= before.order:
                yield f"{region} went from version {before.order} to {after.order}"


def routers_follow_the_ledger(aftermath: Aftermath) -> Iterator[str]:
    """Once all is at rest every router serves by what the ledger holds."""
    version = aftermath.item["version"]
    for region, seen in aftermath.followed.items():
        held = seen[-1].version if seen else 1
        if held != version:
            yield f"{region} serves by version {held}, the ledger holds {version}"


def people_know_unless_it_succeeded(aftermath: Aftermath) -> Iterator[str]:
    """A run that ended in any other way has paged, or was refused to who stood before it."""
    for run in aftermath.runs:
        if run.status != _ENDED_WELL and not aftermath.paged_about(run):
            if _was_told_at_once(run, aftermath):
                continue
            yield f"{run.name} ended {run.status} {run.error}".rstrip() + ", and nobody was paged"


def at_most_one_region_takes_writes(aftermath: Aftermath) -> Iterator[str]:
    """At no second do two regions take them."""
    for second, regions in aftermath.taking_writes:
        if len(regions) > 1:
            yield f"{' and '.join(sorted(regions))} at {second}"


def somebody_takes_writes(aftermath: Aftermath) -> Iterator[str]:
    """Once all is at rest there is a region that takes them, whatever became of the run."""
    if aftermath.taking_writes and not aftermath.taking_writes[-1][1]:
        yield f"nobody does since {aftermath.taking_writes[-1][0]}"


def nothing_happens_after_the_stop_lever(aftermath: Aftermath) -> Iterator[str]:
    """No entry was made at or after the instant at which the lever was engaged.

    But that of a restore: it engages the lever itself, in the same write.
    """
    stopped_ms = aftermath.stopped_ms
    if stopped_ms is None:
        return
    for entry in aftermath.entries:
        if entry["act"] != Act.RESTORE and entry["cause"]["at_ms"] >= stopped_ms:
            yield f"{entry['act']} made version {entry['version']} after the lever was engaged"
    for entry in aftermath.turns:
        if entry["cause"]["at_ms"] >= stopped_ms:
            yield f"{entry['act']} of {entry['switch']} was intended after the lever was engaged"


INVARIANTS: Final[tuple[Invariant, ...]] = (
    everything_came_to_rest,
    the_allocation_sums_to_a_hundred,
    the_allocation_is_one_that_was_planned,
    the_allocation_is_where_the_outcome_says,
    who_changed_something_says_how_it_ended,
    the_lease_is_free,
    every_effect_has_exactly_one_entry,
    the_entries_tell_the_whole_story,
    the_trail_verifies,
    routers_never_step_back,
    routers_follow_the_ledger,
    people_know_unless_it_succeeded,
    at_most_one_region_takes_writes,
    somebody_takes_writes,
    nothing_happens_after_the_stop_lever,
)


def _planned(aftermath: Aftermath) -> Iterator[Mapping[str, int]]:
    for record in aftermath.records.values():
        if record["plan"]:
            plan = Plan.from_dict(record["plan"])
            yield plan.undo.to_dict()
            yield from (step.target.to_dict() for step in plan.steps)


def _contained(aftermath: Aftermath) -> list[Mapping[str, int]]:
    """Where the standing plans that were carried out led; their entries were made in advance."""
    routes = aftermath.start.routes
    contains: list[Entry] = [each for each in aftermath.entries if each["act"] == "contain"]
    return [Allocation.from_compact(each["after"], routes).to_dict() for each in contains]


def _was_told_at_once(run: Ran, aftermath: Aftermath) -> bool:
    """An operator's run that was refused before it changed anything: the console shows it."""
    return aftermath.by_hand and run.error == "Refused" and not aftermath.entries + aftermath.turns
