"""What Route 53's name servers answer: records chosen by policy and health, and their TTL.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html:
a record without a health check is always healthy; when none of a group is healthy, all count as
healthy; records of weight 0 are looked at only when no other of the group is healthy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from moto.route53.models import FakeZone, RecordSet, route53_backends

from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.services.health_checks import HealthChecks

DEPTH_MAX = 8
ALIAS_TTL_SECONDS = 60


class NotResolved(LookupError):
    """No record, or one of a routing policy that the lab does not have."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answers to a name: value → share of the queries (sum 1), kept for `ttl_seconds`."""

    shares: Mapping[str, float]
    ttl_seconds: int


class NameServers:
    """Answers queries from moto's zones and the status of health checks."""

    def __init__(self, checks: HealthChecks) -> None:
        self._checks = checks

    def resolve(self, name: str, at: float, kind: str = "A") -> Resolution:
        """What a name resolves to at an instant, now or past, with the records as they are now.

        A CNAME or an alias is followed inside the hosted zones; a name outside stands for itself.
        Raises `NotResolved`.
        """
        shares: dict[str, float] = {}
        ttl = self._collect(_plain(name), at, kind, shares, 1.0, 0)
        return Resolution(shares, ttl)

    def _collect(
        self, name: str, at: float, kind: str, shares: dict[str, float], part: float, depth: int
    ) -> int:
        """Add a name's answers to `shares`, which are `part` of the whole; return the TTL."""
        group = _records(name, kind)
        if depth > DEPTH_MAX:
            raise NotResolved(f"{name}: more than {DEPTH_MAX} names lead to each other")
        if not group and depth == 0:
            raise NotResolved(f"{name}: no record of type {kind}")
        if not group:
            shares[name] = shares.get(name, 0.0) + part
            return ALIAS_TTL_SECONDS
        ttls = []
        for record, share in self._chosen(group, at):
            follow = _target(record)
            if follow:
                below = self._collect(follow, at, kind, shares, part * share, depth + 1)
                ttls.append(min(below, int(record.ttl or below)))
                continue
            for value in record.records:
                shares[value] = shares.get(value, 0.0) + part * share / len(record.records)
            ttls.append(int(record.ttl or ALIAS_TTL_SECONDS))
        return min(ttls)

    def _chosen(self, group: list[RecordSet], at: float) -> list[tuple[RecordSet, float]]:
        """The records that answer, each with its share of the queries."""
        healthy = [one for one in group if self._is_healthy(one, at, 0)] or group
        first = group[0]
        if first.failover:
            best = min(healthy, key=lambda one: one.failover != "PRIMARY")
            return [(best, 1.0)]
        if first.region or first.geo_location:
            raise NotResolved(f"{first.name}: the lab has no latency or geolocation routing")
        if first.weight is not None:
            return _by_weight(healthy)
        return [(one, 1.0 / len(healthy)) for one in healthy]

    def _is_healthy(self, record: RecordSet, at: float, depth: int) -> bool:
        if record.health_check_id and not self._checks.healthy(record.health_check_id, at):
            return False
        alias = record.alias_target or {}
        if depth > DEPTH_MAX or str(alias.get("EvaluateTargetHealth")).lower() != "true":
            return True
        below = _records(_plain(str(alias["DNSName"])), str(record.type))
        return not below or any(self._is_healthy(one, at, depth + 1) for one in below)


def _by_weight(healthy: list[RecordSet]) -> list[tuple[RecordSet, float]]:
    weights = [int(one.weight or 0) for one in healthy]
    total = sum(weights)
    if total == 0:
        return [(one, 1.0 / len(healthy)) for one in healthy]
    pairs = zip(healthy, weights, strict=True)
    return [(one, weight / total) for one, weight in pairs if weight]


def _records(name: str, kind: str) -> list[RecordSet]:
    """The records of a name and type; a CNAME stands in for every type."""
    zones: list[FakeZone] = list(route53_backends[ACCOUNT]["aws"].zones.values())
    of_name = [one for zone in zones for one in zone.rrsets if _plain(one.name) == name]
    return [one for one in of_name if one.type == kind] or [
        one for one in of_name if one.type == "CNAME"
    ]


def _target(record: RecordSet) -> str:
    """The name that a record leads to, or ""."""
    if record.alias_target:
        return _plain(str(record.alias_target["DNSName"]))
    return _plain(str(record.records[0])) if record.type == "CNAME" else ""


def _plain(name: str) -> str:
    return name.rstrip(".").lower()
