"""What kind of incident this is: the situation, and the rule of the profile that matches it. Pure.

Nothing here acts. Unknown is never a reason to move anything, a region is lost only when two
vantages say so, and when everything looks dead it is the observer who is suspected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from autopilot.domain.family import Family
from autopilot.domain.severity import Severity
from autopilot.domain.verdict import State, Verdict
from autopilot.errors import Inconsistent

if TYPE_CHECKING:
    from autopilot.domain.allocation import Allocation, Route
    from autopilot.domain.probes import RegionVerdict

ALARMS_SHOWN: Final = 5


class Situation(StrEnum):
    """The states of the world that are prepared for, the worst first."""

    OBSERVER_SUSPECT = "observer_suspect"  #: everything looks dead: page, change nothing
    REGION_LOST = "region_lost"  #: two vantages cannot reach a region
    BAD_RELEASE = (
        "bad_release"  #: a release, and then failures that no single route is to blame for
    )
    BLIND = "blind"  #: no data: what cannot be seen is not moved
    REGION_DEGRADED = "region_degraded"  #: every route in use of one region fails
    PATH_LOST = "path_lost"  #: a route fails, or was contained because it did
    OBJECTIVE_AT_RISK = "objective_at_risk"  #: too much fails, and no single route is to blame
    SECURITY_FINDING = "security_finding"
    DATA_AT_RISK = "data_at_risk"
    AUTOMATION_FAILING = "automation_failing"
    NOTHING_WRONG = "nothing_wrong"  #: the alarm is stale, or what it saw is over


#: The runbooks that an incident may start, and the situations in which each of them helps.
RESPONSES: Final[Mapping[str, frozenset[Situation]]] = MappingProxyType(
    {
        "emergency_rollback": frozenset({Situation.BAD_RELEASE}),
        "regional_failover": frozenset({Situation.REGION_LOST}),
        "traffic_ramp": frozenset({Situation.PATH_LOST, Situation.REGION_DEGRADED}),
    }
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What an incident is classified by."""

    family: Family
    allocation: Allocation
    shares: Mapping[Route, int]  #: percent of each route before the incident changed anything
    routes: Mapping[Route, Verdict]  #: the newest seconds of each route
    whole: Verdict  #: the service, all routes together
    objective_ppm: int  #: the error rate that the service promises to stay below
    regions: Mapping[str, RegionVerdict] = field(default_factory=dict)  #: by all vantages
    dark: Sequence[str] = ()  #: all vantages, when each of them finds every region dead
    alarms: Sequence[str] = ()  #: names, in the order in which they went off
    contained: Route | None = None  #: what the reflex took out of use for this incident
    runbook_failed: bool = False  #: a runbook of this incident did not reach its end
    release_suspect: bool = False  #: the service was released shortly before, and is not put back

    def unhealthy(self) -> list[Route]:
        """Routes that get requests and surely fail them, those with the largest share first."""
        failing = [
            route
            for route, verdict in self.routes.items()
            if verdict.state is State.UNHEALTHY and self.allocation.percent(route)
        ]
        return sorted(failing, key=lambda route: (-self.allocation.percent(route), str(route)))

    def concerned(self) -> list[Route]:
        """Unhealthy routes, and the one that was contained before anybody looked."""
        unhealthy = self.unhealthy()
        return unhealthy + [each for each in (self.contained,) if each and each not in unhealthy]


