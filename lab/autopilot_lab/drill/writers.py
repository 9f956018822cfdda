"""The routers that take writes, as docs/service-contract.md has them: who may, and since when.

Each region's router reads the owner of the writes strongly every few seconds, from the replica of
its own region. It takes writes while it is the owner, its turn has come, and its last read is not
older than the profile's `writer_seconds`. A region that is cut off goes on for that long. Where
there is a global database it takes writes only while that can be written in its region.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from boto3.dynamodb.types import TypeDeserializer
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from autopilot.adapters.ledger_writer import RECORD
from autopilot.domain.profile import Profile
from autopilot_lab.drill.connection import ROUTER
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.moto_backend import ACCOUNT

POLL_SECONDS: Final = 5
_MS: Final = 1000
_deserialize = TypeDeserializer().deserialize


@dataclass(frozen=True, slots=True)
class _Known:
    """What a router read last, and when."""

    owner: str
    from_ms: int
    read_ms: int


class Writers:
    """Every router's knowledge of who owns the writes; `taking` is how it changed, by instant."""

    def __init__(self, aws: EmbeddedAws, profile: Profile, *, table: str) -> None:
        """Nobody takes writes before the first read."""
        self._aws, self._table = aws, table
        self._service, self._record = (
            DynamoType({"S": profile.service.name}),
            DynamoType({"S": RECORD}),
        )
        self._home = profile.regions.home
        self._regions = (profile.regions.home, profile.regions.standby)
        section = profile.failover
        self._keeps_ms = (section.writer_seconds if section else 0) * _MS
        self._databases = aws.services.global_databases.databases
        self._known: dict[str, _Known] = {}
        self.taking: list[tuple[int, frozenset[str]]] = []

    def tick(self, second: int) -> None:
        """Let a second pass: whoever is due reads, and what changed is noted."""
        now_ms = round(self._aws.scheduler.now * _MS)
        for number, region in enumerate(self._regions):
            if second % POLL_SECONDS == number and self._may_read(region):
                self._known[region] = self._read(region, now_ms)
        taking = frozenset(each for each in self._regions if self.takes(each))
        if not self.taking or self.taking[-1][1] != taking:
            self.taking.append((second, taking))

    def takes(self, region: str) -> bool:
        """Whether the router of a region takes writes now."""
        known = self._known.get(region)
        now_ms = round(self._aws.scheduler.now * _MS)
        if known is None or known.owner != region or self._aws.outages.is_lost(region):
            return False
        if not all(each.takes_writes(region) for each in self._databases.values()):
            return False
        return known.from_ms <= now_ms < known.read_ms + self._keeps_ms

    def _may_read(self, region: str) -> bool:
        call = Call("dynamodb", "GetItem", region, caller=ROUTER, caller_region=region)
        if self._aws.faults.lasting(call, self._aws.scheduler.now):
            return False
        return self._aws.strong_tables.answers_strongly(region, self._table)

    def _read(self, region: str, now_ms: int) -> _Known:
        table = dynamodb_backends[ACCOUNT][region].tables[self._table]
        item = table.get_item(self._service, self._record)
        if item is None:
            return _Known(self._home, 0, now_ms)
        plain = {
            name: _deserialize(item.attrs[name].to_regular_json()) for name in ("region", "from_ms")
        }
        return _Known(str(plain["region"]), int(plain["from_ms"]), now_ms)
