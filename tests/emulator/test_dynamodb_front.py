"""A request to DynamoDB, given to moto's handler directly and through a web server's request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from moto.core.request import normalize_request
from moto.dynamodb.responses import DynamoHandler

from autopilot_lab.emulator import dynamodb_front, wire
from autopilot_lab.emulator.cloud import EmbeddedAws

KEY = {"service": {"S": "shop"}, "record": {"S": "a"}}
UPDATE = {
    "TableName": "ledger",
    "Key": KEY,
    "UpdateExpression": "SET #n = :n, m.#k = :b",
    "ExpressionAttributeNames": {"#n": "n", "#k": "k"},
    "ExpressionAttributeValues": {":n": {"N": "2"}, ":b": {"B": "AA=="}},
    "ReturnValues": "ALL_NEW",
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}
REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("GetItem", {"TableName": "ledger", "Key": KEY, "ConsistentRead": True}),
    ("GetItem", {"TableName": "ledger", "Key": KEY | {"record": {"S": "none"}}}),
    ("GetItem", {"TableName": "no-table", "Key": KEY}),
    ("GetItem", {"TableName": "ledger", "Key": {"service": {"S": "shop"}}}),
    ("UpdateItem", UPDATE),
    ("UpdateItem", UPDATE | {"ConditionExpression": "attribute_not_exists(m)"}),
    ("UpdateItem", UPDATE | {"UpdateExpression": "SET SET"}),
    ("UpdateItem", UPDATE | {"UpdateExpression": "SET #n = :n"}),
    ("DescribeTable", {"TableName": "ledger"}),
    (
        "Query",
        {
            "TableName": "ledger",
            "KeyConditionExpression": "service = :s AND begins_with(#r, :r)",
            "ExpressionAttributeNames": {"#r": "record"},
            "ExpressionAttributeValues": {":s": {"S": "shop"}, ":r": {"S": ""}},
            "Limit": 1,
        },
    ),
]


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    """A lab with a table and an item in it."""
    with EmbeddedAws(seed=1, start=1_767_600_000.0) as made:
        client = made.client("dynamodb", "eu-west-1")
        names = {"service": "HASH", "record": "RANGE"}
        client.create_table(
            TableName="ledger",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in names.items()],
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in names],
        )
        item = KEY | {"n": {"N": "1"}, "m": {"M": {"k": {"L": [{"B": b"\0"}, {"NULL": True}]}}}}
        client.put_item(TableName="ledger", Item=item)
        yield made


def request(operation: str, body: dict[str, Any], **headers: str) -> AWSPreparedRequest:
    """A request as botocore hands it over."""
    scope = "ASIAEXAMPLEEXAMPLE12/20260105/eu-west-1/dynamodb/aws4_request"
    given: Any = {
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}".encode(),
        **headers,
    }
    url = "https://dynamodb.eu-west-1.amazonaws.com/"
    headers_given: Any = HeadersDict(given)
    return AWSPreparedRequest(
        "POST", url, headers_given, json.dumps(body).encode(), stream_output=False
    )


def received(prepared: AWSPreparedRequest) -> wire.Request:
    """The same request as the lab takes it off the wire."""
    given: Any = prepared
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in given.headers.items()
    }
    return wire.Request(given.method, given.url, headers, given.body)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("operation, body", REQUESTS)
def test_an_answer_is_moto_s_own(operation: str, body: dict[str, Any]) -> None:
    """Status, body and headers but for the identifier of the request; refusals too."""
    prepared = request(operation, body)
    web = normalize_request(prepared)
    theirs = DynamoHandler.dispatch(web, web.raw_url, web.headers)
    ours = dynamodb_front.answer(received(request(operation, body)))

    assert ours is not None
    assert (ours[0], ours[2]) == (theirs[0], theirs[2])
    assert named(ours[1]) == named(theirs[1])


def named(headers: dict[str, Any]) -> dict[str, Any]:
    """Headers without the one that differs from answer to answer."""
    return {name: value for name, value in headers.items() if name != "x-amzn-requestid"}


@pytest.mark.parametrize(
    "headers", [{"Content-Encoding": "gzip"}, {"Content-Type": "application/json"}]
)
def test_other_requests_go_moto_s_way(headers: dict[str, str]) -> None:
    """Packed, or in another language."""
    assert dynamodb_front.answer(received(request("GetItem", {}, **headers))) is None


def test_another_region_answers_for_itself(aws: EmbeddedAws) -> None:
    """The table is where it was made."""
    here, there = (aws.client("dynamodb", region) for region in ("eu-west-1", "eu-north-1"))
    assert here.list_tables()["TableNames"] == ["ledger"]
    assert there.list_tables()["TableNames"] == []


def test_a_header_is_found_however_it_is_spelled() -> None:
    """Names of headers have no case."""
    headers = dynamodb_front.Headers({"x-amz-target": "a", "content-type": "b"})
    assert headers["x-amz-target"] == headers.get("X-AMZ-TARGET") == "a"
    assert "Content-Type" in headers
    assert "Accept" not in headers
    assert headers.get("Accept", "none") == "none"
