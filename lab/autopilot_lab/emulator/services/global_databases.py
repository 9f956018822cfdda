"""Aurora global databases: clusters in several regions, one of which is written.

Only what a move of the writer shows: no instances, endpoints or data. Both calls start something
that takes minutes; meanwhile the global cluster refuses another
(https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database-disaster-recovery.html).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import Operation
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.metrics import Metrics, Statistics, metric_id
from autopilot_lab.emulator.moto_backend import ACCOUNT

MINUTE_SECONDS: Final = 60.0
_NOT_FOUND: Final = 404
_CLUSTER: Final = re.compile("arn:aws:rds:([a-z0-9-]+):")
_BUSY: Final = "InvalidGlobalClusterStateFault"


@dataclass(frozen=True, slots=True)
class Move:
    """A move of the writer that is under way."""

    source: str
    target: str
    loses: bool  #: a failover: what was not copied is given up


@dataclass(eq=False)
class GlobalDatabase:
    """A global cluster with one cluster in each region; `writer` is the region that is written."""

    identifier: str
    clusters: Mapping[str, str]  #: region → ARN
    writer: str
    switchover_seconds: float = 60.0  #: infinite: it never ends
    failover_seconds: float = 90.0
    lag_ms: float = 800.0
    refuses: str = ""  #: why it refuses to move; "" when it does not
    move: Move | None = None
    being_made_again: set[str] = field(default_factory=set)  #: regions whose copy is stale

    def takes_writes(self, region: str) -> bool:
        """Whether it can be written there: nowhere while its writer moves."""
        return self.writer == region and self.move is None

    @property
    def status(self) -> str:
        """As `DescribeGlobalClusters` has it."""
        if self.move is None:
            return "available"
        return "failing-over" if self.move.loses else "switching-over"

    def described(self) -> dict[str, Any]:
        """As the API has it."""
        return {
            "GlobalClusterIdentifier": self.identifier,
            "GlobalClusterArn": f"arn:aws:rds::{ACCOUNT}:global-cluster:{self.identifier}",
            "Status": self.status,
            "Engine": "aurora-postgresql",
            "GlobalClusterMembers": [self._member(region) for region in self.clusters],
        } | ({"FailoverState": self._moving(self.move)} if self.move else {})

    def _member(self, region: str) -> dict[str, Any]:
        stale = region in self.being_made_again
        return {
            "DBClusterArn": self.clusters[region],
            "IsWriter": region == self.writer,
            "SynchronizationStatus": "pending-resync" if stale else "connected",
        }

    def _moving(self, move: Move) -> dict[str, Any]:
        return {
            "Status": self.status,
            "FromDbClusterArn": self.clusters[move.source],
            "ToDbClusterArn": self.clusters[move.target],
            "IsDataLossAllowed": move.loses,
        }


class GlobalDatabases:
    """All of an account; `is_lost` says which regions neither copy nor are copied to."""

    def __init__(self, *, scheduler: Scheduler, log: EventLog, metrics: Metrics) -> None:
        self._scheduler, self._log, self._metrics = scheduler, log, metrics
        self.databases: dict[str, GlobalDatabase] = {}
        self.is_lost: Callable[[str], bool] = lambda _region: False

    def operations(self) -> Mapping[str, Operation]:
        """The operations that are about a move."""
        return {
            "DescribeGlobalClusters": self.describe,
            "SwitchoverGlobalCluster": self.switch_over,
            "FailoverGlobalCluster": self.fail_over,
        }

    def add(self, database: GlobalDatabase) -> None:
        """Put one there; its copies tell each minute how far they are behind."""
        self.databases[database.identifier] = database
        self._tell(database)

    def describe(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """One by its identifier, in any region that has a cluster of it; or all that do."""
        wanted = params.get("GlobalClusterIdentifier")
        if wanted:
            return {"GlobalClusters": [self._find(params, region).described()]}
        here = [each for each in self.databases.values() if region in each.clusters]
        return {"GlobalClusters": [each.described() for each in here]}

    def switch_over(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Move the writer without losing anything: asked where the writer is."""
        database = self._find(params, region)
        return self._begin(database, params, asked_in=region, expected=database.writer)

    def fail_over(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Move the writer and give up what was not copied: asked where the writer shall be."""
        database, target = self._find(params, region), _region(params)
        if not params.get("AllowDataLoss"):
            return self.switch_over(params, region)
        return self._begin(database, params, asked_in=region, expected=target, loses=True)

    def _begin(
        self,
        database: GlobalDatabase,
        params: dict[str, Any],
        *,
        asked_in: str,
        expected: str,
        loses: bool = False,
    ) -> dict[str, Any]:
        target = _region(params)
        if database.clusters.get(target) != params["TargetDbClusterIdentifier"]:
            message = f"{params['TargetDbClusterIdentifier']} is not in {database.identifier}"
            raise AwsError("DBClusterNotFoundFault", message, _NOT_FOUND)
        if asked_in != expected:
            raise AwsError(_BUSY, f"asked in {asked_in}, expected in {expected}")
        why = database.refuses or ("" if database.move is None else f"it is {database.status}")
        if why or target == database.writer or target in database.being_made_again:
            message = f"{database.identifier} cannot move to {target}: {why or 'not a secondary'}"
            raise AwsError(_BUSY, message)
        database.move = Move(database.writer, target, loses)
        self._log.add("global_database", name=database.identifier, to=target, began=True)
        seconds = database.failover_seconds if loses else database.switchover_seconds
        if seconds < math.inf:
            self._scheduler.call_at(self._scheduler.now + seconds, lambda: self.end(database))
        return {"GlobalCluster": database.described()}

    def end(self, database: GlobalDatabase) -> None:
        """Let the move that is under way be over."""
        move, database.move = database.move, None
        if move is None:
            return
        database.writer = move.target
        if move.loses:
            database.being_made_again.add(move.source)
        self._log.add("global_database", name=database.identifier, to=move.target, began=False)

    def _find(self, params: dict[str, Any], region: str) -> GlobalDatabase:
        name = str(params["GlobalClusterIdentifier"]).lower()
        found = self.databases.get(name)
        if found is None or region not in found.clusters:
            raise AwsError("GlobalClusterNotFoundFault", f"{name} not found", _NOT_FOUND)
        return found

    def _tell(self, database: GlobalDatabase) -> None:
        """Publish the lag of each copy, where it is, and again in a minute."""
        for region, arn in database.clusters.items():
            ends = (region, database.writer)
            if region != database.writer and not any(map(self.is_lost, ends)):
                dimensions = {
                    "DBClusterIdentifier": arn.rpartition(":")[2],
                    "SourceRegion": database.writer,
                }
                metric = metric_id("AWS/RDS", "AuroraGlobalDBRPOLag", dimensions)
                value = Statistics.of_values([database.lag_ms], [1.0])
                self._metrics.publish(region, metric, self._scheduler.now, value)
        again = self._scheduler.now + MINUTE_SECONDS
        self._scheduler.call_at(again, lambda: self._tell(database))


def _region(params: dict[str, Any]) -> str:
    """The region of the cluster that is to be written; "" of what is no ARN."""
    arn = _CLUSTER.match(str(params["TargetDbClusterIdentifier"]))
    return arn[1] if arn else ""
