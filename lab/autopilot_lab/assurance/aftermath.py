"""What a point left behind, read as an auditor would: ledger, trails, records, runs, pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from autopilot.domain.allocation import Allocation, VersionedAllocation
from autopilot.domain.permit import LEDGER
from autopilot_lab.assurance.bench import START, Bench
from autopilot_lab.drill.installation import Installation
from autopilot_lab.drill.trails import entries_of, read_trail
from autopilot_lab.emulator.world.router import Router

Entry = Mapping[str, Any]
RECORDS_MAX: Final = 100
#: In the log of events: whoever engaged the stop lever has the answer that it is.
LEVER_HOLDS: Final = "lever_holds"
#: Machines whose runs must end well or be told of, by the word in the names of their alarms.
_WATCHED: Final = {
    "traffic-ramp": "ramps",
    "incident-response": "incidents",
    "emergency-rollback": "rollbacks",
    "regional-failover": "failovers",
    "ledger-restore": "restores",
}
#: How the name of the alarm ends that pages for runs that reach no Catch, by their status.
_CUT_OFF: Final = {"ABORTED": "aborted", "TIMED_OUT": "timed-out"}


@dataclass(frozen=True, slots=True)
class Ran:
    """One execution that was started after the service was well."""

    name: str
    machine: str
    status: str
    error: str


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Everything the invariants ask for."""

    start: Allocation
    item: Mapping[str, Any]  #: the ledger item
    exported: Sequence[Entry]  #: entries of all trails
    waiting: Sequence[Entry]  #: entries still in the journal
    trail_faults: Sequence[str]
    runs: Sequence[Ran]
    records: Mapping[str, Mapping[str, Any]]  #: run/<id> by id
    followed: Mapping[str, Sequence[VersionedAllocation]]  #: by region, what its router took up
    pages: Sequence[str]  #: subject and text
    by_hand: bool
    came_to_rest: bool
    approvals: Sequence[Mapping[str, Any]] = ()
    switches: Mapping[str, str] = field(default_factory=dict)  #: what each shows, by name
    failover: Mapping[str, str] = field(default_factory=dict)  #: the same of a failover's
    #: Which regions took writes, from which second on; the last is how it stands.
    taking_writes: Sequence[tuple[int, frozenset[str]]] = ()
    #: When the lever was known to be engaged; the ledger tells when somebody began to engage it,
    #: which is earlier by all the time that a lost region did not answer. None: as the ledger says.
    lever_held_ms: int | None = None

    @property
    def stopped_ms(self) -> int | None:
        """From when on nothing may happen any more; None while the lever is not engaged."""
        lever = self.item["lever"]
        if not lever["engaged"]:
            return None
        return int(lever["at_ms"]) if self.lever_held_ms is None else self.lever_held_ms

    @property
    def entries(self) -> list[Entry]:
        """Every entry of the allocation, wherever it lies, in the order of its effect."""
        every = [entry for entry in (*self.exported, *self.waiting) if "after" in entry]
        return sorted(every, key=lambda entry: (entry["epoch"], entry["version"]))

    @property
    def turns(self) -> list[Entry]:
        """Every intent to turn a switch, wherever it lies, in order."""
        every = [entry for entry in (*self.exported, *self.waiting) if "switch" in entry]
        return sorted(every, key=lambda entry: int(entry["turn"]))

    @property
    def allocation(self) -> Mapping[str, int]:
        """Percent by route, as the ledger has it, unchecked."""
        shares: Mapping[str, int] = self.item["allocation"]
        return shares

    def paged_about(self, run: Ran) -> bool:
        """Whether people were told of this run, or that a run of its machine was cut off."""
        word = next((word for name, word in _WATCHED.items() if run.machine.endswith(name)), "")
        cut_off = f"-{word}-{_CUT_OFF[run.status]}" if run.status in _CUT_OFF else run.name
        return any(run.name in page or cut_off in page for page in self.pages)

    def runs_of(self, runbook: str) -> list[Ran]:
        """The runs of one runbook."""
        name = runbook.replace("_", "-")
        return [run for run in self.runs if run.machine.endswith(name)]


def look(bench: Bench, *, by_hand: bool, came_to_rest: bool) -> Aftermath:
    """Read everything, with an operator's eyes."""
    installation = bench.installation
    item = installation.ledger.read(LEDGER) or {}
    trails = [read_trail(installation, region) for region in installation.regions]
    return Aftermath(
        start=bench.start,
        item=item,
        exported=list(entries_of(trails)),
        waiting=list(_waiting(item)),
        trail_faults=[problem for trail in trails for problem in trail.problems],
        runs=_runs(bench),
        records=_records(installation),
        followed={router.region: _followed(router) for router in bench.service.routers},
        pages=[f"{page['subject']}\n{page['message']}" for page in bench.aws.log.of("page")],
        by_hand=by_hand,
        came_to_rest=came_to_rest,
        approvals=installation.ledger.query("approval/", limit=RECORDS_MAX),
        switches=installation.releases.shown(),
        failover=installation.failover_switches(),
        taking_writes=bench.writers.taking,
        lever_held_ms=next((int(e["t"] * 1000) for e in bench.aws.log.of(LEVER_HOLDS)), None),
    )


def _waiting(item: Mapping[str, Any]) -> Iterator[Entry]:
    for entries in item["journal"].values():
        for entry_id, entry in entries.items():
            yield {"id": entry_id, **entry, "cause": item["causes"][entry_id]}


def _runs(bench: Bench) -> list[Ran]:
    return [
        Ran(one.name, one.machine.name, one.status, one.error or "")
        for one in bench.aws.engine.list()
        if one.machine.name.endswith(tuple(_WATCHED)) and one.started_at >= START
    ]


def _records(installation: Installation) -> dict[str, Mapping[str, Any]]:
    found = installation.ledger.query("run/", limit=RECORDS_MAX)
    return {str(record["record"]).removeprefix("run/"): record for record in found}


def _followed(router: Router) -> list[VersionedAllocation]:
    return [seen for _, seen in router.taken_up]
