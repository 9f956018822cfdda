"""Incidents from alarm to report on the deployed product: what is done, what is told, what is not.

Each failure sets off the alarms of both regions, each of which comes by two ways.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from autopilot.domain.allocation import Allocation, Route
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.emulator.faults import Fault
from tests.runbooks.witness import HOME_DIRECT, Witnessed, witnessed

EVENTS = Path(__file__).parents[2] / "events"
FAILING_PPM = 300_000
HOME_MCP = "eu-central-1/mcp"


def fails(bench: Bench, *names: str) -> None:
    """From now on these routes fail 30 % of their requests, and no others do."""
    failing = {Route.parse(name) for name in names}

    def failures_ppm(route: Route, _held: Allocation) -> int:
        return FAILING_PPM if route in failing else 0

    bench.service.failures_ppm = failures_ppm


def metrics_stop(bench: Bench) -> None:
    """Routers go on, and publish nothing more."""
    bench.service.publishes = False


def sent(bench: Bench, name: str, *, seconds_ago: float = 0.0, alarm: str = "") -> None:
    """An alarm from events/ arrives by EventBridge, as of so many seconds ago."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    at = datetime.fromtimestamp(bench.aws.scheduler.now - seconds_ago, tz=UTC)
    inner = event.get("detail") or event["alarmData"]
    inner["state"]["timestamp"] = at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    if alarm:
        inner["alarmName"] = alarm
        event["resources"] = [f"arn:aws:cloudwatch:eu-central-1:123456789012:alarm:{alarm}"]
    bench.aws.invoke(bench.function("receive_alarm"), event, region=bench.home)


def incidents(seen: Witnessed) -> list[Mapping[str, Any]]:
    """The runs that answered an incident."""
    ramps = {name for name in seen.runs if "-ramp-" in name}
    return [run for name, run in sorted(seen.runs.items()) if name not in ramps]


def outcome(seen: Witnessed) -> Mapping[str, Any]:
    """The output of the only run of an incident."""
    (run,) = incidents(seen)
    assert run["status"] == "SUCCEEDED", run
    output: Mapping[str, Any] = run["output"]
    return output


def pages(seen: Witnessed) -> list[str]:
    """Subjects of pages about incidents, in order: sweeps see what is wrong as well."""
    subjects = [page.partition("\n")[0] for page in seen.pages if page.startswith("[")]
    return [subject for subject in subjects if "seen from" not in subject]


def test_a_lost_path_is_contained_ramped_down_verified_and_reported(deployed: Bench) -> None:
    """One incident for four deliveries, one ramp, two pages, and a report with its review."""

    def path_lost(bench: Bench) -> None:
        fails(bench, HOME_DIRECT)
        bench.aws.run(60)

    seen = witnessed(deployed, path_lost)
    ended = outcome(seen)
    report = ended["report"]
    assert ended["outcome"] == "mitigated"
    assert seen.acts() == ["contain", "advance"]
    assert seen.after["allocation"][HOME_DIRECT] == 0
    assert (report["rule"], report["severity"]) == ("main-path-lost", "P0")
    assert pages(seen) == [
        "[P0 CRITICAL] hybrid-routing: path lost",
        "[P3 INFO] hybrid-routing: incident mitigated",
    ]
    told = [what for _, what in report["timeline"]]
    assert any("The reflex contained eu-central-1/direct" in what for what in told)
    assert any("traffic_ramp of eu-central-1/direct ended: done" in what for what in told)
    assert [action["owner"] for action in report["actions"]] == ["service team"] * 2
    assert all(action["due"] == "2026-01-10" for action in report["actions"])


def test_a_blip_of_forty_seconds_causes_nothing_beyond_the_contain(deployed: Bench) -> None:
    """What the reflex did is reversible; the run only watched."""

    def blip(bench: Bench) -> None:
        fails(bench, HOME_DIRECT)
        bench.aws.run(40)
        fails(bench)
        bench.aws.run(5)

    seen = witnessed(deployed, blip)
    assert outcome(seen)["outcome"] == "mitigated"
    assert seen.acts() == ["contain"]
    assert [name for name in seen.runs if "-ramp-" in name] == []


def test_a_stale_alarm_ends_in_one_quiet_page(deployed: Bench) -> None:
    """Nothing is wrong: the run looks, waits, and says so at the lowest severity."""
    seen = witnessed(deployed, lambda bench: sent(bench, "alarm_eventbridge_math"))
    assert outcome(seen)["outcome"] == "nothing_wrong"
    assert seen.acts() == []
    assert pages(seen) == ["[P3 INFO] hybrid-routing: incident nothing wrong"]
    assert outcome(seen)["report"]["severity"] == "P3"


