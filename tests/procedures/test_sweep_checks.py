"""Every check of the sweep: what is well, what is not, and what cannot be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from autopilot.domain.allocation import Route
from autopilot.domain.burn_rate import FAST
from autopilot.domain.health_score import Finding
from autopilot.domain.probes import ProbeObservation, TargetState
from autopilot.domain.profile import Profile
from autopilot.domain.verdict import State
from autopilot.errors import Transient
from autopilot.gate.ledger import JOURNAL_SLOTS, LedgerView, initial_item
from autopilot.ports import AlarmFacts, Bucket, EndpointAnswer, Series
from autopilot.ports.inventory import ModelLoad
from autopilot.procedures.health_sweep.checks import (
    bedrock,
    endpoints,
    ledger,
    regions,
    signals,
    traffic,
)
from autopilot.procedures.health_sweep.scene import Scene, attempt
from tests.procedures.conftest import NOW_MS, all_well, observation_of, view_of

HOME, STANDBY = "eu-central-1", "eu-west-1"
HOME_DIRECT, STANDBY_DIRECT = Route(HOME, "direct"), Route(STANDBY, "direct")
MINUTE_MS = 60_000


@pytest.fixture
def scene(profile: Profile) -> Scene:
    """A sweep at home, of a service at its baseline."""
    return Scene(profile, HOME, NOW_MS, view_of(profile.baseline()))


def states(found: Iterable[Finding]) -> dict[str, State]:
    """State by subject."""
    return {finding.subject: finding.state for finding in found}


def lately(requests: int, missed: int, *, silent: tuple[str, ...] = ()) -> Series:
    """Counts of the last five minutes only."""
    return Series((Bucket(NOW_MS - 5 * MINUTE_MS, requests, missed),), 300, silent)


# -- traffic -------------------------------------------------------------------------------------


def test_every_route_in_use_has_its_verdict(scene: Scene, profile: Profile) -> None:
    """The service as a whole, and each route; one that is sent nothing is left out."""
    drained = profile.baseline().move(STANDBY_DIRECT, {HOME_DIRECT: 5})
    scene = Scene(profile, HOME, NOW_MS, view_of(drained))
    counts = {**all_well(profile), HOME_DIRECT: (10_000, 3_000)}
    said = states(traffic.verdicts(scene, observation_of(profile, counts)))
    assert said[str(HOME_DIRECT)] is State.UNHEALTHY
    assert said[profile.service.name] is State.UNHEALTHY
    assert str(STANDBY_DIRECT) not in said


@pytest.mark.parametrize(
    "series, state",
    [
        (lately(100_000, 5_000), State.UNHEALTHY),
        (lately(100_000, 10), State.HEALTHY),
        (lately(20, 1), State.UNKNOWN),
        (Series((), 300), State.UNKNOWN),
        (lately(100_000, 10, silent=(STANDBY,)), State.UNKNOWN),
        (lately(100_000, 5_000, silent=(STANDBY,)), State.UNHEALTHY),
    ],
    ids=["burning", "calm", "quiet", "no data", "calm as far as seen", "burning in what is seen"],
)
def test_the_error_budget(scene: Scene, series: Series, state: State) -> None:
    """Half the numbers can show harm, but not health."""
    (found,) = traffic.burn(scene, FAST, series)
    assert found.state is state


def test_old_periods_are_not_in_a_short_window(scene: Scene) -> None:
    """Failures of forty minutes ago are in the hour, not in the last five minutes."""
    old = Bucket(NOW_MS - 40 * MINUTE_MS, 100_000, 5_000)
    now = Bucket(NOW_MS - 4 * MINUTE_MS, 10_000, 0)
    (found,) = traffic.burn(scene, FAST, Series((old, now), 300))
    assert found.state is State.HEALTHY
    assert found.evidence["long"]["failures"] == 5_000
    assert found.evidence["short"]["failures"] == 0


@pytest.mark.parametrize(
    "slow, state",
    [(6_000, State.UNHEALTHY), (4_000, State.HEALTHY), (5_000, State.UNKNOWN)],
)
def test_the_p95_holds_when_one_in_twenty_is_slower(scene: Scene, slow: int, state: State) -> None:
    """Exactly five percent slower than the objective is on the line: nobody can tell."""
    (found,) = traffic.latency(scene, lately(100_000, slow))
    assert found.state is state
    assert "took longer than 1000 ms" in found.said


@pytest.mark.parametrize(
    "second, state",
    [(16_000, State.UNHEALTHY), (14_000, State.HEALTHY), (15_000, State.UNKNOWN)],
)
def test_routing_efficiency(scene: Scene, second: int, state: State) -> None:
    """The objective is 85 % answered by the path chosen first."""
    (found,) = traffic.efficiency(scene, lately(100_000, second))
    assert found.state is state


# -- Bedrock -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "load, state, said",
    [
        (ModelLoad(100_000, 500, 100, 100), State.UNHEALTHY, "500 of 100500"),
        (ModelLoad(100_000, 10, 100, 100), State.HEALTHY, "10 of 100010"),
        (ModelLoad(100_000, None, 100, 100), State.HEALTHY, "none was ever published"),
        (ModelLoad(10, 1, 10, 10), State.UNKNOWN, "1 of 11"),
        (ModelLoad(None, None, None, None), State.UNKNOWN, "no invocation was seen"),
    ],
    ids=["many", "few", "no metric, but invocations", "an unlucky one", "no metric at all"],
)
def test_throttles(scene: Scene, load: ModelLoad, state: State, said: str) -> None:
    """No metric of throttles means none, but only where the model is seen to be used."""
    model = scene.profile.bedrock.models[0]
    (found,) = bedrock.throttles(scene, model, HOME, load)
    assert found.state is state
    assert said in found.said


@pytest.mark.parametrize(
    "quota, peak, state",
    [
        (10_000.0, 8_001, State.UNHEALTHY),
        (10_000.0, 8_000, State.HEALTHY),
        (10_000.0, None, State.UNKNOWN),
        (None, 8_000, State.UNKNOWN),
    ],
    ids=["into the reserve", "just within", "no use seen", "no such quota"],
)
def test_quota_headroom(scene: Scene, quota: float | None, peak: int | None, state: State) -> None:
    """A fifth is to be left at the peak; what was not seen or not found is never fine."""
    limit = bedrock.Limit("requests", "L-CCA5DF70", quota, peak)
    (found,) = bedrock.headroom(scene, scene.profile.bedrock.models[0], HOME, limit)
    assert found.state is state


def test_a_tight_quota_is_a_ceiling_for_its_route(scene: Scene) -> None:
    """60 % of the load made 900 a minute, and 960 may be used: 64 % is all the route can hold."""
    model = scene.profile.bedrock.models[0]
    limits = (
        bedrock.Limit("requests", "L-CCA5DF70", 1_200.0, 900),
        bedrock.Limit("tokens", "L-58BE175A", 5_000_000.0, 900_000),
    )
    found = bedrock.ceiling(scene, model, HOME, limits)
    assert {route: each.percent for route, each in found.items()} == {HOME_DIRECT: 64}
    assert "L-CCA5DF70" in found[HOME_DIRECT].reason


def test_a_wide_or_unread_quota_is_no_ceiling(scene: Scene) -> None:
    """What nobody knows does not take a route out of use."""
    model = scene.profile.bedrock.models[0]
    for limit in (
        bedrock.Limit("requests", "L-CCA5DF70", 10_000.0, 900),
        bedrock.Limit("requests", "L-CCA5DF70", None, 900),
        bedrock.Limit("requests", "L-CCA5DF70", 10.0, None),
    ):
        assert bedrock.ceiling(scene, model, HOME, (limit,)) == {}


# -- endpoints -----------------------------------------------------------------------------------


def component(**statuses: str) -> EndpointAnswer:
    """An answer with every component healthy but those named."""
    named = {name: {"status": statuses.get(name, "healthy")} for name in endpoints.COMPONENTS}
    return EndpointAnswer(200, {"status": "healthy", "components": named})


def test_each_component_of_support_mode_is_judged() -> None:
    """One that is degraded is unhealthy; the other three are well."""
    said = states(endpoints.support(component(MetaMonitor="degraded")))
    assert said.pop("MetaMonitor") is State.UNHEALTHY
    assert set(said.values()) == {State.HEALTHY}
    assert len(said) == 3


@pytest.mark.parametrize(
    "answer, state",
    [
        (EndpointAnswer(503, None), State.UNHEALTHY),
        (EndpointAnswer(404, None), State.UNKNOWN),
        (EndpointAnswer(200, ["not", "an", "object"]), State.UNKNOWN),
        (EndpointAnswer(200, {"components": {}}), State.UNKNOWN),
    ],
    ids=["server error", "not there", "another shape", "empty"],
)
def test_an_endpoint_that_does_not_say(answer: EndpointAnswer, state: State) -> None:
    """A server error is a failure; an answer of another shape says nothing."""
    (found,) = endpoints.support(answer)
    assert found.state is state


def test_a_component_that_is_left_out_is_unknown_and_words_are_cleaned(scene: Scene) -> None:
    """What a service writes is repeated as one short word at most."""
    answer = EndpointAnswer(200, {"paths": {"direct": {"status": "<b>bad</b> 1.2.3.4 " * 9}}})
    by_path = {finding.subject: finding for finding in endpoints.detailed(scene, answer)}
    assert by_path["mcp"].state is State.UNKNOWN
    assert by_path["direct"].state is State.UNHEALTHY
    assert len(by_path["direct"].said) < 60
    assert not set("<>. /") & set(by_path["direct"].said.removeprefix("says that it is "))


# -- alarms and queues ---------------------------------------------------------------------------


def alarm(state: str = "OK", minutes: int = 90, *, acts: bool = True, **more: Any) -> AlarmFacts:
    """An alarm in a state for so many minutes."""
    since_ms = NOW_MS - minutes * MINUTE_MS
    return AlarmFacts("watched", state, since_ms, acts, more.get("route"))


@pytest.mark.parametrize(
    "one, alarms, watch",
    [
        (alarm(), State.HEALTHY, State.HEALTHY),
        (alarm("ALARM"), State.UNHEALTHY, State.HEALTHY),
        (alarm(acts=False), State.HEALTHY, State.UNHEALTHY),
        (alarm("INSUFFICIENT_DATA"), State.HEALTHY, State.UNHEALTHY),
        (alarm("INSUFFICIENT_DATA", minutes=5), State.HEALTHY, State.HEALTHY),
        (alarm("INSUFFICIENT_DATA", route=HOME_DIRECT), State.HEALTHY, State.UNHEALTHY),
    ],
    ids=["well", "on", "muted", "blind", "blind for a moment", "blind on a used route"],
)
def test_alarms(scene: Scene, one: AlarmFacts, alarms: State, watch: State) -> None:
    """An alarm that is on tells by itself; one that cannot tell is what the sweep is for."""
    by_check = {finding.check: finding.state for finding in signals.alarms(scene, [one])}
    assert by_check == {"alarms": alarms, "watch": watch}


@pytest.mark.parametrize(
    "name, state",
    [
        ("autopilot-hybrid-routing-begun-lately", State.HEALTHY),
        ("hybrid-routing-budget-burning", State.UNHEALTHY),
    ],
)
def test_an_alarm_that_tells_nobody_counts_through_its_composite(
    scene: Scene, name: str, state: State
) -> None:
    """Or what is quiet on purpose would be told of here; incidents are taken by name."""
    one = AlarmFacts(name, "ALARM", NOW_MS, acts=True, route=None, has_action=False)
    by_check = {finding.check: finding.state for finding in signals.alarms(scene, [one])}
    assert by_check == {"alarms": state, "watch": State.HEALTHY}


def test_the_alarm_of_a_route_without_requests_may_be_blind(profile: Profile) -> None:
    """Nothing is published about a route that is sent nothing."""
    drained = profile.baseline().move(STANDBY_DIRECT, {HOME_DIRECT: 5})
    scene = Scene(profile, HOME, NOW_MS, view_of(drained))
    found = signals.alarms(scene, [alarm("INSUFFICIENT_DATA", route=STANDBY_DIRECT)])
    assert {finding.state for finding in found} == {State.HEALTHY}


def test_no_alarm_at_all_is_unknown(scene: Scene) -> None:
    """Nobody watching is not nobody complaining."""
    (found,) = signals.alarms(scene, [])
    assert found.state is State.UNKNOWN


def test_a_waiting_event_is_a_finding() -> None:
    """Each queue by itself."""
    assert states(signals.queues({"alarms": 0, "schedules": 2})) == {
        "alarms": State.HEALTHY,
        "schedules": State.UNHEALTHY,
    }


# -- regions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "minutes, state",
    [(None, State.UNKNOWN), (11, State.HEALTHY), (12, State.UNHEALTHY)],
)
def test_the_other_regions_silence(scene: Scene, minutes: int | None, state: State) -> None:
    """Twelve minutes without a sweep is two missed."""
    record = None
    if minutes is not None:
        record = {"observed_ms": NOW_MS - minutes * MINUTE_MS, "state": "healthy"}
    (found,) = regions.other_sweep(scene, record)
    assert (found.subject, found.state) == (STANDBY, state)


DEAD, WELL = TargetState(State.UNHEALTHY), TargetState(State.HEALTHY)


def vantage(
    home: TargetState,
    standby: TargetState = WELL,
    *,
    control: TargetState = WELL,
    age: int = 0,
) -> ProbeObservation:
    """What one vantage saw."""
    return ProbeObservation({HOME: home, STANDBY: standby}, control, NOW_MS - age * 1000)


@pytest.mark.parametrize(
    "observed, state",
    [
        ([vantage(DEAD), vantage(DEAD), vantage(WELL)], State.UNHEALTHY),
        ([vantage(WELL), vantage(WELL)], State.HEALTHY),
        ([vantage(DEAD), vantage(WELL), vantage(WELL)], State.UNKNOWN),
        ([vantage(DEAD), vantage(DEAD, control=DEAD)], State.UNKNOWN),
        ([vantage(DEAD), vantage(DEAD, age=151)], State.UNKNOWN),
        ([vantage(DEAD, DEAD), vantage(DEAD, DEAD), vantage(DEAD, DEAD)], State.UNKNOWN),
        ([], State.UNKNOWN),
    ],
    ids=["two say so", "well", "one says so", "own way out", "stale", "all red", "nothing"],
)
def test_a_region_by_its_probes(
    scene: Scene, observed: list[ProbeObservation], state: State
) -> None:
    """Two vantages whose own way out is good, and never all regions at once."""
    found = list(regions.probed(scene, dict(zip("abc", observed, strict=False))))
    assert states(found)[HOME] is state
    routes = {route.region for route in regions.ceilings(scene, found)}
    assert routes == ({HOME} if state is State.UNHEALTHY else set())


def test_a_verdict_says_whom_it_doubts(scene: Scene) -> None:
    """Who cannot see anything is told of, and not believed."""
    seen = {"a": vantage(WELL), "b": vantage(WELL), "c": vantage(DEAD, DEAD)}
    (home, _) = regions.probed(scene, seen)
    assert home.state is State.HEALTHY
    assert home.said == "answers a and b; c is doubted: every region looks dead from it"


# -- ledger --------------------------------------------------------------------------------------


def ledger_states(scene: Scene, changes: Mapping[str, Any], **more: Any) -> dict[str, State]:
    """The findings on a ledger item with changed attributes."""
    view = LedgerView.of({**initial_item(scene.profile.baseline()), **changes})
    planner = more.get("planner", {"holder": HOME, "expires_ms": NOW_MS})
    return states(ledger.facts(scene, view, planner, more.get("holder")))


def held(minutes_over: int) -> dict[str, Any]:
    """A lease that ran out so many minutes ago."""
    expires_ms = NOW_MS - minutes_over * MINUTE_MS
    return {"holder": "r-1", "runbook": "traffic_ramp", "fence": 1, "expires_ms": expires_ms}


def test_a_ledger_at_rest_is_well(scene: Scene) -> None:
    """Lever, lease, journal and planner."""
    assert ledger_states(scene, {}) == dict.fromkeys(
        ("stop lever", "lease", "journal", "planner"), State.HEALTHY
    )


@pytest.mark.parametrize(
    "changes, more, subject, state",
    [
        (
            {"lever": {"engaged": True, "reason": "x", "by": "y", "at_ms": 1}},
            {},
            "stop lever",
            State.UNHEALTHY,
        ),
        ({"lease": held(-1)}, {"holder": {"opened_ms": NOW_MS - 5}}, "lease", State.HEALTHY),
        ({"lease": held(-1)}, {"holder": {"opened_ms": 0}}, "lease", State.UNHEALTHY),
        ({"lease": held(-1)}, {}, "lease", State.UNKNOWN),
        ({"lease": held(11)}, {}, "lease", State.UNHEALTHY),
        ({}, {"planner": None}, "planner", State.UNKNOWN),
        ({}, {"planner": {"holder": HOME, "expires_ms": 0}}, "planner", State.UNHEALTHY),
    ],
    ids=["stopped", "a run", "a long run", "nobody's run", "dead", "no planner", "untended"],
)
def test_what_keeps_the_automation_from_acting(
    scene: Scene, changes: dict[str, Any], more: dict[str, Any], subject: str, state: State
) -> None:
    """Each part by itself."""
    assert ledger_states(scene, changes, **more)[subject] is state


def test_a_journal_that_fills_is_found(scene: Scene) -> None:
    """More than half of the slots wait: the export has fallen behind."""
    journal: dict[str, Any] = {
        kind: {str(n): {} for n in range(slots)} for kind, slots in JOURNAL_SLOTS.items()
    }
    assert ledger_states(scene, {"journal": journal})["journal"] is State.UNHEALTHY


# -- what could not be read ----------------------------------------------------------------------


def test_what_could_not_be_read_is_unknown() -> None:
    """And the error is said."""

    def fail() -> Iterator[Finding]:
        message = "CloudWatch did not answer"
        raise Transient(message)
        yield

    (found,) = attempt("burn", "14.4x", fail)
    assert found.state is State.UNKNOWN
    assert found.said == "could not be read: CloudWatch did not answer"
