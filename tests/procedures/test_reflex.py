"""An alarm becomes one contain and one case, whichever way and however often it comes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from autopilot.domain.page import Page
from autopilot.domain.severity import Severity
from autopilot.errors import BadInput
from autopilot.procedures.reflex import contain, receive, tell
from tests.gate.service import HOME_DIRECT, Service

EVENTS = Path(__file__).parents[2] / "events"


class NotedRuns:
    """Remembers which runs were started."""

    def __init__(self) -> None:
        """None so far."""
        self.started: list[str] = []

    def start(self, *, runbook: str, name: str, request: Mapping[str, Any]) -> str:
        """Note the start."""
        assert (runbook, request["mode"]) == ("traffic_ramp", "execute")
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


def contained(service: Service, alarm: object, runs: NotedRuns) -> dict[str, Any]:
    """What the reflex does about the alarm."""
    return contain(
        alarm, service="hybrid-routing", gate=service.gate, runs=runs, clock=service.clock
    )


def received(service: Service, alarm: object, runs: NotedRuns) -> dict[str, Any]:
    """What the other way does about it."""
    return receive(
        alarm, service="hybrid-routing", gate=service.gate, runs=runs, clock=service.clock
    )


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
    outcome = contained(service, event("alarm_direct_metric"), runs)
    assert (outcome["outcome"], outcome["opened"]) == ("refused", True)
    assert service.view.version == 1
    assert len(runs.started) == 1


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


def test_an_alarm_of_another_service_is_refused(service: Service) -> None:
    """Its dimension says whose metrics it watches."""
    alarm = event("alarm_direct_metric")
    for query in alarm["alarmData"]["configuration"]["metrics"]:
        query["metricStat"]["metric"]["dimensions"]["Service"] = "billing"
    with pytest.raises(BadInput, match=r"dimensions.Service: expected 'hybrid-routing'"):
        contained(service, alarm, NotedRuns())


def test_a_composite_alarm_names_no_route_and_is_refused(service: Service) -> None:
    """There is nothing to contain."""
    with pytest.raises(BadInput, match="Region and Path of one route"):
        contained(service, event("alarm_direct_composite"), NotedRuns())


def test_people_are_told_of_a_contain_and_not_of_a_refused_one(service: Service) -> None:
    """The run that follows a refusal reports by itself."""
    pages, runs = NotedPages(), NotedRuns()
    alarm = event("alarm_direct_metric")
    for _ in range(2):
        outcome = contained(service, alarm, runs)
        tell(outcome, service="hybrid-routing", pager=pages, severity=Severity.P1)
        service.clock.pass_seconds(600)
        alarm["alarmData"]["state"]["timestamp"] = "2026-11-23T03:26:42.879+0000"
    assert pages.subjects == ["P1 hybrid-routing: eu-central-1/direct was contained"]
