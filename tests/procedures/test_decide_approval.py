"""The function URL for approvals: who calls, what is asked, and how it is answered."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from autopilot.domain.approval import Status
from autopilot.domain.page import Page
from autopilot.errors import BadInput, Inconsistent, Refused, Transient
from autopilot.gate.approvals import ApprovalRefused
from autopilot.gate.gate import Gate
from autopilot.handler import respond_over_http
from autopilot.procedures.decide_approval import answer
from tests.domain.test_approval import REQUEST
from tests.gate.memory_ledger import MemoryLedger
from tests.gate.service import START_MS, SettableClock

OURS = "123456789012"
ASKED = replace(REQUEST, requested_ms=START_MS, expires_ms=START_MS + 900_000)
DECISION = {"decision": "approve", "id": ASKED.id, "digest": ASKED.digest, "reason": "fine"}


@dataclass
class Desk:
    """What the procedure may ask for: a gate with one open request, and a pager that notes."""

    service: str = "hybrid-routing"
    clock: SettableClock = field(default_factory=SettableClock)
    pages: list[Page] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Ask."""
        self.gate = Gate(MemoryLedger(), self.clock)
        self.gate.request_approval(ASKED)
        self.pager = self

    def page(self, page: Page) -> str:
        """Note the page."""
        self.pages.append(page)
        return "eu-central-1"


def request(method: str = "POST", body: object = None, **iam: Any) -> dict[str, Any]:
    """An event as Lambda makes it for a signed request to a function URL."""
    proven = {
        "accountId": OURS,
        "callerId": "AROAPLATFORM:bea",
        "userId": "AROAPLATFORM:bea",
        "userArn": f"arn:aws:sts::{OURS}:assumed-role/platform/bea",
    } | iam
    context = {"authorizer": {"iam": proven}, "http": {"method": method, "sourceIp": "192.0.2.9"}}
    event: dict[str, Any] = {"version": "2.0", "requestContext": context, "isBase64Encoded": False}
    return event | ({} if body is None else {"body": json.dumps(body)})


def ask(desk: Desk, event: object) -> dict[str, Any]:
    """What the procedure answers."""
    return answer(event, desk, account=OURS)  # type: ignore[arg-type]


def test_what_is_open_is_listed_with_plan_and_digest() -> None:
    """And the caller learns as whom it was seen."""
    listed = ask(Desk(), request("GET"))
    assert listed["caller"] == "assumed-role/platform/bea"
    (one,) = listed["approvals"]
    assert (one["id"], one["digest"], one["summary"]) == (ASKED.id, ASKED.digest, ASKED.summary)


def test_a_decision_is_recorded_under_the_proven_name() -> None:
    """With the session, the source and the reason."""
    desk = Desk()
    assert ask(desk, request(body=DECISION))["approval"]["status"] == "approved"
    record = desk.gate.find_record(f"approval/{ASKED.id}")
    assert record is not None
    assert record["decision"] == {
        "choice": "approve",
        "by": "assumed-role/platform/bea",
        "id": "AROAPLATFORM:bea",
        "source": "192.0.2.9",
        "reason": "fine",
        "at_ms": START_MS,
    }
    assert not desk.pages


def test_a_body_may_come_in_base64() -> None:
    """Lambda encodes what is not sent as text."""
    event = request(body=DECISION)
    event["body"] = base64.b64encode(event["body"].encode()).decode()
    assert ask(Desk(), event | {"isBase64Encoded": True})["approval"]["status"] == "approved"


def test_breaking_glass_pages_everybody_at_the_highest_severity() -> None:
    """With who, why and how to stop it; a repeated call repeats the page under its key."""
    desk, glass = Desk(), DECISION | {"decision": "break_glass", "reason": "alone at night"}
    for _ in range(2):
        ask(desk, request(body=glass))
    first, second = desk.pages
    assert first.key == second.key
    assert first.severity == "P0"
    assert "platform/bea" in first.text
    assert "alone at night" in first.text


@pytest.mark.parametrize(
    "iam, key",
    [
        ({"accountId": "999999999999"}, "accountId"),
        ({"userArn": "arn:aws:sts::999999999999:assumed-role/platform/bea"}, "userArn"),
        ({"userArn": None}, "arn"),
        ({"callerId": "AROAPLATFORM:mallory"}, "arn"),
    ],
)
def test_a_caller_who_is_not_proven_or_not_ours_decides_nothing(
    iam: dict[str, Any], key: str
) -> None:
    """The refusal names the field."""
    desk = Desk()
    with pytest.raises(BadInput, match=key):
        ask(desk, request(body=DECISION, **iam))
    assert desk.gate.undecided_approvals()


def test_a_name_in_the_body_is_refused() -> None:
    """Who calls is never taken from what the caller writes."""
    with pytest.raises(BadInput, match="by: expected no such field"):
        ask(Desk(), request(body=DECISION | {"by": "somebody-else"}))


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {},
        request("DELETE"),
        request(body=[]),
        request(body="text"),
        request() | {"body": "not json"},
        request() | {"body": "%%%", "isBase64Encoded": True},
        request() | {"body": "x" * 5_000},
        request(body={}),
        request(body=DECISION | {"id": "../ledger"}),
        request(body=DECISION | {"digest": "short"}),
        request(body=DECISION | {"decision": "maybe"}),
        request(body=DECISION | {"reason": "x" * 300}),
    ],
)
def test_anything_else_is_refused_with_what_was_expected(event: object) -> None:
    """A bad request changes nothing."""
    desk = Desk()
    with pytest.raises(BadInput, match="expected"):
        ask(desk, event)
    found = desk.gate.read_approval(ASKED.id)
    assert found is not None
    assert found.status is Status.OPEN


def test_a_broken_rule_is_refused_by_the_gate() -> None:
    """The requester, by the function URL as anywhere."""
    own = {"userArn": f"arn:aws:sts::{OURS}:assumed-role/x/alice", "callerId": "AROAX:alice"}
    with pytest.raises(ApprovalRefused, match="approver is the requester"):
        ask(Desk(), request(body=DECISION, **own))


@pytest.mark.parametrize(
    "error, status",
    [
        (BadInput("it", [], "Mend it."), 400),
        (Refused("no"), 409),
        (Transient("later"), 503),
        (Inconsistent("odd"), 500),
    ],
)
def test_each_family_of_errors_has_its_status(error: Exception, status: int) -> None:
    """And a body in JSON that says what happened."""

    def failing(_: object) -> dict[str, Any]:
        raise error

    context = SimpleNamespace(function_name="f", aws_request_id="r")
    answered = respond_over_http({}, context, failing)
    assert answered["statusCode"] == status
    assert json.loads(answered["body"])["message"] == str(error)