def test_an_alarm_its_composite_and_a_replay_are_one_incident(deployed: Bench) -> None:
    """Three deliveries, two alarms, one run."""

    def three(bench: Bench) -> None:
        sent(bench, "alarm_eventbridge_math")
        sent(bench, "alarm_eventbridge_math")
        sent(bench, "alarm_eventbridge_composite")

    report = outcome(witnessed(deployed, three))["report"]
    assert report["alarms"] == [
        "hybrid-routing-eu-west-1-mcp-failing-share",
        "hybrid-routing-eu-central-1-failing",
    ]


def test_without_metrics_nothing_moves_and_people_are_told(deployed: Bench) -> None:
    """Absence of data is unknown for as long as it is watched; then people take over."""

    def blind(bench: Bench) -> None:
        metrics_stop(bench)
        bench.aws.run(120)
        sent(bench, "alarm_eventbridge_composite")

    seen = witnessed(deployed, blind)
    (run,) = incidents(seen)
    assert run["error"] == "HandedOver"
    assert seen.acts() == []
    assert pages(seen)[:1] == ["[P1 WARNING] hybrid-routing: blind"]
    handed_over = "[P1 WARNING] hybrid-routing: incident handed over"
    climbed = [page for page in pages(seen) if "nobody has taken an incident" in page]
    assert pages(seen).count(handed_over) == 1
    assert len(climbed) > 0


def test_when_every_route_fails_the_observer_is_suspected_and_nothing_moves(
    deployed: Bench,
) -> None:
    """There is nowhere to go, and a broken measure looks just like this."""

    def all_red(bench: Bench) -> None:
        tell = bench.aws.alarms.on_transition
        bench.aws.alarms.on_transition = lambda _alarm, _before: None
        fails(bench, *map(str, bench.start.routes))
        bench.aws.run(60)
        bench.aws.alarms.on_transition = tell
        sent(bench, "alarm_eventbridge_composite")
        bench.aws.run(120)
        fails(bench)

    seen = witnessed(deployed, all_red)
    assert seen.acts() == []
    assert pages(seen)[:1] == ["[P0 CRITICAL] hybrid-routing: observer suspect"]


def test_a_second_route_that_fails_is_handled_in_the_same_incident(deployed: Bench) -> None:
    """Two ramps in one run, and both routes are out of use at its end."""

    def one_after_the_other(bench: Bench) -> None:
        fails(bench, HOME_DIRECT)
        bench.aws.run(200)
        fails(bench, HOME_DIRECT, "eu-west-1/mcp")
        bench.aws.run(60)

    seen = witnessed(deployed, one_after_the_other)
    assert outcome(seen)["outcome"] == "mitigated"
    assert seen.after["allocation"]["eu-west-1/mcp"] == 0
    assert len([name for name in seen.runs if "-ramp-" in name]) == 2


def test_a_failure_soon_after_the_end_reopens_the_incident(deployed: Bench) -> None:
    """The same incident, in a run with a name of its own."""

    def again(bench: Bench) -> None:
        sent(bench, "alarm_eventbridge_math")
        bench.aws.run(400)
        sent(bench, "alarm_eventbridge_composite")

    seen = witnessed(deployed, again)
    first, second = incidents(seen)
    assert first["output"]["incident"] == second["output"]["incident"]
    assert sorted(seen.runs)[1] == f"{min(seen.runs)}-2"


def test_a_refused_ramp_becomes_a_page_with_what_to_decide(deployed: Bench) -> None:
    """The stop lever holds everything; the severity rises by the profile's rule."""

    def stopped(bench: Bench) -> None:
        bench.installation.gate.engage_lever(by="an operator", reason="a test")
        fails(bench, "eu-west-1/mcp")
        bench.aws.run(150)
        fails(bench)

    seen = witnessed(deployed, stopped)
    assert seen.acts() == []
    subjects = pages(seen)
    assert subjects[0] == "[P1 WARNING] hybrid-routing: path lost"
    assert "[P0 CRITICAL] hybrid-routing: a runbook failed during path lost" in subjects
    (asked,) = [page for page in seen.pages if "a runbook failed" in page.partition("\n")[0]]
    assert "an operator stopped all automation" in asked
    assert "decide by hand where the traffic shall go" in asked


