"""Personal data in any input stays out of logs, pages, histories, answers, records and trails.

docs/privacy.md is the rule, with its two exceptions: dead letters, and the text of a run's own
input, which AWS keeps as whoever wrote it sent it.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from autopilot.errors import Refused
from autopilot.procedures.escalate import acknowledge
from autopilot.procedures.health_sweep.checks.endpoints import COMPONENTS
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.forked import in_forks
from autopilot_lab.drill.health_endpoints import serve_health
from autopilot_lab.drill.incident_channel import serve_incident_channel
from autopilot_lab.drill.remains import INPUT_OF, dead_letters, remains
from autopilot_lab.emulator.faults import Fault, FaultKind
from tests.runbooks.witness import HOME_DIRECT, ramp_up, start

NAME: Final = "Erika Mustermann"
MAIL: Final = "erika.mustermann@example.org"
IBAN: Final = "DE02120300000000202051"
PHONE: Final = "+49 30 901820"
EVERYTHING: Final = f"{NAME} {MAIL} {IBAN} {PHONE}"
MARKERS: Final = (NAME, "Mustermann", "Erika.Mustermann", MAIL, IBAN, PHONE)
#: Markers that are known by their form: withheld from texts that are recorded on purpose.
FORMED: Final = (MAIL, IBAN, PHONE)

EVENTS: Final = Path(__file__).parents[2] / "events"
WHO_ACTED: Final = "record ack/"  #: the third rule of docs/privacy.md
SENT: Final = ("dedup_key",)  #: stands in every post
TYPED: Final = "typed"  #: how the names of runs begin that an operator started
MINUTES: Final = 10

Happening = Callable[[Bench], None]


def event(name: str) -> dict[str, Any]:
    """A real payload."""
    read: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    return read


def invoke(bench: Bench, function: str, payload: Any) -> None:
    """Send an event to a function, as alarms do."""
    bench.aws.client("lambda", bench.home).invoke(
        FunctionName=bench.function(function),
        InvocationType="Event",
        Payload=json.dumps(payload).encode(),
    )


# -- what outsiders control ------------------------------------------------------------------------


def malformed() -> Iterator[tuple[str, Any]]:
    """Events that no alarm sends, by what is wrong with them."""
    for marker in MARKERS:
        yield f"text {marker}", marker
        yield f"unknown field {marker}", {marker: marker, "detail": {marker: [marker]}}
        for field in ("source", "alarmArn", "accountId", "region"):
            yield f"{field} {marker}", event("alarm_direct_metric") | {field: marker}
            yield f"list in {field} {marker}", event("alarm_direct_metric") | {field: [marker]}
        for field in ("alarmName", "state", "configuration"):
            wrong = event("alarm_direct_metric")
            wrong["alarmData"][field] = {marker: marker}
            yield f"alarmData.{field} {marker}", wrong
        for field in ("value", "timestamp"):
            wrong = event("alarm_direct_metric")
            wrong["alarmData"]["state"][field] = marker
            yield f"state.{field} {marker}", wrong
        other = event("alarm_eventbridge_metric")
        other["detail"]["alarmName"] = [marker]
        yield f"detail.alarmName {marker}", other | {"detail-type": marker}


def send_malformed(bench: Bench) -> None:
    """All of them to both functions that alarms start."""
    for _, payload in malformed():
        for function in ("receive_alarm", "contain_route"):
            invoke(bench, function, payload)


def send_foreign(bench: Bench) -> None:
    """Well-formed alarms about something else, full of personal data where AWS lets people write.

    Their names begin as those that start an incident.
    """
    for number, marker in enumerate(MARKERS):
        for name in ("alarm_direct_metric", "alarm_eventbridge_metric"):
            payload = event(name)
            alarm = payload.get("alarmData") or payload["detail"]
            alarm["alarmName"] = f"hybrid-routing-foreign-{number}"
            describe(alarm, marker)
            metric = alarm["configuration"]["metrics"][0]["metricStat"]["metric"]
            metric["dimensions"] = {"Customer": marker, marker: "x", "Path": marker}
            payload["tags"] = {marker: marker}
            invoke(bench, "receive_alarm", payload)
            invoke(bench, "contain_route", payload)


def send_real(bench: Bench) -> None:
    """A route's own alarm, contained and ramped down, whose words name a person."""
    payload = event("alarm_direct_metric")
    payload["time"] = payload["alarmData"]["state"]["timestamp"] = "2026-01-05T08:00:00.000+0000"
    describe(payload["alarmData"], EVERYTHING)
    invoke(bench, "contain_route", payload)
    bench.aws.run(5)
    invoke(bench, "receive_alarm", payload)


def describe(alarm: dict[str, Any], text: str) -> None:
    """Write a text wherever an alarm has room for words."""
    alarm["state"]["reason"] = alarm["state"]["reasonData"] = text
    alarm["previousState"] = alarm.get("previousState", {"value": "OK"}) | {"reason": text}
    alarm["configuration"]["description"] = text


