"""An alarm becomes one contain and one case, whichever way and however often it comes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from autopilot.domain.page import Page
from autopilot.errors import BadInput, Transient
from autopilot.procedures.cases import RESTARTS_MAX, restart_dead
from autopilot.procedures.reflex import contain, receive
from tests.gate.service import HOME_DIRECT, Service

EVENTS = Path(__file__).parents[2] / "events"


class NotedRuns:
    """Remembers which runs were started."""

    def __init__(self) -> None:
        """None so far."""
        self.started: list[str] = []
        self.fail_next = 0

    def start(self, *, runbook: str, name: str, request: Mapping[str, Any]) -> str:
        """Note the start, or fail as often as was asked for."""
        if self.fail_next:
            self.fail_next -= 1
            raise Transient("Step Functions did not answer")
        assert (runbook, request["mode"]) == ("incident_response", "execute")
        self.started.append(name)
        return name


class NotedPages:
    """Remembers what people were told."""

    def __init__(self) -> None:
        """Nothing so far."""
        self.subjects: list[str] = []

    def page(self, page: Page) -> str:
        """Note the page."""
        assert "autopilot status" in page.text
        assert page.thread
        self.subjects.append(f"{page.severity} {page.title}")
        return "eu-central-1"


@pytest.fixture
def service() -> Service:
    """A service with a standing plan for its direct path at home."""
    made = Service()
    made.stand_by()
    return made


def event(name: str) -> dict[str, Any]:
    """A payload as AWS sends it."""
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def contained(
    service: Service, alarm: object, runs: NotedRuns, pages: NotedPages | None = None
) -> dict[str, Any]:
    """What the reflex does about the alarm."""
    return contain(
        alarm,
        service="hybrid-routing",
        gate=service.gate,
        runs=runs,
        clock=service.clock,
        tell=(pages or NotedPages()).page,
    )


def received(service: Service, alarm: object, runs: NotedRuns) -> dict[str, Any]:
    """What the other way does about it."""
    return receive(
        alarm, service="hybrid-routing", gate=service.gate, runs=runs, clock=service.clock
    )


def aged(service: Service, *, seconds: int) -> dict[str, Any]:
    """A route's alarm that changed its state so long ago."""
    alarm = event("alarm_direct_metric")
    at = datetime.fromtimestamp(service.clock.now_ms() / 1000 - seconds, tz=UTC)
    alarm["alarmData"]["state"]["timestamp"] = at.strftime("%Y-%m-%dT%H:%M:%S.%f%z")
    return alarm


def test_an_alarm_contains_its_route_and_starts_one_run(service: Service) -> None:
    """First the effect, then the considered answer."""
    runs = NotedRuns()
    outcome = contained(service, event("alarm_direct_metric"), runs)
    assert outcome["outcome"] == "contained"
    assert outcome["run"] == runs.started[0]
    assert service.view.allocation.percent(HOME_DIRECT) < 60
    assert service.view.version == 2


def test_the_same_alarm_again_is_the_same_effect_and_the_same_run(service: Service) -> None:
    """Asynchronous delivery is at least once."""
    runs = NotedRuns()
    first = contained(service, event("alarm_direct_metric"), runs)
    again = contained(service, event("alarm_direct_metric"), runs)
    assert (again["outcome"], again["entry"]) == ("contained", first["entry"])
    assert service.view.version == 2
    assert len(set(runs.started)) == 1


def test_a_later_alarm_about_the_route_joins_the_open_case(service: Service) -> None:
    """Flapping ends in one run, and the dwell stops a second contain."""
    runs = NotedRuns()
    first = contained(service, event("alarm_direct_metric"), runs)
    service.gate.begin_incident("traffic", first["run"], "execution")
    flapped = deepcopy(event("alarm_direct_metric"))
    flapped["alarmData"]["state"]["timestamp"] = "2026-11-23T03:16:42.879+0000"
    service.clock.pass_seconds(120)
    service.stand_by()
    later = contained(service, flapped, runs)
    assert (later["outcome"], later["opened"]) == ("refused", False)
    assert "was contained; nothing more until" in later["detail"]
    assert later["run"] == first["run"]
    assert runs.started == [first["run"]]


def test_a_refused_contain_still_starts_the_run(service: Service) -> None:
    """Without a usable standing plan the runbook plans afresh."""
    runs = NotedRuns()
    service.clock.pass_seconds(600)
    outcome = contained(service, aged(service, seconds=0), runs)
    assert (outcome["outcome"], outcome["opened"]) == ("refused", True)
    assert "plan" in outcome["detail"]
    assert service.view.version == 1
    assert len(runs.started) == 1


