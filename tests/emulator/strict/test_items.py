"""DynamoDB: transactions under a token, what calls consume, and how large an item may be."""

from __future__ import annotations

from typing import Any

import pytest

from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.strict.capacity import read_units, write_units
from tests.emulator.conftest import HOME, STANDBY
from tests.emulator.strict.refusals import refusal

KEY = {"id": {"S": "1"}}


def make_table(aws: EmbeddedAws, region: str = HOME) -> Any:
    """A table with one item whose counter is 0; its client."""
    client = aws.client("dynamodb", region)
    client.create_table(
        TableName="items",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    client.put_item(TableName="items", Item={**KEY, "n": {"N": "0"}})
    return client


@pytest.fixture
def client(aws: EmbeddedAws) -> Any:
    """DynamoDB with the table."""
    return make_table(aws)


def add(client: Any, token: str, amount: int = 1) -> None:
    """Count in a transaction."""
    update = {
        "TableName": "items",
        "Key": KEY,
        "UpdateExpression": "SET n = n + :a",
        "ExpressionAttributeValues": {":a": {"N": str(amount)}},
    }
    client.transact_write_items(TransactItems=[{"Update": update}], ClientRequestToken=token)


def count(client: Any) -> str:
    """The counter."""
    return str(client.get_item(TableName="items", Key=KEY)["Item"]["n"]["N"])


def test_a_transaction_is_carried_out_once_for_each_token(client: Any) -> None:
    """Sent three times under two tokens, it counts to two."""
    for token in ("first", "first", "second"):
        add(client, token)
    assert count(client) == "2"


def test_a_token_lasts_ten_minutes(aws: EmbeddedAws, client: Any) -> None:
    """A second before it is known, and then it is not."""
    add(client, "token")
    aws.run(599)
    add(client, "token")
    assert count(client) == "1"
    aws.run(1)
    add(client, "token")
    assert count(client) == "2"


def test_a_token_stands_for_one_transaction(client: Any) -> None:
    """Another one under it is refused, and not carried out."""
    add(client, "token")
    refused = refusal(lambda: add(client, "token", amount=2))
    assert refused == "IdempotentParameterMismatchException"
    assert count(client) == "1"


def test_a_transaction_that_failed_may_be_sent_again(client: Any) -> None:
    """Its token stands for nothing yet."""
    check = {
        "TableName": "items",
        "Key": KEY,
        "UpdateExpression": "SET n = n + :one",
        "ConditionExpression": "n = :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    send = {"TransactItems": [{"Update": check}], "ClientRequestToken": "token"}
    assert refusal(client.transact_write_items, **send) == "TransactionCanceledException"
    add(client, "other")
    client.transact_write_items(**send)
    assert count(client) == "2"


def test_a_token_is_known_in_its_region_only(aws: EmbeddedAws, client: Any) -> None:
    """Each region has tables of its own."""
    elsewhere = make_table(aws, STANDBY)
    add(client, "token")
    add(elsewhere, "token")
    assert count(elsewhere) == "1"


@pytest.mark.parametrize(
    "before, after, units",
    [(0, 1, 1), (1024, 1024, 1), (1024, 1025, 2), (20_000, 10, 20), (0, 0, 1)],
)
def test_a_write_costs_the_larger_item_per_kb(before: int, after: int, units: float) -> None:
    """At least one unit."""
    assert write_units(before, after) == units


@pytest.mark.parametrize(
    "size, strong, units",
    [(0, True, 1), (0, False, 0.5), (4096, True, 1), (4097, True, 2), (4097, False, 1)],
)
def test_a_read_costs_the_item_per_4_kb(size: int, units: float, *, strong: bool) -> None:
    """Half of it when it may be stale."""
    assert read_units(size, strong=strong) == units


def test_calls_report_what_the_whole_item_costs(client: Any) -> None:
    """A small update of a large item is a large write, and so is the delete."""
    of_item = {"TableName": "items", "ReturnConsumedCapacity": "TOTAL"}
    plans = {"S": "x" * 10_000}
    units = [
        answer["ConsumedCapacity"]["CapacityUnits"]
        for answer in (
            client.put_item(**of_item, Item={**KEY, "plans": plans}),
            client.update_item(
                **of_item,
                Key=KEY,
                UpdateExpression="SET n = :n",
                ExpressionAttributeValues={":n": {"N": "1"}},
            ),
            client.get_item(**of_item, Key=KEY),
            client.get_item(**of_item, Key=KEY, ConsistentRead=True),
            client.delete_item(**of_item, Key=KEY),
            client.get_item(**of_item, Key=KEY),
        )
    ]
    assert units == [10.0, 10.0, 1.5, 3.0, 10.0, 0.5]


def test_indexes_report_the_tables_part(client: Any) -> None:
    """Which is all there is without indexes."""
    answer = client.put_item(
        TableName="items", Item={**KEY, "b": {"S": "x" * 2000}}, ReturnConsumedCapacity="INDEXES"
    )
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 2.0
    assert answer["ConsumedCapacity"]["Table"]["CapacityUnits"] == 2.0


def test_nothing_is_reported_unasked(client: Any) -> None:
    """By default a write says nothing of it."""
    assert "ConsumedCapacity" not in client.put_item(TableName="items", Item=KEY)


def test_an_item_has_at_most_400_kb(client: Any) -> None:
    """Names and values together, whichever write makes it so large."""
    client.put_item(TableName="items", Item={**KEY, "b": {"S": "x" * 400_000}})
    longer = {"S": "x" * (400 * 1024 - len("id") - len("1") - len("b") + 1)}
    refused = refusal(client.put_item, TableName="items", Item={**KEY, "b": longer})
    assert refused == "ValidationException"
    grow = {
        "TableName": "items",
        "Key": KEY,
        "UpdateExpression": "SET c = :c",
        "ExpressionAttributeValues": {":c": {"S": "x" * 10_000}},
    }
    assert refusal(client.update_item, **grow) == "ValidationException"