def send_messages(bench: Bench) -> None:
    """Messages that only machines send, from somebody who may invoke functions."""
    for function in ("plan_runbook", "observe_service", "change_service", "report_run"):
        for marker in MARKERS:
            for message in (
                marker,
                {"runbook": marker},
                {"runbook": "traffic_ramp", "run": marker},
            ):
                invoke(bench, function, message)
            invoke(bench, function, {"runbook": "traffic_ramp", "operation": marker})


# -- what operators control ------------------------------------------------------------------------


def type_nonsense(bench: Bench) -> None:
    """Inputs that are refused whole."""
    for number, marker in enumerate(MARKERS):
        for kind, given in enumerate(
            (
                marker,
                [marker],
                {marker: marker},
                {"service": marker},
                {"route": marker, "mode": "execute"},
                {"target": {marker: 100}},
                {"direction": marker, "preset": marker, "to_percent": marker},
            )
        ):
            start(bench, f"{TYPED}-{number}-{kind}", given)


def give_reasons(bench: Bench) -> None:
    """A ramp and the stop lever, with reasons that say whom to call."""
    reason = f"call {MAIL} {PHONE} {IBAN}"
    start(bench, f"{TYPED}-ramp", ramp_up(HOME_DIRECT, 61) | {"reason": reason[:96]})
    bench.aws.run(200)
    gate = bench.installation.gate
    gate.engage_lever(by="operator", reason=reason)
    bench.aws.run(30)
    gate.resume(by="operator", reason=reason)


# -- what other systems answer, and where pages go -------------------------------------------------


def answer_probes(bench: Bench) -> None:
    """Every probe is answered by a failure that names a person, in its status line and body."""
    text = EVERYTHING.encode()
    bench.installation.public_path.answer = b"HTTP/1.1 500 " + text + b"\r\n\r\n" + text
    bench.aws.run(180)


def answer_sweeps(bench: Bench) -> None:
    """The service's own endpoints name persons as states, and in fields that nobody reads."""
    profile = bench.installation.profile
    components = dict(zip(COMPONENTS, MARKERS, strict=False))
    serve_health(bench.aws, profile, components=components)
    full = {"mode": "execute", "kind": "full"}
    bench.installation.start_run("health_sweep", full, region=bench.home, name="full-by-hand")
    bench.aws.run(60)


def describe_alarms(bench: Bench) -> None:
    """Alarms of this account, whose descriptions and reasons sweeps could read."""
    client = bench.aws.client("cloudwatch", bench.home)
    for number, marker in enumerate(MARKERS):
        name = f"{bench.installation.profile.service.name}-described-{number}"
        client.put_metric_alarm(
            AlarmName=name,
            AlarmDescription=marker,
            Namespace="Elsewhere",
            MetricName="Errors",
            Dimensions=[{"Name": "Customer", "Value": marker}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
        )
        client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason=marker)
    bench.aws.run(120)


def send_composite(bench: Bench) -> None:
    """A composite alarm's rule and suppressor are texts that people write."""
    for name in ("alarm_direct_composite", "alarm_eventbridge_composite"):
        payload = event(name)
        alarm = payload.get("alarmData") or payload["detail"]
        describe(alarm, EVERYTHING)
        alarm["configuration"]["alarmRule"] = f'ALARM("{EVERYTHING}")'
        alarm["configuration"]["actionsSuppressor"] = EVERYTHING
        invoke(bench, "receive_alarm", payload)


def page_by_the_channel(bench: Bench) -> None:
    """Both topics are down, so that what is known of an incident is posted."""
    serve_incident_channel(bench.aws, bench.installation.profile)
    bench.aws.faults.add(Fault(service="sns", kind=FaultKind.ERROR, count=None))
    send_real(bench)
    bench.installation.start_run(
        "incident_response",
        {"mode": "execute", "reason": f"call {MAIL} {PHONE}"},
        region=bench.home,
        name=f"{TYPED}-incident",
    )


def acknowledge_incident(bench: Bench) -> None:
    """Who took an incident is on record, and nobody else is told."""
    send_real(bench)
    bench.aws.run(60)
    (claim,) = bench.installation.gate.find_incidents()
    now_ms = int(bench.aws.scheduler.now * 1000)
    assert acknowledge(bench.installation.gate, claim.incident, by=EVERYTHING, now_ms=now_ms)


def type_incidents(bench: Bench) -> None:
    """Inputs of the other runbooks that are refused whole."""
    for number, marker in enumerate(MARKERS):
        for kind, (runbook, given) in enumerate(
            (
                ("incident_response", {"incident": marker, "mode": "execute"}),
                ("incident_response", {marker: marker}),
                ("incident_response", marker),
                ("health_sweep", {"kind": marker}),
                ("health_sweep", {"mode": marker, marker: 1}),
            )
        ):
            name = f"{TYPED}-{runbook}-{number}-{kind}"
            bench.installation.start_run(runbook, given, region=bench.home, name=name)


