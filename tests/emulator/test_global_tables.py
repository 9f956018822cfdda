"""Strongly consistent global tables: one set of items, and what they refuse."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.cloud import EmbeddedAws
from tests.emulator.conftest import HOME, STANDBY, TABLE

ITEM = {"service": {"S": "s"}, "n": {"N": "1"}}


def deploy(aws: EmbeddedAws, region: str = HOME, **changes: Any) -> None:
    """Deploy the table of these tests, with changes."""
    changed = copy.deepcopy(TABLE)
    changed["Properties"].update(changes)
    aws.deploy({"Resources": {"Table": changed}}, "tables", region)


@pytest.mark.usefixtures("table")
def test_a_write_at_home_is_read_in_standby(aws: EmbeddedAws) -> None:
    """And the other way round."""
    for writer, reader in ((HOME, STANDBY), (STANDBY, HOME)):
        aws.client("dynamodb", writer).put_item(TableName="ledger", Item=ITEM)
        key = {"service": ITEM["service"]}
        answer = aws.client("dynamodb", reader).get_item(TableName="ledger", Key=key)
        assert answer["Item"] == ITEM
        aws.client("dynamodb", reader).delete_item(TableName="ledger", Key=key)


@pytest.mark.usefixtures("table")
def test_each_replica_has_the_arn_of_its_region(aws: EmbeddedAws) -> None:
    """Policies name both."""
    for region in (HOME, STANDBY):
        described = aws.client("dynamodb", region).describe_table(TableName="ledger")
        assert f":{region}:" in described["Table"]["TableArn"]


@pytest.mark.usefixtures("table")
def test_the_witness_takes_no_reads(aws: EmbeddedAws) -> None:
    """There is no table in the witness region."""
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.client("dynamodb", "eu-west-3").scan(TableName="ledger")


@pytest.mark.usefixtures("table")
def test_transactions_are_refused(aws: EmbeddedAws) -> None:
    """And nothing of them happens."""
    put = {"Put": {"TableName": "ledger", "Item": ITEM}}
    with pytest.raises(ClientError, match="not supported on an MRSC global table"):
        aws.client("dynamodb", HOME).transact_write_items(TransactItems=[put])
    assert aws.client("dynamodb", HOME).scan(TableName="ledger")["Count"] == 0


@pytest.mark.usefixtures("table")
def test_time_to_live_is_refused(aws: EmbeddedAws) -> None:
    """Such a table has none."""
    with pytest.raises(ClientError, match="Time to Live"):
        aws.client("dynamodb", HOME).update_time_to_live(
            TableName="ledger", TimeToLiveSpecification={"Enabled": True, "AttributeName": "t"}
        )


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"GlobalTableWitnesses": []}, "three replicas, or two replicas and a witness"),
        ({"GlobalTableWitnesses": [{"Region": "us-east-1"}]}, "not in one region set"),
        ({"LocalSecondaryIndexes": [{"IndexName": "i"}]}, "Local secondary indexes"),
        ({"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "t"}}, "Time to Live"),
    ],
)
def test_a_table_that_cannot_be_strong_is_refused(
    aws: EmbeddedAws, changes: dict[str, Any], reason: str
) -> None:
    """With the reason."""
    with pytest.raises(AwsError, match=reason):
        deploy(aws, **changes)


def test_the_stacks_region_must_hold_a_replica(aws: EmbeddedAws) -> None:
    """The observer's region has only the witness."""
    with pytest.raises(AwsError, match="must hold one of the replicas"):
        deploy(aws, "eu-west-3")
