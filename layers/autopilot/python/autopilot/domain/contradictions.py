"""What can be wrong with a profile although every key is right by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from autopilot.domain.allocation import WHOLE
from autopilot.domain.described import Described, Unreadable
from autopilot.domain.incident_section import rules_contradict
from autopilot.errors import Problem

#: Regions that can hold one strongly consistent global table together. Amazon DynamoDB API,
#: CreateGlobalTableWitnessGroupMemberAction and AWS::DynamoDB::GlobalTable GlobalTableWitness.
REGION_SETS: Final = {
    "US": ("us-east-1", "us-east-2", "us-west-2"),
    "EU": ("eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3"),
    "AP": ("ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
}
ENTRY_BYTES_MAX: Final = 384  #: of one journal entry, since the ledger's item is paid whole
#: An entry without its two allocations and its route: names (49), longest act and runbook (9 and
#: 18), digest (64), three numbers of twelve digits (21), map and members (12).
_ENTRY_BYTES_FIXED: Final = 173
#: What answers harm, or takes back what the automation did itself, waits for nobody.
_ASKS_NOBODY: Final = ("contain", "contain_route", "undo", "rollback", "emergency_rollback")
_ARN_REGION: Final = 3  #: arn:partition:service:region:…
_MINUTE_SECONDS: Final = 60
_HAND_OVER_SECONDS_MAX: Final = 60  #: a run that renews nothing for longer looks dead
_BEFORE_SECONDS: Final = 60  #: pre-flight, lease and hand-over, with room to spare
_SHARE_DIGITS: Final = 2  #: a share of three digits is alone, and so shorter than two of two


def contradictions(profile: Described) -> Iterator[Problem]:
    """Every contradiction between keys that are right by themselves."""
    for rule in _RULES:
        try:
            yield from rule(profile)
        except Unreadable:
            continue


def _three_regions(profile: Described) -> Iterator[Problem]:
    three = _roles(profile)
    if len(set(three)) < len(three):
        yield Problem("regions", "three different regions", ", ".join(three))


def _one_region_set(profile: Described) -> Iterator[Problem]:
    """Only such regions can hold the ledger with strong consistency."""
    three = _roles(profile)
    if not any(set(three) <= set(members) for members in REGION_SETS.values()):
        sets = "; ".join(f"{name}: {' '.join(members)}" for name, members in REGION_SETS.items())
        expected = f"home, standby and observer of one DynamoDB region set ({sets})"
        yield Problem("regions", expected, ", ".join(three))


def _residency(profile: Described) -> Iterator[Problem]:
    allowed = profile.regions.residency
    for role in ("home", "standby", "observer"):
        if (region := getattr(profile.regions, role)) not in allowed:
            yield Problem(f"regions.{role}", f"one of residency, {', '.join(allowed)}", region)


def _paths_once(profile: Described) -> Iterator[Problem]:
    for index, path in enumerate(profile.paths):
        if path in profile.paths[:index]:
            yield Problem(f"paths[{index}]", "each path once", path)


def _every_route(profile: Described) -> Iterator[Problem]:
    given = _given(profile)
    for wanted in _wanted(profile):
        if wanted not in given:
            yield Problem("routes", wanted, "nothing")


def _no_other_route(profile: Described) -> Iterator[Problem]:
    given, wanted = _given(profile), _wanted(profile)
    for index, route in enumerate(given):
        if route not in wanted:
            yield Problem(f"routes[{index}]", f"one of {', '.join(wanted)}", route)
        elif route in given[:index]:
            yield Problem(f"routes[{index}]", "each route once", route)


def _baseline_is_whole(profile: Described) -> Iterator[Problem]:
    total = sum(route.baseline_percent for route in profile.routes)
    if total != WHOLE:
        yield Problem("routes.baseline_percent", f"a sum of {WHOLE}", str(total))


def _baseline_is_proven(profile: Described) -> Iterator[Problem]:
    for index, route in enumerate(profile.routes):
        if route.baseline_percent > route.proven_capacity_percent:
            expected = f"at most its proven capacity, {route.proven_capacity_percent}"
            key = f"routes[{index}].baseline_percent"
            yield Problem(key, expected, str(route.baseline_percent))


def _tolerance_under_guard(profile: Described) -> Iterator[Problem]:
    tolerance, guard = profile.verdict.tolerance_percent, profile.verdict.guard_percent
    if tolerance > guard:
        expected = f"at most verdict.guard_percent, {guard}"
        yield Problem("verdict.tolerance_percent", expected, str(tolerance))


def _tolerance_over_objective(profile: Described) -> Iterator[Problem]:
    """A route just within the objective can still be called healthy."""
    tolerance = profile.verdict.tolerance_percent
    objective = profile.objectives.error_rate_percent
    if tolerance < objective:
        expected = f"at least objectives.error_rate_percent, {objective}"
        yield Problem("verdict.tolerance_percent", expected, str(tolerance))


def _polls_while_baking(profile: Described) -> Iterator[Problem]:
    poll, bake = profile.ramp.poll_seconds, profile.ramp.bake_seconds
    if poll > bake:
        yield Problem("ramp.poll_seconds", f"at most ramp.bake_seconds, {bake}", str(poll))


def _marks_rise(profile: Described) -> Iterator[Problem]:
    marks = profile.ramp.up_marks_percent
    if any(low >= high for low, high in pairwise(marks)) or WHOLE not in marks[-1:]:
        yield Problem("ramp.up_marks_percent", f"rising marks up to {WHOLE}", str(list(marks)))


def _floor_can_be_kept(profile: Described) -> Iterator[Problem]:
    """Otherwise no plan that takes weight off the largest route could ever be permitted."""
    proven = [route.proven_capacity_percent for route in profile.routes]
    left = sum(proven) - max(proven, default=0)
    floor = profile.rails.healthy_capacity_floor_percent
    if floor > left:
        expected = f"at most {left}, the proven capacity left without the largest route"
        yield Problem("rails.healthy_capacity_floor_percent", expected, str(floor))


def _time_zone_is_known(profile: Described) -> Iterator[Problem]:
    name = profile.service.time_zone
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        yield Problem("service.time_zone", "a name of the IANA time zone database", name)


def _routing_key_is_our_own(profile: Described) -> Iterator[Problem]:
    """The role may read this service's parameters only."""
    incident = profile.channels.incident
    if incident is None:
        return
    name, own = incident.routing_key_parameter, f"/{profile.service.name}/incident-channel/"
    if not name.startswith(own):
        key = "channels.incident.routing_key_parameter"
        yield Problem(key, f"a name that begins with {own}", name)