def leaks(deployed: Bench, happening: Happening, markers: tuple[str, ...]) -> list[str]:
    """Every place and marker that was found after ten minutes, and how much was looked through."""
    ((_, found),) = in_forks([happening], lambda play: _leaks(deployed, play, markers), at_once=1)
    assert found["places"] > 100
    assert found["happened"], "nothing came of what was sent: the test would prove nothing"
    listed: list[str] = found["leaks"]
    return listed


def _leaks(deployed: Bench, happening: Happening, markers: tuple[str, ...]) -> dict[str, Any]:
    calls = len(deployed.aws.log.of("invocation"))
    happening(deployed)
    deployed.aws.run(MINUTES * 60)
    left = list(remains(deployed.installation))
    return {
        "places": len(left),
        "happened": len(deployed.aws.log.of("invocation")) > calls + MINUTES * 4,
        "leaks": sorted(
            {
                f"{marker!r} in the {each.place}"
                for each in left
                for marker in markers
                if marker.casefold() in each.text.casefold()
                and not each.place.startswith((f"{INPUT_OF}{TYPED}", WHO_ACTED))
            }
        ),
    }


OUTSIDE: Final[Mapping[str, Happening]] = {
    "malformed events": send_malformed,
    "alarms about something else": send_foreign,
    "a route's alarm": send_real,
    "machines' messages": send_messages,
    "refused inputs": type_nonsense,
    "refused inputs of other runbooks": type_incidents,
    "answers to probes": answer_probes,
    "answers to sweeps": answer_sweeps,
    "descriptions of alarms": describe_alarms,
    "rules of composite alarms": send_composite,
    "an acknowledgement": acknowledge_incident,
}


@pytest.mark.parametrize("what", OUTSIDE)
def test_a_marker_in_an_input_is_found_nowhere(deployed: Bench, what: str) -> None:
    """Whatever comes in, from whoever: nothing repeats who it was about."""
    assert leaks(deployed, OUTSIDE[what], MARKERS) == []


def test_reasons_are_recorded_without_what_a_person_is_reached_by(deployed: Bench) -> None:
    """Free text is kept on purpose; addresses and numbers in it are withheld before that."""
    assert leaks(deployed, give_reasons, FORMED) == []


def test_what_is_posted_to_the_incident_channel_is_withheld_too(deployed: Bench) -> None:
    """An alarm's words, and the reason of an incident that was opened by hand."""
    assert leaks(deployed, page_by_the_channel, FORMED) == []
    assert any(
        place.endswith("in the page") for place in leaks(deployed, page_by_the_channel, SENT)
    )


def test_who_acknowledged_is_on_record(deployed: Bench) -> None:
    """The test above leaves that record out, and this shows that it is there."""
    ((_, record),) = in_forks([acknowledge_incident], lambda play: _acks(deployed, play), at_once=1)
    assert record == [EVERYTHING]


def _acks(deployed: Bench, happening: Happening) -> list[str]:
    happening(deployed)
    return [str(one["by"]) for one in deployed.installation.gate.find_records("ack/")]


def test_reasons_are_recorded(deployed: Bench) -> None:
    """The test above looks where they are."""
    places = leaks(deployed, give_reasons, ("[address withheld]",))
    assert any("record ledger" in place for place in places)
    assert any("object" in place for place in places)


def test_a_function_that_logs_its_event_is_caught(deployed: Bench) -> None:
    """The proof that this test can fail: one line of logging, and every marker is found."""
    found = leaks(deployed, _logging, MARKERS)
    assert {f"{marker!r} in the log of hybrid-routing-receive-alarm" for marker in MARKERS} <= set(
        found
    )


def _logging(bench: Bench) -> None:
    source = (Path(__file__).parents[2] / "functions/receive_alarm/app.py").read_text("utf-8")
    mutant = source.replace("    return respond(", "    print(event)\n    return respond(")
    assert mutant != source
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as opened:
        opened.writestr("app.py", mutant)
    bench.aws.client("lambda", bench.home).update_function_code(
        FunctionName=bench.function("receive_alarm"), ZipFile=code.getvalue()
    )
    send_malformed(bench)


def test_a_dead_letter_keeps_the_event_as_it_came(deployed: Bench) -> None:
    """The one exception that is wanted: people need the event to see what is wrong with it."""
    ((_, letters),) = in_forks([send_malformed], lambda play: _letters(deployed, play), at_once=1)
    assert any(MAIL in letter for letter in letters)


def _letters(deployed: Bench, happening: Happening) -> list[str]:
    happening(deployed)
    deployed.aws.run(MINUTES * 60)
    return [letter.body for letter in dead_letters(deployed.installation, 0.0)]


def test_a_lever_is_never_refused_for_a_reason_that_grows(deployed: Bench) -> None:
    """What is withheld may be shorter than what stands there instead."""
    ((_, said),) = in_forks(["a@b.co " * 17], lambda text: _engage(deployed, text), at_once=1)
    assert said.startswith("[address withheld]")
    assert len(said.encode()) <= 120


def _engage(deployed: Bench, reason: str) -> str:
    try:
        return deployed.installation.gate.engage_lever(by="operator", reason=reason).reason
    except Refused as refusal:
        return f"refused: {refusal}"
