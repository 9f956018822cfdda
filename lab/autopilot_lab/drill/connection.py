"""Connects the simulated service to the embedded AWS: what routers read, what they publish.

Routers are not under test, and there are thousands of their calls in an hour. They therefore
reach the table and the metric store directly, at no cost, instead of through botocore; what they
see and leave there is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from boto3.dynamodb.types import TypeDeserializer
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from autopilot.domain.allocation import Allocation, Route, VersionedAllocation
from autopilot.domain.permit import LEDGER
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.metrics import Metrics, Statistics, metric_id
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.world.series import PERIOD_SECONDS
from autopilot_lab.emulator.world.service import Metrics as RouterMetrics

NAMESPACE: Final = "HybridRouting"
ROUTER: Final = "router"  #: the caller of what routers read
_deserialize = TypeDeserializer().deserialize


class LedgerReads:
    """The ledger item of a service, as the routers of a region read it."""

    def __init__(self, aws: EmbeddedAws, *, table: str, service: str) -> None:
        """Read `service`'s item in `table`."""
        self._aws = aws
        self._table = table
        self._service, self._record = DynamoType({"S": service}), DynamoType({"S": LEDGER})
        self._parsed: dict[tuple[str, str], VersionedAllocation] = {}

    def allocation(self, region: str) -> VersionedAllocation | None:
        """The allocation as this region's replica knows it; None when it does not answer.

        Read without `ConsistentRead`: a replica that is cut off shows the past.
        """
        if self._is_silent(region):
            return None
        with self._aws.strong_tables.seen_from(region, self._table):
            attributes = self._attributes(region)
        if attributes is None:
            return None
        order = (attributes["epoch"].value, attributes["version"].value)
        if order not in self._parsed:
            plain = {name: _deserialize(attributes[name].to_regular_json()) for name in _READ}
            self._parsed[order] = _versioned(plain)
        return self._parsed[order]

    def _is_silent(self, region: str) -> bool:
        call = Call("dynamodb", "GetItem", region, caller=ROUTER, caller_region=region)
        return self._aws.faults.lasting(call, self._aws.scheduler.now)

    def _attributes(self, region: str) -> Mapping[str, Any] | None:
        table = dynamodb_backends[ACCOUNT][region].tables[self._table]
        item = table.get_item(self._service, self._record)
        return None if item is None else item.attrs


_READ: Final = ("epoch", "version", "allocation")


def _versioned(item: Mapping[str, Any]) -> VersionedAllocation:
    shares = {route: int(percent) for route, percent in item["allocation"].items()}
    return VersionedAllocation(int(item["epoch"]), int(item["version"]), Allocation.of(shares))


def publisher(
    metrics: Metrics, *, start: float, used: Callable[[Mapping[Route, int], float], None]
) -> Callable[[Sequence[RouterMetrics]], None]:
    """What routers publish goes into their own region's metric store, at resolution 1.

    `used` is told the requests of each route, and when.
    """

    def publish(counted: Sequence[RouterMetrics]) -> None:
        for one in counted:
            at = start + one.end_seconds - PERIOD_SECONDS
            failed = Statistics(float(one.requests), float(one.failures), 0.0, 1.0)
            values = [value for value, _ in one.latencies_ms]
            counts = [float(count) for _, count in one.latencies_ms]
            latency = Statistics.of_values(values, counts)
            # These routers have no second choice: whoever is not answered has failed.
            first = Statistics(float(one.requests), float(one.requests - one.failures), 0.0, 1.0)
            told = (("Failed", failed), ("FirstChoice", first), ("LatencyMs", latency))
            for name, statistics in told:
                metric = metric_id(NAMESPACE, name, one.dimensions)
                metrics.publish(one.region, metric, at, statistics, resolution_seconds=1)
            used({_route_of(one): one.requests}, at)

    return publish


def _route_of(one: RouterMetrics) -> Route:
    return Route(one.dimensions["Region"], one.dimensions["Path"])
