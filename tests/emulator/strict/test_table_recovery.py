"""Point-in-time recovery as AWS has it: a window, a new plain table, and time until it is there."""

from __future__ import annotations

from typing import Any

import pytest

from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.strict.table_recovery import LATEST_SECONDS, RESTORE_SECONDS
from tests.emulator.conftest import HOME, START
from tests.emulator.strict.refusals import refusal

ON = {"PointInTimeRecoveryEnabled": True}
KEY = {"service": {"S": "s"}}


@pytest.fixture
def dynamodb(aws: EmbeddedAws, table: str) -> Any:
    """A client of home; the table's recovery is on."""
    client = aws.client("dynamodb", HOME)
    client.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=ON)
    return client


def put(dynamodb: Any, number: int) -> None:
    """Write the item."""
    dynamodb.put_item(TableName="ledger", Item={**KEY, "n": {"N": str(number)}})


def restored(aws: EmbeddedAws, dynamodb: Any, instant: float) -> Any:
    """The item in a copy of that instant, once the copy is there."""
    dynamodb.restore_table_to_point_in_time(
        SourceTableName="ledger", TargetTableName="copy", RestoreDateTime=instant
    )
    aws.run(RESTORE_SECONDS)
    return dynamodb.get_item(TableName="copy", Key=KEY).get("Item")


def test_a_copy_holds_what_the_table_held_at_the_instant(aws: EmbeddedAws, dynamodb: Any) -> None:
    """Neither what was written later, nor what was taken away later."""
    put(dynamodb, 1)
    aws.run(100)
    instant = aws.scheduler.now
    aws.run(100)
    put(dynamodb, 2)
    dynamodb.delete_item(TableName="ledger", Key=KEY)
    aws.run(LATEST_SECONDS)

    item = restored(aws, dynamodb, instant)

    assert item["n"] == {"N": "1"}
    assert "Item" not in dynamodb.get_item(TableName="ledger", Key=KEY)


def test_an_instant_outside_of_the_window_is_refused(aws: EmbeddedAws, dynamodb: Any) -> None:
    """The last five minutes cannot be restored yet, nor what was before recovery was on."""
    aws.run(1_000)
    restore = dynamodb.restore_table_to_point_in_time
    for instant in (START - 1, aws.scheduler.now - LATEST_SECONDS + 1):
        wanted = {"SourceTableName": "ledger", "TargetTableName": "copy"}
        assert refusal(restore, **wanted, RestoreDateTime=instant) == "InvalidRestoreTimeException"


def test_a_copy_is_a_plain_table_without_recovery_that_cannot_be_used_at_once(
    aws: EmbeddedAws, dynamodb: Any
) -> None:
    """CREATING takes no reads and cannot be deleted; ACTIVE has no recovery and no replicas."""
    put(dynamodb, 1)
    aws.run(1_000)
    dynamodb.restore_table_to_point_in_time(
        SourceTableName="ledger", TargetTableName="copy", UseLatestRestorableTime=True
    )
    making = dynamodb.describe_table(TableName="copy")["Table"]
    assert making["TableStatus"] == "CREATING"
    assert making["RestoreSummary"]["RestoreInProgress"] is True
    assert refusal(dynamodb.get_item, TableName="copy", Key=KEY) == "ResourceNotFoundException"
    assert refusal(dynamodb.delete_table, TableName="copy") == "ResourceInUseException"

    aws.run(RESTORE_SECONDS)

    made = dynamodb.describe_table(TableName="copy")["Table"]
    assert made["TableStatus"] == "ACTIVE"
    assert "Replicas" not in made
    backups = dynamodb.describe_continuous_backups(TableName="copy")
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "DISABLED"


def test_a_name_that_is_taken_is_refused(aws: EmbeddedAws, dynamodb: Any) -> None:
    """So a restore that is tried again finds what the first try made."""
    aws.run(1_000)
    wanted = {"SourceTableName": "ledger", "TargetTableName": "copy"}
    restore = dynamodb.restore_table_to_point_in_time
    restore(**wanted, UseLatestRestorableTime=True)
    code = refusal(restore, **wanted, UseLatestRestorableTime=True)
    assert code == "TableAlreadyExistsException"


def test_a_table_without_recovery_cannot_be_restored(aws: EmbeddedAws, table: str) -> None:
    """Nothing was kept of it."""
    client = aws.client("dynamodb", HOME)
    wanted = {"SourceTableName": table, "TargetTableName": "copy"}
    code = refusal(client.restore_table_to_point_in_time, **wanted, UseLatestRestorableTime=True)
    assert code == "PointInTimeRecoveryUnavailableException"


def test_recovery_that_is_switched_on_again_begins_anew(aws: EmbeddedAws, dynamodb: Any) -> None:
    """What was written before cannot be gone back to any more."""
    aws.run(1_000)
    off = {"PointInTimeRecoveryEnabled": False}
    for wanted in (off, ON):
        dynamodb.update_continuous_backups(
            TableName="ledger", PointInTimeRecoverySpecification=wanted
        )
    backups = dynamodb.describe_continuous_backups(TableName="ledger")
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["EarliestRestorableDateTime"].timestamp() == pytest.approx(START + 1_000, abs=2)
