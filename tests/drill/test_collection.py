"""What is gathered from the log of a drill."""

from __future__ import annotations

from typing import Any

from autopilot.domain.notice import Notice
from autopilot.domain.page import Page
from autopilot.domain.severity import Severity
from autopilot_lab.drill.collection import pages, refused_contains
from autopilot_lab.drill.evidence import RefusedContain
from autopilot_lab.emulator.event_log import EventLog

CONTAIN = "svc-contain-route"
REFUSED = {"outcome": "refused", "detail": "dwell running: wait.", "route": "eu-central-1/direct"}


def log_of(*invocations: dict[str, Any]) -> EventLog:
    """A log of invocations that began at 100 s of its clock."""
    log = EventLog(lambda: 100.0)
    for fields in invocations:
        log.add("invocation", **{"function": CONTAIN, "region": "eu-west-1"} | fields)
    return log


def test_a_refused_contain_is_gathered_with_region_and_instant() -> None:
    """The instant is that of the answer, in seconds since the start of the drill."""
    log = log_of({"ended": 104.5, "answer": REFUSED})
    assert refused_contains(log, CONTAIN, 90.0) == [
        RefusedContain(14.5, "eu-west-1", "eu-central-1/direct", "dwell running: wait.")
    ]


def test_refusals_come_in_the_order_of_their_answers() -> None:
    """A cold start may begin first and answer last."""
    log = log_of({"ended": 105.0, "answer": REFUSED}, {"ended": 104.0, "answer": REFUSED})
    assert [refused.at for refused in refused_contains(log, CONTAIN, 100.0)] == [4.0, 5.0]


def test_only_refusals_of_the_reflex_are_gathered() -> None:
    """Not what was contained, what failed or still runs, nor what another function refused."""
    log = log_of(
        {"ended": 101.0, "answer": REFUSED | {"outcome": "contained"}},
        {"ended": 101.0, "error": "Sandbox.Timedout"},
        {"ended": None},
        {"ended": 101.0, "answer": None},
        {"ended": 101.0, "answer": REFUSED, "function": "svc-report-run"},
    )
    assert refused_contains(log, CONTAIN, 100.0) == []


def test_a_page_is_gathered_with_its_severity_and_when_an_answer_is_due() -> None:
    """The severity is what subscribers filter by, the instant what the card for chat says."""
    page = Page("contain/1", "incident-1", Severity.P1, "contained", "an alarm", "", "")
    notice = Notice.of(page, service="svc", due_ms=1_000_000, due="then")
    log = EventLog(lambda: 100.0)
    attributes = {"severity": {"Type": "String", "Value": "P1"}}
    fields = {"region": "eu-west-1", "subject": notice.subject, "attributes": attributes}
    log.add("page", message=notice.message(), **fields)
    (gathered,) = pages(log, 90.0)
    assert (gathered.at, gathered.severity, gathered.due) == (10.0, "P1", 910.0)


def test_a_page_that_an_alarm_sent_by_itself_says_neither() -> None:
    """CloudWatch knows no severities, and its message is no form of ours."""
    log = EventLog(lambda: 100.0)
    for message in ("plain", '{"AlarmName": "x"}', "[]"):
        log.add("page", region="eu-west-1", subject="", message=message, attributes={})
    assert [(page.severity, page.due) for page in pages(log, 90.0)] == [("", None)] * 3