@pytest.mark.parametrize("seconds, outcome", [(180, "contained"), (181, "refused")])
def test_an_alarm_of_long_ago_moves_nothing(service: Service, seconds: int, outcome: str) -> None:
    """Held back by a mute rule or a queue, it comes late; the incident looks instead."""
    runs = NotedRuns()
    answer = contained(service, aged(service, seconds=seconds), runs)
    assert answer["outcome"] == outcome
    assert ("stale: expected" in answer.get("detail", "")) == (outcome == "refused")
    assert service.view.version == (1 if outcome == "refused" else 2)
    assert runs.started == [answer["run"]]


def test_the_other_way_opens_a_case_and_moves_nothing(service: Service) -> None:
    """EventBridge brings the same alarm; traffic is the reflex's."""
    runs = NotedRuns()
    outcome = received(service, event("alarm_eventbridge_metric"), runs)
    assert (outcome["outcome"], outcome["opened"]) == ("received", True)
    assert service.view.version == 1


def test_an_alarm_without_data_is_no_reason_to_act(service: Service) -> None:
    """Absence of data is unknown, and unknown moves nothing."""
    runs = NotedRuns()
    outcome = received(service, event("alarm_insufficient_data"), runs)
    assert outcome["outcome"] == "ignored"
    assert runs.started == []


@pytest.mark.parametrize("suppressor, outcome", [("Alarm", "ignored"), ("WaitPeriod", "received")])
def test_an_alarm_that_another_one_explains_opens_nothing(
    service: Service, suppressor: str, outcome: str
) -> None:
    """A composite alarm's event comes although its actions are held back, as in maintenance."""
    alarm = event("alarm_eventbridge_composite")
    alarm["detail"]["state"]["actionsSuppressedBy"] = suppressor
    assert received(service, alarm, NotedRuns())["outcome"] == outcome


def test_an_alarm_of_another_service_is_refused(service: Service) -> None:
    """Its dimension says whose metrics it watches."""
    alarm = event("alarm_direct_metric")
    for query in alarm["alarmData"]["configuration"]["metrics"]:
        query["metricStat"]["metric"]["dimensions"]["Service"] = "billing"
    with pytest.raises(BadInput, match=r"dimensions.Service: expected 'hybrid-routing'"):
        contained(service, alarm, NotedRuns())


def test_a_composite_alarm_contains_nothing_and_opens_the_incident(service: Service) -> None:
    """It is about no single route, and about the service all the same."""
    runs = NotedRuns()
    outcome = contained(service, event("alarm_direct_composite"), runs)
    assert (outcome["outcome"], outcome["opened"]) == ("received", True)
    assert service.view.version == 1
    assert len(runs.started) == 1


def test_an_alarm_and_its_composite_are_one_incident(service: Service) -> None:
    """Both are signals of it, and one run reads them."""
    runs = NotedRuns()
    first = contained(service, event("alarm_direct_metric"), runs)
    second = received(service, event("alarm_direct_composite"), runs)
    assert (second["incident"], second["opened"]) == (first["incident"], False)
    assert runs.started == [first["run"]]
    assert len(service.gate.find_records(f"signal/{first['incident']}/")) == 2


def test_people_are_told_by_the_reflex_only_where_no_incident_could_be_opened(
    service: Service,
) -> None:
    """The failure is passed on, so that the delivery is tried again, and then opens it."""
    pages, runs = NotedPages(), NotedRuns()
    runs.fail_next = 1
    with pytest.raises(Transient):
        contained(service, event("alarm_direct_metric"), runs, pages)
    again = contained(service, event("alarm_direct_metric"), runs, pages)
    assert runs.started == [again["run"]]
    assert pages.subjects == [
        "P0 hybrid-routing: an alarm went off, and no incident could be opened"
    ]


def test_two_hundred_alarms_in_a_minute_start_one_run_and_none_is_lost(service: Service) -> None:
    """Each is one small record; a replay adds none."""
    runs = NotedRuns()
    alarm = event("alarm_eventbridge_metric")
    for number in range(200):
        alarm["resources"] = [f"arn:aws:cloudwatch:eu-central-1:123456789012:alarm:storm-{number}"]
        first = received(service, alarm, runs)
        claim = service.gate.find_incident("traffic")
        assert claim is not None
        service.gate.begin_incident("traffic", claim.run, "execution")
        assert received(service, alarm, runs)["run"] == first["run"]
        service.clock.pass_seconds(0.3)
    assert len(runs.started) == 1
    assert len(service.gate.find_records("signal/", limit=500)) == 200


def opened(service: Service, runs: NotedRuns) -> dict[str, Any]:
    """An incident whose run has begun."""
    outcome = received(service, event("alarm_eventbridge_metric"), runs)
    service.gate.begin_incident("traffic", outcome["run"], "execution")
    return outcome


