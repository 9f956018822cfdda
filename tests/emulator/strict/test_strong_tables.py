"""Strongly consistent tables: conflicts between regions, quorum, and coming back."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import boto3
import pytest
from botocore.config import Config

from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.faults import Fault, FaultKind
from autopilot_lab.emulator.strict.strong_tables import CATCH_UP_SECONDS
from tests.emulator.conftest import HOME, STANDBY, START
from tests.emulator.strict.refusals import refusal

WITNESS = "eu-west-3"
KEY = {"service": {"S": "s"}}
UNAVAILABLE = "InternalServerError"
CONFLICT = "ReplicatedWriteConflictException"

pytestmark = pytest.mark.usefixtures("table")


@cache
def dynamodb(region: str) -> Any:
    """A client that sends each call once, so that a refusal is seen at its instant."""
    once = Config(retries={"total_max_attempts": 1})
    make: Any = boto3.client
    keys = {"aws_access_key_id": "lab", "aws_secret_access_key": "lab"}
    return make("dynamodb", region, config=once, **keys)


def put(region: str, number: int, service: str = "s") -> None:
    """Write the item."""
    item = {"service": {"S": service}, "n": {"N": str(number)}}
    dynamodb(region).put_item(TableName="ledger", Item=item)


def get(region: str, *, strong: bool) -> int | None:
    """Read the item; None when there is none."""
    answer = dynamodb(region).get_item(TableName="ledger", Key=KEY, ConsistentRead=strong)
    return int(answer["Item"]["n"]["N"]) if "Item" in answer else None


def isolate(aws: EmbeddedAws, region: str, seconds: float = 100.0) -> None:
    """Cut a region off from now on."""
    now = aws.scheduler.now
    fault = Fault(region=region, kind=FaultKind.ISOLATED, since=now, until=now + seconds)
    aws.faults.add(fault)


def refused_write(region: str) -> str:
    """The code with which a write is refused."""
    arguments = {"TableName": "ledger", "Item": {**KEY, "n": {"N": "9"}}}
    return refusal(dynamodb(region).put_item, **arguments)


def refused_strong_read(region: str) -> str:
    """The code with which a strong read is refused."""
    arguments = {"TableName": "ledger", "Key": KEY, "ConsistentRead": True}
    return refusal(dynamodb(region).get_item, **arguments)


# -- conflicts -----------------------------------------------------------------------------------


def race(aws: EmbeddedAws, *writers: tuple[str, str, float]) -> list[str]:
    """Write an item from a region after a delay, each in a task; "" or the error of each."""
    tasks = [
        aws.scheduler.spawn(partial(write, region, service), name=region, delay_seconds=delay)
        for region, service, delay in writers
    ]
    return [str(task.wait()) for task in tasks]


def write(region: str, service: str) -> str:
    """Write an item; "" or the error code."""
    client = dynamodb(region)
    try:
        client.put_item(TableName="ledger", Item={"service": {"S": service}})
    except client.exceptions.ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_of_two_regions_that_write_one_item_at_once_one_is_refused(aws: EmbeddedAws) -> None:
    """The later of the two, whichever region it is in."""
    assert sorted(race(aws, (HOME, "s", 0.0), (STANDBY, "s", 0.0))) == ["", CONFLICT]


@pytest.mark.parametrize(
    "second",
    [(STANDBY, "s", 1.0), (STANDBY, "other", 0.0), (HOME, "s", 0.0)],
    ids=["later", "another item", "the same region"],
)
def test_other_writes_do_not_conflict(aws: EmbeddedAws, second: tuple[str, str, float]) -> None:
    """Later ones, those of other items, and those of one region."""
    assert race(aws, (HOME, "s", 0.0), second) == ["", ""]


@pytest.mark.usefixtures("aws")
def test_a_write_after_an_acknowledged_one_does_not_conflict() -> None:
    """However soon it comes."""
    put(HOME, 1)
    put(STANDBY, 2)
    assert get(HOME, strong=True) == 2


def test_a_table_of_one_region_knows_no_conflicts(aws: EmbeddedAws) -> None:
    """Two tables of one name are two tables."""
    for region in (HOME, STANDBY):
        dynamodb(region).create_table(
            TableName="local",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
    isolate(aws, HOME)
    client = dynamodb(HOME)
    client.put_item(TableName="local", Item={"id": {"S": "1"}})
    answer = client.get_item(TableName="local", Key={"id": {"S": "1"}}, ConsistentRead=True)
    assert answer["Item"] == {"id": {"S": "1"}}


# -- quorum --------------------------------------------------------------------------------------


def test_a_region_that_is_cut_off_takes_no_writes_and_no_strong_reads(aws: EmbeddedAws) -> None:
    """The other one goes on with the witness."""
    put(HOME, 1)
    isolate(aws, HOME)
    assert refused_write(HOME) == UNAVAILABLE
    assert refused_strong_read(HOME) == UNAVAILABLE
    put(STANDBY, 2)
    assert get(STANDBY, strong=True) == 2


def test_every_kind_of_write_needs_the_quorum(aws: EmbeddedAws) -> None:
    """Updates, deletes and batches as well; and strong queries, scans and batches."""
    isolate(aws, HOME)
    client = dynamodb(HOME)
    put_request = {"PutRequest": {"Item": KEY}}
    query: dict[str, Any] = {
        "TableName": "ledger",
        "KeyConditionExpression": "service = :s",
        "ExpressionAttributeValues": {":s": {"S": "s"}},
    }
    batch = {"ledger": {"Keys": [KEY], "ConsistentRead": True}}
    for operation, arguments in (
        (client.update_item, {"TableName": "ledger", "Key": KEY}),
        (client.delete_item, {"TableName": "ledger", "Key": KEY}),
        (client.batch_write_item, {"RequestItems": {"ledger": [put_request]}}),
        (client.query, {**query, "ConsistentRead": True}),
        (client.scan, {"TableName": "ledger", "ConsistentRead": True}),
        (client.batch_get_item, {"RequestItems": batch}),
    ):
        assert refusal(operation, **arguments) == UNAVAILABLE


def test_other_reads_of_a_region_that_is_cut_off_show_the_past(aws: EmbeddedAws) -> None:
    """As it was when the region was cut off, by key, by query and by scan."""
    put(HOME, 1)
    isolate(aws, HOME)
    put(STANDBY, 2)
    put(STANDBY, 3, service="another")
    assert get(HOME, strong=False) == 1
    assert get(STANDBY, strong=False) == 2
    counts = [dynamodb(region).scan(TableName="ledger")["Count"] for region in (HOME, STANDBY)]
    assert counts == [1, 2]


def test_without_the_witness_the_two_replicas_go_on(aws: EmbeddedAws) -> None:
    """Two of three answer."""
    isolate(aws, WITNESS)
    put(HOME, 1)
    assert get(STANDBY, strong=True) == 1


def test_one_region_of_three_is_no_quorum(aws: EmbeddedAws) -> None:
    """Connected to nobody, it is as if cut off; once the witness is back, it goes on."""
    isolate(aws, HOME)
    isolate(aws, WITNESS, seconds=10)
    assert refused_write(STANDBY) == UNAVAILABLE
    aws.run(10)
    put(STANDBY, 1)


def test_a_region_that_nobody_can_reach_is_cut_off_too(aws: EmbeddedAws) -> None:
    """Its replica misses what is written elsewhere, and has to catch up."""
    until = START + 60
    aws.faults.add(Fault(region=HOME, kind=FaultKind.CONNECT_TIMEOUT, until=until))
    put(STANDBY, 1)
    aws.run(60)
    assert refused_write(HOME) == UNAVAILABLE


def test_an_endpoint_that_fails_cuts_no_replica_off(aws: EmbeddedAws) -> None:
    """Its data is there as soon as it answers again."""
    fault = Fault("dynamodb", region=HOME, kind=FaultKind.CONNECT_TIMEOUT, until=START + 60)
    aws.faults.add(fault)
    put(STANDBY, 1)
    aws.run(60)
    assert get(HOME, strong=True) == 1


# -- coming back ---------------------------------------------------------------------------------


def test_a_replica_catches_up_before_it_takes_writes_and_strong_reads(aws: EmbeddedAws) -> None:
    """Until then it shows the past; after it, all that was written meanwhile."""
    put(HOME, 1)
    isolate(aws, HOME, seconds=60)
    put(STANDBY, 2)
    aws.run(60 + CATCH_UP_SECONDS - 1)
    assert refused_write(HOME) == UNAVAILABLE
    assert refused_strong_read(HOME) == UNAVAILABLE
    assert get(HOME, strong=False) == 1
    put(STANDBY, 3)
    aws.run(1)
    assert get(HOME, strong=True) == get(HOME, strong=False) == 3
    put(HOME, 4)
    assert get(STANDBY, strong=True) == 4


def test_a_replica_that_missed_nothing_is_back_at_once(aws: EmbeddedAws) -> None:
    """There is nothing to catch up with."""
    put(HOME, 1)
    isolate(aws, HOME, seconds=60)
    aws.run(60)
    put(HOME, 2)
    assert get(STANDBY, strong=True) == 2


def test_a_fault_that_is_removed_ends_the_absence(aws: EmbeddedAws) -> None:
    """From the first look on, the replica catches up."""
    fault = aws.faults.add(Fault(region=HOME, kind=FaultKind.ISOLATED))
    put(STANDBY, 1)
    aws.faults.remove(fault)
    assert refused_write(HOME) == UNAVAILABLE
    aws.run(CATCH_UP_SECONDS)
    put(HOME, 2)


def test_a_second_absence_shows_the_past_of_the_second(aws: EmbeddedAws) -> None:
    """Not of the first."""
    for number in (1, 3):
        put(HOME, number)
        isolate(aws, HOME, seconds=10)
        put(STANDBY, number + 1)
        assert get(HOME, strong=False) == number
        aws.run(10 + CATCH_UP_SECONDS)


def test_isolation_strikes_no_call_of_another_service(aws: EmbeddedAws) -> None:
    """The region answers its own callers."""
    isolate(aws, HOME)
    answer = aws.client("sqs", HOME).create_queue(QueueName="own")
    assert answer["QueueUrl"].endswith("/own")