def _entry_fits(profile: Described) -> Iterator[Problem]:
    size = entry_bytes_max([(route.region, route.path) for route in profile.routes])
    if size > ENTRY_BYTES_MAX:
        expected = f"names whose longest journal entry is at most {ENTRY_BYTES_MAX} bytes"
        yield Problem("routes", expected, f"{size} bytes; use fewer or shorter paths")


def _one_probe_target_each(profile: Described) -> Iterator[Problem]:
    regions = [target.region for target in profile.probes.targets]
    serving = [profile.regions.home, profile.regions.standby]
    if sorted(regions) != sorted(serving):
        yield Problem("probes.targets", f"one each for {' and '.join(serving)}", ", ".join(regions))


def _probes_stay_in_the_service(profile: Described) -> Iterator[Problem]:
    """A slip in the profile must not send a probe every ten seconds to somebody else."""
    own, listed = host_of(profile.service.endpoint), profile.probes.hosts
    for index, target in enumerate(profile.probes.targets):
        if not _is_below(host := host_of(target.url), own) and host not in listed:
            expected = f"a host of {own}, or one of probes.hosts"
            yield Problem(f"probes.targets[{index}].url", expected, host)


def _targets_differ(profile: Described) -> Iterator[Problem]:
    urls = [target.url for target in profile.probes.targets]
    for index, url in enumerate(urls):
        if url in urls[:index]:
            yield Problem(f"probes.targets[{index}].url", "an address of that region alone", url)


def _control_is_outside(profile: Described) -> Iterator[Problem]:
    """Down together with the service, it could not tell the service from the vantage."""
    control, own = host_of(profile.probes.control), host_of(profile.service.endpoint)
    targets = {host_of(target.url) for target in profile.probes.targets}
    if _is_below(control, own) or control in targets:
        expected = f"a host outside {own} that is no target"
        yield Problem("probes.control", expected, control)


def host_of(url: str) -> str:
    """The host of an https address without user or port, such as the profile's."""
    return url.removeprefix("https://").partition("/")[0]