def test_a_run_that_dies_is_told_of_and_its_incident_is_taken_over(deployed: Bench) -> None:
    """It reaches no Catch; the next alarm five minutes later goes on with the incident."""

    def dies(bench: Bench) -> None:
        sent(bench, "alarm_eventbridge_math")
        bench.aws.run(30)
        for execution in bench.aws.engine.list():
            if execution.name.startswith("incident-") and execution.running:
                bench.aws.engine.stop(execution.arn)
        bench.aws.run(400)
        sent(bench, "alarm_eventbridge_composite")

    seen = witnessed(deployed, dies)
    first, second = incidents(seen)
    assert (first["status"], second["status"]) == ("ABORTED", "SUCCEEDED")
    assert any("autopilot-hybrid-routing-incidents-aborted" in page for page in seen.pages)
    assert sorted(seen.runs)[1] == f"{min(seen.runs)}-2"


def test_without_the_ledger_nothing_moves_and_people_are_paged(deployed: Bench) -> None:
    """The reflex cannot write, so it says that the answer is people's."""

    def ledger_down(bench: Bench) -> None:
        bench.aws.faults.add(
            Fault(service="dynamodb", until=bench.aws.scheduler.now + 240, count=None)
        )
        fails(bench, HOME_DIRECT)
        bench.aws.run(200)
        fails(bench)
        bench.aws.run(60)

    seen = witnessed(deployed, ledger_down)
    assert seen.acts() == []
    wanted = "[P0 CRITICAL] hybrid-routing: an alarm went off, and no incident could be opened"
    assert wanted in pages(seen)


@pytest.mark.parametrize("reason", ["clients report errors", ""])
def test_an_operator_starts_an_incident_by_hand(deployed: Bench, reason: str) -> None:
    """With or without a reason; nothing wrong pages nobody, since somebody looks already."""
    request = {"mode": "execute", **({"reason": reason} if reason else {})}
    seen = witnessed(deployed, lambda bench: start(bench, request))
    assert outcome(seen)["outcome"] == "nothing_wrong"
    assert pages(seen) == []


def test_an_operator_is_told_of_the_incident_that_is_open(deployed: Bench) -> None:
    """And its run is named."""

    def both(bench: Bench) -> None:
        sent(bench, "alarm_eventbridge_math")
        bench.aws.run(20)
        start(bench, {"mode": "execute"})

    refused = witnessed(deployed, both).runs["by-hand"]
    assert refused["error"] == "Refused"
    assert "is open already, expected none of family traffic" in refused["cause"]


def test_an_empty_object_shows_rule_and_evidence_and_changes_nothing(deployed: Bench) -> None:
    """`{}` is a dry run: it classifies as if an alarm had come."""
    seen = witnessed(deployed, lambda bench: start(bench, {}))
    shown = seen.runs["by-hand"]["output"]
    assert (shown["outcome"], shown["rule"]) == ("dry_run", "nothing-wrong")
    assert "The service is healthy" in " ".join(shown["evidence"])
    assert set(seen.calls["by-hand"]) == {
        "dynamodb:GetItem",
        "dynamodb:Query",
        "cloudwatch:GetMetricData",
    }
    assert pages(seen) == []


@pytest.mark.parametrize("wrong", [None, [], {"rute": 1}, {"reason": 7}])
def test_bad_input_is_refused_with_a_reason_and_changes_nothing(
    deployed: Bench, wrong: object
) -> None:
    """Expected, got, and what to do."""
    seen = witnessed(deployed, lambda bench: start(bench, wrong))
    run = seen.runs["by-hand"]
    assert (run["status"], run["error"]) == ("FAILED", "Refused")
    assert "expected" in run["cause"]
    assert "An empty object {} is always safe" in run["cause"]
    assert seen.after == seen.before


def test_an_unreadable_input_of_an_alarms_run_is_told(deployed: Bench) -> None:
    """Nobody stands before the console, so people are paged."""
    request = {"mode": "execute", "incident": "incident-x"}
    seen = witnessed(deployed, lambda bench: start(bench, request))
    assert seen.runs["by-hand"]["error"] == "Failed"
    assert pages(seen) == ["[P0 CRITICAL] hybrid-routing: incident refused"]


def start(bench: Bench, request: object) -> None:
    """Start incident_response at home, as from the console."""
    bench.installation.start_run("incident_response", request, region=bench.home, name="by-hand")
