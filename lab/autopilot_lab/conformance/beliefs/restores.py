"""What restoring the ledger builds on: a restore makes a new table, in its own time."""

from __future__ import annotations

from typing import Final

from autopilot_lab.conformance.belief import belief, documented
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import GLOBAL_TABLES, guide, model, operation
from autopilot_lab.conformance.verdicts import check, equal, refused

RESTORE: Final = operation("dynamodb", "RestoreTableToPointInTime")
BEFORE: Final = guide(
    "DynamoDB developer guide, before you begin using point-in-time recovery",
    "amazondynamodb/latest/developerguide/pointintimerecovery_beforeyoubegin.html",
)
#: The window opens, and a copy comes, minutes after somebody asked: longer than a trial may take.
TAKES_MINUTES: Final = "a window and a copy take many minutes; the lab's own tests hold it to this"


@belief(
    RESTORE,
    breaks="a ledger without backups would be thought to have some",
    makes="1 table",
    cents=1,
)
def a_table_without_recovery_cannot_be_restored(sandbox: Sandbox) -> None:
    """A restore of a table whose recovery is off is refused."""
    client, table = sandbox.client("dynamodb"), sandbox.table()
    refused(
        client.restore_table_to_point_in_time,
        "PointInTimeRecoveryUnavailableException",
        SourceTableName=table,
        TargetTableName=f"{table}-copy",
        UseLatestRestorableTime=True,
    )


@belief(
    operation("dynamodb", "DescribeContinuousBackups"),
    breaks="a rehearsal could not say how much a restore would lose",
    makes="1 table",
    cents=1,
)
def recovery_says_from_when_to_when(sandbox: Sandbox) -> None:
    """Once recovery is on, its first and last instants are told."""
    client, table = sandbox.client("dynamodb"), sandbox.table()
    on = {"PointInTimeRecoveryEnabled": True}
    client.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=on)
    answer = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    described = answer["PointInTimeRecoveryDescription"]
    names = ("EarliestRestorableDateTime", "LatestRestorableDateTime")
    check(all(name in described for name in names), f"got {sorted(described)}")


@belief(
    BEFORE,
    breaks="a ledger that is protected in one region would be thought to be so in both",
    makes="1 strongly consistent global table",
    cents=5,
)
def each_strong_replica_has_recovery_of_its_own(sandbox: Sandbox) -> None:
    """Recovery can be on in one replica of a strongly consistent table, and off in the other."""
    table = sandbox.run.strong_table()  # which other beliefs are tried on: it is left as it was
    home, standby = sandbox.regions.home, sandbox.regions.standby
    _switch_recovery(sandbox, table, enabled=True)
    try:
        found = {region: _recovery(sandbox, table, region) for region in (home, standby)}
    finally:
        _switch_recovery(sandbox, table, enabled=False)
    equal(found, {home: "ENABLED", standby: "DISABLED"}, "recovery by replica")


def _switch_recovery(sandbox: Sandbox, table: str, *, enabled: bool) -> None:
    sandbox.client("dynamodb").update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled}
    )


def _recovery(sandbox: Sandbox, table: str, region: str) -> str:
    answer = sandbox.client("dynamodb", region).describe_continuous_backups(TableName=table)
    described = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return str(described["PointInTimeRecoveryStatus"])


RESTORES: Final = (
    documented(
        "a-restore-makes-a-new-table",
        "A restore makes a table of a name that is not taken; it never writes into one that is.",
        RESTORE,
        breaks="a restore that is tried again could replace what people work with",
        untried=TAKES_MINUTES,
    ),
    documented(
        "a-restored-table-brings-no-settings-along",
        "Tags, stream, time to live, recovery, alarms and policies have to be set again.",
        RESTORE,
        breaks="a copy could be taken for a protected table and kept",
        untried=TAKES_MINUTES,
    ),
    documented(
        "a-restored-replica-is-a-plain-table",
        "The restore of a replica is an independent table, not a part of the global table.",
        BEFORE,
        breaks="a copy could change the ledger in the other region",
        untried=TAKES_MINUTES,
    ),
    documented(
        "recovery-is-not-among-what-strong-tables-lack",
        "What a strong table lacks is listed: transactions, time to live, local indexes; no more.",
        GLOBAL_TABLES,
        breaks="the ledger would have no backup that could be restored",
        untried="a list shows what is on it; that recovery can be switched on is tried above",
    ),
    documented(
        "a-strong-table-loses-no-single-replica",
        "A strong table takes no further replica, and gives up two of its three parts or none.",
        GLOBAL_TABLES,
        breaks="a damaged replica could be made again alone, and the ledger need not be restored",
        untried="it would take the table that other beliefs are tried on",
    ),
    documented(
        "the-last-five-minutes-cannot-be-restored-yet",
        "The newest instant that can be restored is typically five minutes ago.",
        model("dynamodb", "2012-08-10", "PointInTimeRecoveryDescription"),
        breaks="more work would be lost by a restore than a rehearsal says",
        untried=TAKES_MINUTES,
    ),
    documented(
        "recovery-that-is-switched-on-again-begins-anew",
        "Switching recovery off forgets everything that could be restored.",
        guide(
            "DynamoDB developer guide, restoring a table",
            "amazondynamodb/latest/developerguide/pointintimerecovery_restores.html",
        ),
        breaks="a rehearsal would count on instants that are gone",
        untried=TAKES_MINUTES,
    ),
    documented(
        "a-restore-writes-with-the-rights-of-who-asks",
        "Who restores needs read and write rights on the new table, beside the restore itself.",
        guide(
            "DynamoDB developer guide, using IAM with backup and restore",
            "amazondynamodb/latest/developerguide/backuprestore_IAM.html",
        ),
        breaks="the function's role would be refused, or hold rights that nothing needs",
        untried=TAKES_MINUTES,
    ),
    documented(
        "a-table-that-is-being-made-cannot-be-deleted",
        "Deleting a table in state CREATING is refused until it is ACTIVE.",
        operation("dynamodb", "DeleteTable"),
        breaks="a run that gives up would think that its copy is gone",
        untried=TAKES_MINUTES,
    ),
)
