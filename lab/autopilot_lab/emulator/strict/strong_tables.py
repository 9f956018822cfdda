"""Strongly consistent global tables: write conflicts, quorum, and a replica that comes back.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html:
a write is acknowledged when a second region of the three has it. A region that is cut off from
the others takes no writes and no strong reads, and its other reads show the past; the others go
on. When it comes back, it catches up before it takes writes and strong reads again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.faults import Faults
from autopilot_lab.emulator.global_tables import GlobalTables
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.stale_reads import StaleReads
from autopilot_lab.emulator.strict.layer import Answer, StrictLayer

QUORUM: Final = 2

#: How long a write may be under way between regions: the lab's figure, AWS gives none.
REPLICATION_SECONDS: Final = 0.050

#: How long a replica that missed writes catches up: the lab's figure, AWS gives none.
CATCH_UP_SECONDS: Final = 30.0

#: AWS does not say which error it is; the model leaves this one for reads as well as writes.
UNAVAILABLE: Final = "InternalServerError"
UNAVAILABLE_STATUS: Final = 500

_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")
_READS = ("GetItem", "Query", "Scan", "BatchGetItem")


@dataclass(slots=True)
class _Absence:
    """A region that is cut off, or was and has not caught up.

    Instants are Unix seconds; `until` is when the cut ends, as far as is known.
    """

    since: float
    until: float
    back_at: float | None = None
    missed_writes: bool = False


@dataclass(frozen=True, slots=True)
class _Written:
    """The last write of an item: where, and when it took effect."""

    region: str
    at: float


class StrongTables:
    """Watches the writes of strongly consistent tables. `now` gives Unix seconds."""

    def __init__(self, *, now: Callable[[], float], tables: GlobalTables, faults: Faults) -> None:
        self._now = now
        self._tables = tables
        self._faults = faults
        self._stale = StaleReads(now)
        self._absences: dict[str, _Absence] = {}
        self._written: dict[tuple[str, str], _Written] = {}

    def register(self, layer: StrictLayer) -> None:
        """Put the amendments in force."""
        layer.amend("dynamodb", _WRITES, self.write)
        layer.amend("dynamodb", _READS, self.read)
        layer.amend("dynamodb", ("DescribeTable",), self._tables.describe)

    # -- calls -----------------------------------------------------------------------------------

    def write(self, asked: Asked, answer: Answer) -> wire.Response:
        """Write with a quorum and without a write of another region under way, or raise."""
        if not self._tables.any_strong:
            return answer()
        call, items = asked.call, list(self._items(asked))
        for table, item in items:
            self._require_quorum(table, call.region)
            self._refuse_conflict(table, item, call)
        away = sorted({one for table, _ in items for one in self._away(table)})
        if away:
            self._stale.before_write(call)
        response = answer()
        if not wire.error_code(response):
            for table, item in items:
                self._written[table, item] = _Written(call.region, self._now())
            for region in away:
                self._absences[region].missed_writes = True
        return response

    def read(self, asked: Asked, answer: Answer) -> wire.Response:
        """Read; from a replica that is cut off or behind what it knows, and not strongly."""
        if not self._tables.any_strong:
            return answer()
        tables = [one for one in _tables_read(asked) if self._tables.is_strong(one[0])]
        for table, strong in tables:
            if strong:
                self._require_quorum(table, asked.call.region)
        with ExitStack() as seen:
            for table, strong in tables:
                if not strong:
                    seen.enter_context(self.seen_from(asked.call.region, table))
            return answer()

    @contextmanager
    def seen_from(self, region: str, table: str) -> Iterator[None]:
        """Let what happens inside see a table as the replica in a region knows it."""
        absence = self._look(region) if self._tables.is_strong(table) else None
        if absence is None:
            yield
            return
        with self._stale.seeing(region, math.nextafter(absence.since, -math.inf), only=table):
            yield

    def answers_strongly(self, region: str, table: str) -> bool:
        """Whether the replica in a region takes strong reads and writes now."""
        try:
            self._require_quorum(table, region)
        except AwsError:
            return False
        return True

    # -- quorum ----------------------------------------------------------------------------------

    def _require_quorum(self, table: str, region: str) -> None:
        members = self._tables.members(table)
        connected = [one for one in members if not self._is_cut_off(one)]
        absence = self._look(region)
        if region in connected and len(connected) >= QUORUM and absence is None:
            return
        caught_up = absence is None or absence.back_at is None
        why = "is cut off from the other regions" if caught_up else "is catching up"
        message = f"the replica of {table} in {region} {why}: {len(connected)} of {len(members)}"
        raise AwsError(UNAVAILABLE, f"{message} regions answer", UNAVAILABLE_STATUS)

    def _away(self, table: str) -> Iterator[str]:
        """The members that get no writes now."""
        for region in self._tables.members(table):
            absence = self._look(region)
            if absence is not None and absence.back_at is None:
                yield region

    def _is_cut_off(self, region: str) -> bool:
        absence = self._look(region)
        return absence is not None and absence.back_at is None

    def _look(self, region: str) -> _Absence | None:
        """The absence of a region that is cut off or catches up; None when it takes part."""
        fault = self._faults.isolating(region, self._now())
        absence = self._absences.get(region)
        if fault is not None:
            if absence is None or absence.back_at is not None:
                began = fault.since if math.isfinite(fault.since) else self._now()
                absence = self._absences[region] = _Absence(began, fault.until)
            absence.until = fault.until
            return absence
        if absence is not None and self._is_back(absence):
            del self._absences[region]
            return None
        return absence

    def _is_back(self, absence: _Absence) -> bool:
        """Whether a region that is connected again has all that was written meanwhile."""
        if absence.back_at is None:
            absence.back_at = min(absence.until, self._now())
        if not absence.missed_writes:
            return True
        return self._now() >= absence.back_at + CATCH_UP_SECONDS

    # -- conflicts -------------------------------------------------------------------------------

    def _refuse_conflict(self, table: str, item: str, call: Call) -> None:
        """Two regions that write one item at once: one of them is refused.

        Writes are at once when they were under way together: this one since its call began, the
        other until it took effect.
        """
        last = self._written.get((table, item))
        if last is None or last.region == call.region:
            return
        under_way = min(REPLICATION_SECONDS, self._now() - call.started)
        if self._now() - last.at < under_way:
            raise AwsError(
                "ReplicatedWriteConflictException",
                "One or more items in this request are being modified by a request in another "
                "Region.",
            )

    def _items(self, asked: Asked) -> Iterator[tuple[str, str]]:
        """Table and key of the items of strong tables that a call writes."""
        for table_name, key_or_item in _writes(asked):
            name = table_name.rsplit("/", 1)[-1]
            table = dynamodb_backends[ACCOUNT][asked.call.region].tables.get(name)
            if table is not None and self._tables.is_strong(name):
                yield name, _key(table, key_or_item)


def _writes(asked: Asked) -> Iterator[tuple[str, dict[str, Any]]]:
    params = asked.params
    if asked.call.operation != "BatchWriteItem":
        yield params["TableName"], params.get("Key") or params.get("Item") or {}
        return
    for table, requests in params["RequestItems"].items():
        for request in requests:
            for action in request.values():
                yield table, action.get("Key") or action.get("Item") or {}


def _tables_read(asked: Asked) -> Iterator[tuple[str, bool]]:
    """The tables that a call reads, and whether it reads them strongly."""
    params = asked.params
    parts = params["RequestItems"] if asked.call.operation == "BatchGetItem" else None
    for name, one in (parts or {params.get("TableName", ""): params}).items():
        yield name.rsplit("/", 1)[-1], bool(one.get("ConsistentRead"))


def _key(table: Table, given: dict[str, Any]) -> str:
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
    return json.dumps([given.get(name) for name in names])