def _is_below(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _models_on_paths(profile: Described) -> Iterator[Problem]:
    """A model of a path that does not exist would be watched for nothing."""
    for index, model in enumerate(profile.bedrock.models):
        if model.path not in profile.paths:
            expected = f"one of paths, {', '.join(profile.paths)}"
            yield Problem(f"bedrock.models[{index}].path", expected, model.path)


def entry_bytes_max(routes: Sequence[tuple[str, str]]) -> int:
    """Bytes of the longest journal entry for these (region, path) pairs, as DynamoDB counts."""
    regions = dict.fromkeys(region for region, _ in routes)
    shares = sum(len(path) + len("=,") + _SHARE_DIGITS for _, path in routes)
    allocation = shares + sum(len(region) + len("/") for region in regions)
    longest_route = max((len(f"{region}/{path}") for region, path in routes), default=0)
    return 2 * allocation + longest_route + _ENTRY_BYTES_FIXED


def _incident_is_answered(profile: Described) -> Iterator[Problem]:
    incident = profile.incident
    watch, verify = incident.watch_minutes_max, incident.verify_minutes
    yield from rules_contradict(incident.rules, watch, verify)


def _roles(profile: Described) -> tuple[str, str, str]:
    return profile.regions.home, profile.regions.standby, profile.regions.observer


def _wanted(profile: Described) -> list[str]:
    serving = (profile.regions.home, profile.regions.standby)
    return [f"{region}/{path}" for region, path in product(serving, dict.fromkeys(profile.paths))]


def _given(profile: Described) -> list[str]:
    return [f"{route.region}/{route.path}" for route in profile.routes]


def _approvals_are_asked_for(profile: Described) -> Iterator[Problem]:
    """A rule that nothing asks by would look like protection, and be none."""
    for kind in _ASKS_NOBODY:
        if kind in profile.approvals:
            expected = "no such kind: it answers harm at once; the stop lever and brakes hold it"
            yield Problem(f"approvals.{kind}", expected, "a rule")


def _one_cluster_each(profile: Described) -> Iterator[Problem]:
    """Each where its ARN says, or a promotion would go to a region that nothing else moved to."""
    database = profile.failover.database if profile.failover else None
    if database is None:
        return
    regions = [each.region for each in database.clusters]
    serving = [profile.regions.home, profile.regions.standby]
    if sorted(regions) != sorted(serving):
        expected = f"one each for {' and '.join(serving)}"
        yield Problem("failover.database.clusters", expected, ", ".join(regions))
    for index, each in enumerate(database.clusters):
        if (lies_in := each.arn.split(":")[_ARN_REGION]) != each.region:
            key = f"failover.database.clusters[{index}].arn"
            yield Problem(key, f"an ARN in {each.region}", lies_in)


def _hand_over_within_lease(profile: Described) -> Iterator[Problem]:
    """A run waits for all of it before a database, and its plan must still hold then."""
    failover = profile.failover
    if failover is None or failover.database is None:
        return
    seconds = failover.writer_seconds + failover.skew_seconds
    if seconds > _HAND_OVER_SECONDS_MAX:
        expected = f"with skew_seconds at most {_HAND_OVER_SECONDS_MAX}, for failover.database"
        yield Problem("failover.writer_seconds", expected, str(seconds))
    if failover.plan_valid_seconds < (least := seconds + _BEFORE_SECONDS):
        expected = f"at least {least}, for failover.database"
        yield Problem("failover.plan_valid_seconds", expected, str(failover.plan_valid_seconds))


def _database_within_objective(profile: Described) -> Iterator[Problem]:
    database = profile.failover.database if profile.failover else None
    if database is None:
        return
    most = profile.objectives.rpo_minutes * _MINUTE_SECONDS
    if database.lag_seconds_max > most:
        expected = f"at most objectives.rpo_minutes, {most} s"
        yield Problem(
            "failover.database.lag_seconds_max", expected, f"{database.lag_seconds_max} s"
        )


_RULES: Final[tuple[Callable[[Described], Iterator[Problem]], ...]] = (
    _three_regions,
    _one_region_set,
    _residency,
    _paths_once,
    _every_route,
    _no_other_route,
    _baseline_is_whole,
    _baseline_is_proven,
    _tolerance_under_guard,
    _tolerance_over_objective,
    _polls_while_baking,
    _marks_rise,
    _floor_can_be_kept,
    _entry_fits,
    _one_probe_target_each,
    _targets_differ,
    _probes_stay_in_the_service,
    _control_is_outside,
    _time_zone_is_known,
    _routing_key_is_our_own,
    _incident_is_answered,
    _models_on_paths,
    _approvals_are_asked_for,
    _one_cluster_each,
    _database_within_objective,
    _hand_over_within_lease,
)