class Rule(Protocol):
    """A rule of the profile's section `incident.rules`."""

    @property
    def name(self) -> str: ...  # noqa: D102 - the profile describes them
    @property
    def situation(self) -> Situation | None: ...  # noqa: D102
    @property
    def share_percent_min(self) -> int: ...  # noqa: D102
    @property
    def contained(self) -> bool | None: ...  # noqa: D102
    @property
    def runbook_failed(self) -> bool | None: ...  # noqa: D102
    @property
    def severity(self) -> Severity: ...  # noqa: D102
    @property
    def runbook(self) -> str: ...  # noqa: D102
    @property
    def advice(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Classified:
    """The rule that matched, what it says, and on what evidence."""

    situation: Situation
    rule: str
    severity: Severity
    runbook: str  #: by name; empty when the rule only advises
    advice: str
    share_percent: int  #: of the requests, that the routes concerned carried
    route: Route | None  #: the worst unhealthy route: what a runbook would be about
    evidence: tuple[str, ...]


def classify(facts: Facts, rules: Sequence[Rule]) -> Classified:
    """The first rule that matches; the profile demands a last one that always does."""
    situation = situation_of(facts)
    share = min(100, sum(_share(facts, route) for route in facts.concerned()))
    unhealthy = facts.unhealthy()
    for rule in rules:
        if matches(rule, situation, share, facts):
            return Classified(
                situation=situation,
                rule=rule.name,
                severity=rule.severity,
                runbook=rule.runbook,
                advice=rule.advice,
                share_percent=share,
                route=unhealthy[0] if unhealthy else None,
                evidence=tuple(evidence_of(facts)),
            )
    message = f"no rule of incident.rules matches {situation}: expected a default rule at the end"
    raise Inconsistent(message)


def matches(rule: Rule, situation: Situation, share_percent: int, facts: Facts) -> bool:
    """Whether every condition that the rule names holds; what it leaves out may be anything."""
    asked = (
        (rule.situation, situation),
        (rule.contained, facts.contained is not None),
        (rule.runbook_failed, facts.runbook_failed),
    )
    agree = all(wanted is None or wanted == found for wanted, found in asked)
    return agree and share_percent >= rule.share_percent_min


def situation_of(facts: Facts) -> Situation:
    """The worst situation that the facts show."""
    for situation, shows in _SIGNS:
        if shows(facts):
            return situation
    return _BY_FAMILY.get(facts.family, Situation.NOTHING_WRONG)


def everything_looks_dead(facts: Facts) -> bool:
    """Every region to every vantage, or every route that gets requests: suspect the observer."""
    used = _used(facts)
    return bool(facts.dark) or (len(used) > 1 and set(facts.unhealthy()) == set(used))


def fails_broadly(facts: Facts) -> bool:
    """Too much fails, on more than one route, and no region is lost: as after a bad release.

    Where it fails no route is well: two routes of a region or all of them, and one that gets too
    few requests to tell says nothing against it.
    """
    if facts.dark or lost_regions(facts):
        return False
    failing = facts.unhealthy()
    if len(failing) < 2:  # noqa: PLR2004 - one route is a path's trouble, not a release's
        return not failing and facts.contained is None and _objective_missed(facts)
    return any(
        all(_may_fail(facts, route) for route in _used(facts) if route.region == region)
        for region in {route.region for route in failing}
    )


def lost_regions(facts: Facts) -> list[str]:
    """Regions that two vantages cannot reach; the word of one is no verdict."""
    return [
        region
        for region, verdict in sorted(facts.regions.items())
        if verdict.state is State.UNHEALTHY
    ]


def evidence_of(facts: Facts) -> list[str]:
    """What was seen, in sentences: alarms, regions, routes in use, the service."""
    said = [f"Alarm {name} went off." for name in facts.alarms[:ALARMS_SHOWN]]
    if more := len(facts.alarms) - ALARMS_SHOWN:
        said += [f"{more} more alarms went off."] if more > 0 else []
    said += [
        f"{region} is {verdict.state}: {verdict.reason}."
        for region, verdict in sorted(facts.regions.items())
        if verdict.state is not State.HEALTHY
    ]
    said += [f"Every region looks dead from {', '.join(facts.dark)}."] if facts.dark else []
    said += [
        f"{route} ({facts.allocation.percent(route)} % of requests) is {verdict.state}: "
        f"{verdict.reason}."
        for route, verdict in facts.routes.items()
        if facts.allocation.percent(route) and verdict.state is not State.HEALTHY
    ]
    if facts.contained:
        said.append(f"{facts.contained} was contained.")
    if facts.release_suspect:
        said.append("The service was released shortly before.")
    return [*said, f"The service is {facts.whole.state}: {facts.whole.reason}."]


def _share(facts: Facts, route: Route) -> int:
    return max(facts.shares.get(route, 0), facts.allocation.percent(route))


def _used(facts: Facts) -> list[Route]:
    return [route for route, percent in facts.allocation.weights.items() if percent]


def _may_fail(facts: Facts, route: Route) -> bool:
    verdict = facts.routes.get(route)
    return verdict is None or verdict.state is not State.HEALTHY


def _release_fails(facts: Facts) -> bool:
    return facts.release_suspect and fails_broadly(facts)


def _is_blind(facts: Facts) -> bool:
    return facts.whole.state is State.UNKNOWN and not facts.whole.requests


def _region_fails(facts: Facts) -> bool:
    failing = set(facts.unhealthy())
    used = _used(facts)
    regions = {route.region for route in failing}
    return any(
        all(route in failing for route in used if route.region == region)
        and sum(route.region == region for route in used) > 1
        for region in regions
    )


def _objective_missed(facts: Facts) -> bool:
    return facts.whole.state is State.UNHEALTHY or facts.whole.lower_ppm > facts.objective_ppm


_SIGNS = (
    # Before the observer is suspected: what the routers count themselves is explained by a release.
    (Situation.BAD_RELEASE, _release_fails),
    (Situation.OBSERVER_SUSPECT, everything_looks_dead),
    (Situation.REGION_LOST, lambda facts: bool(lost_regions(facts))),
    (Situation.BLIND, _is_blind),
    (Situation.REGION_DEGRADED, _region_fails),
    (Situation.PATH_LOST, lambda facts: bool(facts.concerned())),
    (Situation.OBJECTIVE_AT_RISK, _objective_missed),
)
_BY_FAMILY: Mapping[Family, Situation] = {
    Family.SECURITY: Situation.SECURITY_FINDING,
    Family.DATA: Situation.DATA_AT_RISK,
    Family.AUTOMATION: Situation.AUTOMATION_FAILING,
}