def another_alarm(seconds: int) -> dict[str, Any]:
    """The same alarm, gone off again in the given second of that minute."""
    alarm = event("alarm_eventbridge_metric")
    alarm["detail"]["state"]["timestamp"] = f"2026-11-23T03:20:{seconds:02}.000+0000"
    return alarm


def test_an_alarm_reopens_an_incident_that_was_just_closed(service: Service) -> None:
    """The same incident, with a run of its own name."""
    runs = NotedRuns()
    first = opened(service, runs)
    assert service.gate.close_incident("traffic", "execution", reopen_seconds=1_800)
    service.clock.pass_seconds(600)
    again = received(service, another_alarm(1), runs)
    assert again["incident"] == first["incident"]
    assert runs.started == [first["run"], f"{first['run']}-2"]


def test_a_replay_does_not_reopen_a_closed_incident(service: Service) -> None:
    """The alarm was answered."""
    runs = NotedRuns()
    first = opened(service, runs)
    service.gate.close_incident("traffic", "execution", reopen_seconds=1_800)
    received(service, event("alarm_eventbridge_metric"), runs)
    assert runs.started == [first["run"]]


def test_an_alarm_after_the_time_for_reopening_is_an_incident_of_its_own(service: Service) -> None:
    """With an id of its own."""
    runs = NotedRuns()
    first = opened(service, runs)
    service.gate.close_incident("traffic", "execution", reopen_seconds=1_800)
    service.clock.pass_seconds(1_801)
    later = received(service, another_alarm(1), runs)
    assert later["incident"] != first["incident"]
    assert runs.started == [first["run"], later["run"]]


def test_an_alarm_takes_over_the_incident_of_a_dead_run(service: Service) -> None:
    """A run that renews nothing for five minutes is dead; one that lives is joined."""
    runs = NotedRuns()
    first = opened(service, runs)
    service.clock.pass_seconds(200)
    assert service.gate.renew_incident("traffic", "execution")
    service.clock.pass_seconds(200)
    assert received(service, another_alarm(1), runs)["run"] == first["run"]
    service.clock.pass_seconds(101)
    assert received(service, another_alarm(2), runs)["run"] == f"{first['run']}-2"
    assert not service.gate.renew_incident("traffic", "execution")


def test_whoever_finds_a_claim_whose_run_never_began_starts_it(service: Service) -> None:
    """Its caller died between the claim and the start."""
    runs = NotedRuns()
    runs.fail_next = 1
    with pytest.raises(Transient):
        received(service, event("alarm_eventbridge_metric"), runs)
    assert received(service, another_alarm(1), runs)["opened"] is False
    assert runs.started == []
    service.clock.pass_seconds(10)
    joined = received(service, another_alarm(2), runs)
    assert runs.started == [joined["run"]]


def restarted(service: Service, runs: NotedRuns) -> list[str]:
    """What the clock starts again."""
    return restart_dead(service.gate, runs, service.clock.now_ms())


def test_the_clock_starts_a_run_that_nobody_began(service: Service) -> None:
    """The one who claimed it died, and no other alarm came."""
    runs = NotedRuns()
    runs.fail_next = 1
    with pytest.raises(Transient):
        contained(service, event("alarm_direct_metric"), runs)
    service.clock.pass_seconds(59)
    assert restarted(service, runs) == []
    service.clock.pass_seconds(1)
    assert restarted(service, runs) == runs.started
    assert len(runs.started) == 1


def test_the_clock_puts_a_new_run_in_the_place_of_a_dead_one_and_not_for_ever(
    service: Service,
) -> None:
    """Each has a name of its own; a run that lives is left alone, and a closed incident too."""
    runs = NotedRuns()
    run = contained(service, event("alarm_direct_metric"), runs)["run"]
    service.gate.begin_incident("traffic", run, "execution")
    service.clock.pass_seconds(299)
    assert restarted(service, runs) == []
    for _ in range(20):
        service.clock.pass_seconds(60)
        restarted(service, runs)
    assert runs.started[1] == f"{run}-2"
    for _ in range(60):
        service.clock.pass_seconds(60)
        for name in restarted(service, runs):
            service.gate.begin_incident("traffic", name, name)
    assert len(set(runs.started)) == RESTARTS_MAX + 1
    last = runs.started[-1]
    service.gate.close_incident("traffic", last, reopen_seconds=60)
    service.clock.pass_seconds(600)
    assert restarted(service, runs) == []


def test_of_two_executions_of_one_incident_one_begins(service: Service) -> None:
    """Both regions may have started it; whoever repeats its begin still has it."""
    run = received(service, event("alarm_eventbridge_metric"), NotedRuns())["run"]
    for runner in ("here", "there", "here"):
        assert service.gate.begin_incident("traffic", run, runner).runner == "here"
