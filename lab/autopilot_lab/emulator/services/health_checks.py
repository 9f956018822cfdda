"""Route 53 health checks: their settings, what checkers found, and the status that follows.

Healthy when more than 18 % of the checkers say so; a new check is healthy, an inverted one
unhealthy, until there is enough data; a disabled check counts as healthy, inverted as unhealthy
(https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html,
https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html).
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.metrics import Metrics, Statistics, metric_id
from autopilot_lab.emulator.services.endpoints import Endpoints
from autopilot_lab.emulator.services.health_checkers import (
    CHECKERS,
    REQUEST_INTERVAL_SECONDS,
    Checker,
    probe_of,
)

HEALTHY_SHARE_PERCENT = 18
CONNECT_SECONDS_MAX = 4.0
METRICS_REGION = "us-east-1"
METRICS_INTERVAL_SECONDS = 60.0
NESTING_MAX = 8

#: Whether a routing control is on, by its ARN; None when there is no such control.
RoutingControlState = Callable[[str], bool | None]


@dataclass(eq=False)
class HealthCheck:
    """A health check: its settings as the API names them, its checkers, its past."""

    id: str
    reference: str
    config: dict[str, Any]
    version: int = 1
    checkers: tuple[Checker, ...] = ()
    changes: list[tuple[float, bool]] = field(default_factory=list)
    is_deleted: bool = False

    @property
    def kind(self) -> str:
        """The type, such as HTTPS or CALCULATED."""
        return str(self.config["Type"])

    @property
    def is_inverted(self) -> bool:
        """Whether the status is turned round."""
        return bool(self.config.get("Inverted"))


class HealthChecks:
    """The health checks of the account, evaluated as time passes."""

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        log: EventLog,
        metrics: Metrics,
        endpoints: Endpoints,
        routing_control: RoutingControlState,
        seed: int,
    ) -> None:
        self._scheduler = scheduler
        self._log = log
        self._metrics = metrics
        self._endpoints = endpoints
        self._routing_control = routing_control
        self._seed = seed
        self._checks: dict[str, HealthCheck] = {}

    # -- settings --------------------------------------------------------------------------------

    def add(self, check: HealthCheck) -> None:
        """Begin to check."""
        self._checks[check.id] = check
        if check.kind not in ("CALCULATED", "RECOVERY_CONTROL"):
            regions = check.config.get("Regions") or sorted(CHECKERS)
            check.checkers = tuple(Checker(one, CHECKERS[one]) for one in regions)
            for place in range(len(check.checkers)):
                self._begin(check, place)
        self._publish(check)
        self.look()

    def remove(self, check: HealthCheck) -> None:
        """Stop checking."""
        check.is_deleted = True
        self._checks.pop(check.id, None)

    def find(self, check_id: str) -> HealthCheck | None:
        """The health check of that id, if it exists."""
        return self._checks.get(check_id)

    def all(self) -> list[HealthCheck]:
        """Every health check, in the order of creation."""
        return list(self._checks.values())

    # -- status ----------------------------------------------------------------------------------

    def healthy(self, check_id: str, at: float) -> bool:
        """The status at an instant, now or past. A check that is gone counts as healthy.

        AWS says of records with a deleted check that their status cannot be predicted.
        """
        check = self._checks.get(check_id)
        if check is None:
            return True
        place = bisect_right(check.changes, at, key=lambda change: change[0])
        return check.changes[max(place - 1, 0)][1]

    def look(self) -> None:
        """Bring the status of every check up to date, and note each change."""
        for check in self._checks.values():
            status = self._status(check, 0)
            if not check.changes or check.changes[-1][1] is not status:
                check.changes.append((self._scheduler.now, status))
                self._log.add("health", check=check.id, type=check.kind, healthy=status)

    def _status(self, check: HealthCheck, depth: int) -> bool:
        if check.config.get("Disabled"):
            return not check.is_inverted
        return self._finding(check, depth) is not check.is_inverted

    def _finding(self, check: HealthCheck, depth: int) -> bool:
        """The status before it is turned round."""
        if check.kind == "CALCULATED":
            return self._children_are_healthy(check, depth)
        if check.kind == "RECOVERY_CONTROL":
            return self._routing_control(str(check.config["RoutingControlArn"])) is not False
        opinions = [one.opinion for one in check.checkers]
        if None in opinions:
            return True
        return opinions.count(True) * 100 > HEALTHY_SHARE_PERCENT * len(opinions)

    def _children_are_healthy(self, check: HealthCheck, depth: int) -> bool:
        if depth > NESTING_MAX:
            return False
        children = [self._checks.get(one) for one in check.config.get("ChildHealthChecks", ())]
        healthy = sum(child is None or self._status(child, depth + 1) for child in children)
        return healthy >= int(check.config["HealthThreshold"])

    # -- checking --------------------------------------------------------------------------------

    def _begin(self, check: HealthCheck, place: int) -> None:
        """Start one checker at its own phase; checkers do not coordinate with one another."""
        interval = float(check.config.get("RequestInterval") or REQUEST_INTERVAL_SECONDS)
        stream = random.Random(f"health/{self._seed}/{check.reference}/{place}")
        first = self._scheduler.now + stream.uniform(0, interval)
        self._scheduler.call_at(first, lambda: self._probe(check, place, interval))

    def _probe(self, check: HealthCheck, place: int, interval: float) -> None:
        if check.is_deleted:
            return
        checker, seconds = check.checkers[place], 0.0
        if not check.config.get("Disabled"):
            answer = self._endpoints.get(probe_of(check.config, checker.address))
            seconds = CONNECT_SECONDS_MAX if answer is None else answer.seconds
            if checker.look(check.config, answer, self._scheduler.now):
                self.look()
        due = self._scheduler.now + seconds + interval
        self._scheduler.call_at(due, lambda: self._probe(check, place, interval))

    def _publish(self, check: HealthCheck) -> None:
        """Publish the status every minute, in one region for the whole world.

        https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-cloudwatch.html
        """
        if check.is_deleted:
            return
        now = self._scheduler.now
        if check.changes:
            value = float(self.healthy(check.id, now))
            identity = metric_id("AWS/Route53", "HealthCheckStatus", {"HealthCheckId": check.id})
            statistics = Statistics.of_values([value], [1.0])
            self._metrics.publish(METRICS_REGION, identity, now, statistics)
        self._scheduler.call_at(now + METRICS_INTERVAL_SECONDS, lambda: self._publish(check))
