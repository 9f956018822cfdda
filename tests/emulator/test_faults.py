"""Faults on calls, seen from a real boto3 client."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.faults import Fault, FaultKind
from tests.emulator.conftest import HOME, STANDBY

KEY = {"service": {"S": "s"}}


def client(region: str = HOME, attempts: int = 1) -> Any:
    """A client with the time-outs of the product's own."""
    retries: Any = {"mode": "standard", "total_max_attempts": attempts}
    config = Config(connect_timeout=1, read_timeout=2, retries=retries)
    return boto3.client("dynamodb", region_name=region, config=config)


def in_task(aws: EmbeddedAws, function: Any) -> Any:
    """Run as a task, where calls take time."""
    return aws.scheduler.spawn(function, name="test").wait()


def count(region: str = HOME, *, consistent: bool = True) -> str:
    """How often `add_one` took effect."""
    item = client(region).get_item(TableName="ledger", Key=KEY, ConsistentRead=consistent)
    return str(item.get("Item", {}).get("n", {"N": "0"})["N"])


def add_one(attempts: int = 1) -> None:
    """Count one up."""
    client(attempts=attempts).update_item(
        TableName="ledger",
        Key=KEY,
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


@pytest.mark.usefixtures("table")
def test_an_error_changes_nothing(aws: EmbeddedAws) -> None:
    """The caller gets the code, the table stays as it was."""
    aws.faults.add(Fault("dynamodb", "UpdateItem", code="InternalServerError", count=1))
    with pytest.raises(ClientError, match="InternalServerError"):
        add_one()
    assert count() == "0"


@pytest.mark.usefixtures("table")
def test_a_throttled_call_is_retried_by_botocore_in_virtual_time(aws: EmbeddedAws) -> None:
    """Two throttles, then success on the third attempt."""
    aws.faults.add(Fault("dynamodb", "UpdateItem", kind=FaultKind.THROTTLE, count=2))
    in_task(aws, lambda: add_one(attempts=3))
    results = [event["result"] for event in aws.log.of("call", operation="UpdateItem")]
    assert results == ["ProvisionedThroughputExceededException"] * 2 + ["ok"]
    assert count() == "1"


@pytest.mark.usefixtures("table")
def test_a_time_out_takes_the_clients_own_bound_and_changes_nothing(aws: EmbeddedAws) -> None:
    """The read time-out of the client's configuration passes in virtual time."""
    aws.faults.add(Fault("dynamodb", "UpdateItem", kind=FaultKind.TIMEOUT))
    before = aws.scheduler.now
    with pytest.raises(ReadTimeoutError):
        in_task(aws, add_one)
    assert aws.scheduler.now - before == pytest.approx(2.0)
    assert count() == "0"


@pytest.mark.usefixtures("table")
def test_no_connection_takes_the_connect_time_out(aws: EmbeddedAws) -> None:
    """One second, as configured."""
    aws.faults.add(Fault("dynamodb", kind=FaultKind.CONNECT_TIMEOUT, region=HOME))
    before = aws.scheduler.now
    with pytest.raises(ConnectTimeoutError):
        in_task(aws, add_one)
    assert aws.scheduler.now - before == pytest.approx(1.0)


@pytest.mark.usefixtures("table")
def test_an_applied_write_may_go_unanswered(aws: EmbeddedAws) -> None:
    """The caller sees a time-out although the item has changed."""
    aws.faults.add(Fault("dynamodb", "UpdateItem", kind=FaultKind.APPLIED_UNANSWERED, count=1))
    with pytest.raises(ReadTimeoutError):
        in_task(aws, add_one)
    assert count() == "1"


@pytest.mark.usefixtures("table")
def test_a_stale_read_sees_the_past_and_a_consistent_one_does_not(aws: EmbeddedAws) -> None:
    """An eventually consistent read within five seconds of a write."""
    aws.faults.add(Fault("dynamodb", "GetItem", kind=FaultKind.STALE, stale_seconds=5))
    add_one()
    aws.run(2)
    assert count(consistent=False) == "0"
    assert count(consistent=True) == "1"
    aws.run(10)
    assert count(consistent=False) == "1"


@pytest.mark.usefixtures("table")
def test_a_fault_keeps_to_its_region_and_its_hours(aws: EmbeddedAws) -> None:
    """Standby answers while home is down, and home answers afterwards."""
    aws.faults.add(Fault("dynamodb", region=HOME, until=aws.scheduler.now + 60))
    assert count(STANDBY) == "0"
    with pytest.raises(ClientError):
        count(HOME)
    aws.run(60)
    assert count(HOME) == "0"


@pytest.mark.usefixtures("table")
def test_a_fault_can_let_calls_pass_first(aws: EmbeddedAws) -> None:
    """The second call of three fails."""
    aws.faults.add(Fault("dynamodb", "UpdateItem", skip=1, count=1))
    add_one()
    with pytest.raises(ClientError):
        add_one()
    add_one()
    assert count() == "2"
