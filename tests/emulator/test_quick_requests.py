"""botocore's way to a request, short and long: the same bytes, and the same complaints."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
import time_machine
from botocore.auth import AUTH_TYPE_MAPS, S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import NoCredentialsError
from botocore.hooks import EventAliaser, HierarchicalEmitter
from botocore.serialize import JSONSerializer
from botocore.useragent import UserAgentString
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from autopilot_lab.emulator.quick_requests import NO_SIGNATURE
from autopilot_lab.emulator.shortcuts import shortcuts
from tests.emulator.attribute_values import ATTRIBUTES

ALIAS = "_alias_event_name"
SIGNERS: Any = AUTH_TYPE_MAPS
INSTANT = datetime(2026, 1, 5, 8, tzinfo=UTC)
MODEL = botocore.session.get_session().get_service_model("dynamodb").operation_model("PutItem")
WRONG: list[Any] = [
    {},
    {"S": 1},
    {"N": 1},
    {"BOOL": 1},
    {"S": None},
    {"S": "a", "N": "1"},
    {"unknown": "a"},
    {"L": [{"S": "a"}, {"S": 1}]},
    {"L": ({"S": "a"},)},
    {"M": {"a": {"b": "c"}}},
    {"M": {1: {"S": "a"}}},
    {"SS": "abc"},
    {"SS": [1]},
    {"B": 1},
    "a",
    None,
]


def decoded(value: dict[str, Any]) -> dict[str, Any]:
    """A value as callers give it: bytes, where the wire has them in base64."""
    ((kind, content),) = value.items()
    if kind == "B":
        return {kind: base64.b64decode(content)}
    if kind == "BS":
        return {kind: [base64.b64decode(one) for one in content]}
    if kind == "L":
        return {kind: [decoded(one) for one in content]}
    if kind == "M":
        return {kind: {name: decoded(one) for name, one in content.items()}}
    return value


def complaints(item: Any) -> str:
    """What is wrong with a request that writes an item."""
    shape: Any = MODEL.input_shape
    report: Any = ParamValidator().validate({"TableName": "t", "Item": item}, shape)
    return str(report.generate_report())


def body(item: Any) -> bytes:
    """What such a request carries."""
    request = JSONSerializer().serialize_to_request({"TableName": "t", "Item": item}, MODEL)
    carried: bytes = request["body"]
    return carried


@settings(max_examples=60)
@given(st.dictionaries(st.text(max_size=4), ATTRIBUTES.map(decoded), max_size=3))
def test_a_good_item_is_accepted_and_sent_as_botocore_sends_it(item: dict[str, Any]) -> None:
    """Byte by byte."""
    expected = body(item)
    with shortcuts():
        assert complaints(item) == ""
        assert body(item) == expected


@pytest.mark.parametrize("value", WRONG)
def test_a_wrong_value_is_told_in_botocore_s_words(value: Any) -> None:
    """At the top of an item, and inside of it."""
    items: list[Any] = [{"a": value}, {"a": {"L": [value]}}, {"a": {"M": {"b": value}}}]
    expected = [complaints(item) for item in items]
    with shortcuts():
        assert [complaints(item) for item in items] == expected


def signed(signer: type[SigV4Auth], credentials: Credentials | None) -> AWSRequest:
    """A request with what a signer put into it."""
    request = AWSRequest("POST", "https://dynamodb.eu-west-1.amazonaws.com/", data=b"{}")
    signer(credentials, "dynamodb", "eu-west-1").add_auth(request)  # type: ignore[arg-type, unused-ignore]
    return request


@pytest.mark.parametrize("signer", [SigV4Auth, S3SigV4Auth, SigV4QueryAuth])
def test_a_request_is_signed_as_botocore_signs_it(
    signer: type[SigV4Auth], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a header or in a link, by this secret and by another."""
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: INSTANT)
    for secret in ("secret", "other"):
        credentials = Credentials("ASIAEXAMPLEEXAMPLE12", secret, "token")
        slow = signed(signer, credentials)
        with shortcuts():
            fast = signed(signer, credentials)
        assert fast.url == slow.url
        assert fast.headers.items() == slow.headers.items()


@pytest.mark.parametrize("version", ["v4", "s3v4"])
def test_a_client_names_itself_and_leaves_the_signature_blank(version: str) -> None:
    """The same headers otherwise, and the same scope."""
    credentials = Credentials("ASIAEXAMPLEEXAMPLE12", "secret", "token")
    with time_machine.travel(INSTANT, tick=False):
        slow = signed(SIGNERS[version], credentials)
        with shortcuts():
            fast = signed(SIGNERS[version], credentials)
    ours, theirs = (dict(each.headers.items()) for each in (fast, slow))
    assert ours.pop("Authorization") == (
        "AWS4-HMAC-SHA256 Credential=ASIAEXAMPLEEXAMPLE12/20260105/eu-west-1/dynamodb/aws4_request,"
        f" SignedHeaders=host;x-amz-date, Signature={NO_SIGNATURE}"
    )
    assert NO_SIGNATURE not in theirs.pop("Authorization")
    assert ours == theirs


@pytest.mark.parametrize("version", ["v4", "s3v4"])
def test_nobody_signs_without_credentials(version: str) -> None:
    """As botocore has it."""
    with shortcuts(), pytest.raises(NoCredentialsError):
        signed(SIGNERS[version], None)


def test_an_event_has_the_same_present_name_in_every_session() -> None:
    """The second session finds it in memory, and one with names of its own does not look there."""
    names = ["before-call.cloudwatch-logs.PutLogEvents", "creating-client-class.elb", "other"]
    expected = [present_name(EventAliaser(HierarchicalEmitter()), name) for name in names]
    with shortcuts():
        for _ in range(2):
            aliaser = EventAliaser(HierarchicalEmitter())
            assert [present_name(aliaser, name) for name in names] == expected
        own = EventAliaser(HierarchicalEmitter(), {"other": "mine"})
        assert present_name(own, "other") == "mine"


def present_name(aliaser: EventAliaser, name: str) -> str:
    """What an event is called today."""
    found: str = getattr(aliaser, ALIAS)(name)
    return found


def test_a_client_tells_its_name_as_botocore_does() -> None:
    """And another one once another feature is used."""
    agent = UserAgentString.from_environment().with_client_config(Config(user_agent_extra="x"))
    slow, fast = names(agent), []
    with shortcuts():
        fast = [names(agent) for _ in range(2)]
    assert fast == [slow, slow]
    assert len(set(slow)) == 3


def names(agent: UserAgentString) -> list[str]:
    """What a client calls itself, by the features it uses."""
    told = []
    for features in (set(), {"B"}, {"C"}):
        agent.set_client_features(features)
        told.append(agent.to_string())
    return told
