"""The ways to people: what they take, what they leave, and how that is told apart."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from moto import mock_aws

from autopilot.adapters.clients import client
from autopilot.adapters.incident_channel import IncidentChannel
from autopilot.adapters.sns_channel import SnsChannel
from autopilot.domain.notice import Notice
from autopilot.domain.page import Page
from autopilot.domain.severity import Severity
from autopilot.errors import Transient, Unanswered
from tests.adapters.answers import answer, fall_silent

PAGE = Page("contain/1", "incident-1", Severity.P0, "Ärger", "an alarm", "", "")
NOTICE = Notice.of(PAGE, service="hybrid-routing", due_ms=0, due="now")
SECRET = "R0UT1NGKEY"  # noqa: S105 - a made-up one
KEY_NAME = "/hybrid-routing/incident-channel/routing-key"


@pytest.fixture
def sns() -> Iterator[Any]:
    """A client, with moto behind it."""
    with mock_aws():
        yield client("sns", "eu-west-1")


def posted_to(status: int, posted: list[tuple[str, str, Mapping[str, Any]]]) -> Any:
    """A poster that notes, and answers with one status."""

    def post(host: str, path: str, body: Mapping[str, Any]) -> int:
        posted.append((host, path, body))
        return status

    return post


def incident_channel(status: int, posted: list[Any], *, key: str | None = SECRET) -> Any:
    """The channel, with its key in the Parameter Store unless there is none."""
    ssm = client("ssm", "eu-west-1")
    if key is not None:
        ssm.put_parameter(Name=KEY_NAME, Value=key, Type="SecureString")
    return IncidentChannel(
        host="events.eu.pagerduty.com",
        path="/v2/enqueue",
        parameters=ssm,
        key_name=KEY_NAME,
        post=posted_to(status, posted),
    )


def test_a_topic_takes_a_page_with_a_form_for_each_protocol(sns: Any) -> None:
    """What a queue reads is the mail; its attribute lets subscribers choose by severity."""
    sqs = client("sqs", "eu-west-1")
    topic = sns.create_topic(Name="pages")["TopicArn"]
    url = sqs.create_queue(QueueName="reader")["QueueUrl"]
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:123456789012:reader"
    )
    channel = SnsChannel(client=sns, topic_arn=topic)
    channel.deliver(NOTICE)
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    body = json.loads(message["Body"])
    assert body["Subject"] == "[P0 CRITICAL] ?rger"
    assert body["Message"] == NOTICE.mail
    assert body["MessageAttributes"]["severity"]["Value"] == "P0"
    assert channel.name == "topic eu-west-1"


@pytest.mark.parametrize(
    "status, code", [(404, "NotFound"), (403, "AuthorizationError"), (503, "ServiceUnavailable")]
)
def test_a_topic_that_refuses_is_asked_once_and_left(sns: Any, status: int, code: str) -> None:
    """The next way is quicker than a second try, and the text of a refusal is not repeated."""
    given = answer(sns, "sns", (status, code), (status, code))
    with pytest.raises(Transient, match=code) as refused:
        SnsChannel(client=sns, topic_arn="arn:aws:sns:eu-west-1:1:pages").deliver(NOTICE)
    assert not isinstance(refused.value, Unanswered)
    assert given == [code]


def test_a_topic_that_does_not_answer_may_have_taken_the_page(sns: Any) -> None:
    """Which is told apart from a refusal."""
    fall_silent(sns, "sns")
    with pytest.raises(Unanswered, match="did not say whether"):
        SnsChannel(client=sns, topic_arn="arn:aws:sns:eu-west-1:1:pages").deliver(NOTICE)


@mock_aws
def test_the_incident_channel_is_sent_an_event_under_its_key() -> None:
    """To the host and path of the profile and no other."""
    posted: list[Any] = []
    incident_channel(202, posted).deliver(NOTICE)
    assert posted == [("events.eu.pagerduty.com", "/v2/enqueue", NOTICE.event(SECRET))]


@mock_aws
@pytest.mark.parametrize(
    "status, error", [(200, Transient), (302, Transient), (400, Transient), (429, Transient)]
)
def test_only_accepted_is_a_success(status: int, error: type[Transient]) -> None:
    """A redirect is not followed, and a refusal is one; the key is in no message."""
    with pytest.raises(error, match=f"expected 202, got {status}") as refused:
        incident_channel(status, []).deliver(NOTICE)
    assert SECRET not in str(refused.value)


@mock_aws
def test_a_server_fault_of_the_incident_channel_leaves_it_open() -> None:
    """It may have taken the event before it failed."""
    with pytest.raises(Unanswered, match="503"):
        incident_channel(503, []).deliver(NOTICE)


@mock_aws
def test_without_its_key_the_incident_channel_is_not_asked() -> None:
    """Whoever set no key wants none, and learns its name only when all else failed."""
    posted: list[Any] = []
    with pytest.raises(Transient, match=f"{KEY_NAME} could not be read"):
        incident_channel(202, posted, key=None).deliver(NOTICE)
    assert posted == []
