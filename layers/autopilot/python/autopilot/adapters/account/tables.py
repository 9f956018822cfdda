"""Reads DynamoDB, KMS and AWS Backup in one region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from autopilot.adapters.account.asking import ask, listed, region_of, tags_of
from autopilot.domain.evidence.storage import BackupVault, Key, Table
from autopilot.domain.known import Found
from autopilot.domain.policy_document import Statement, statements_of

#: Keys of these kinds are the account's; the others AWS's (KMS API, KeyMetadata).
_CUSTOMER: Final = "CUSTOMER"
_MS: Final = 1000


def read_tables(dynamodb: Any) -> Found[tuple[Table, ...]]:
    """The tables, and the replicas, of the region."""
    return ask(
        lambda: tuple(
            _table(dynamodb, name) for name in listed(dynamodb, "list_tables", "TableNames")
        )
    )


def _table(dynamodb: Any, name: str) -> Table:
    found: Mapping[str, Any] = dynamodb.describe_table(TableName=name)["Table"]
    arn = str(found["TableArn"])
    return Table(
        arn=arn,
        key=str(found.get("SSEDescription", {}).get("KMSMasterKeyArn", "")),
        protected=bool(found.get("DeletionProtectionEnabled", False)),
        streams=bool(found.get("StreamSpecification", {}).get("StreamEnabled", False)),
        regions=_regions(found, region_of(arn)),
        recoverable=ask(lambda: _recoverable(dynamodb, name)),
        backups=ask(lambda: len(dynamodb.list_backups(TableName=name)["BackupSummaries"])),
        tags=ask(
            lambda: tags_of(listed(dynamodb, "list_tags_of_resource", "Tags", ResourceArn=arn))
        ),
        made_ms=round(found["CreationDateTime"].timestamp() * _MS),
        restored_from=_source(found.get("RestoreSummary", {})),
    )


def _source(restored: Mapping[str, Any]) -> str:
    """The name of the table that was restored; "" for one that was made empty."""
    return str(restored.get("SourceTableArn", "")).rpartition("/")[2]


def _regions(table: Mapping[str, Any], own: str) -> tuple[str, ...]:
    """Its own, and those that hold a replica or a witness."""
    parts = (*table.get("Replicas", ()), *table.get("GlobalTableWitnesses", ()))
    return tuple(sorted({own, *(str(one["RegionName"]) for one in parts)}))


def _recoverable(dynamodb: Any, name: str) -> bool:
    answer = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    status = answer["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    return bool(status == "ENABLED")


def read_keys(kms: Any) -> Found[tuple[Key, ...]]:
    """The customer keys of the region."""

    def call() -> tuple[Key, ...]:
        found = (
            kms.describe_key(KeyId=one["KeyId"])["KeyMetadata"]
            for one in listed(kms, "list_keys", "Keys")
        )
        return tuple(_key(kms, one) for one in found if one.get("KeyManager") == _CUSTOMER)

    return ask(call)


def _key(kms: Any, found: Mapping[str, Any]) -> Key:
    name = str(found["KeyId"])
    symmetric = found.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
    return Key(
        arn=str(found["Arn"]),
        state=str(found["KeyState"]),
        # Only these rotate by themselves (KMS developer guide, "Rotate AWS KMS keys").
        rotatable=symmetric and found.get("Origin", "AWS_KMS") == "AWS_KMS",
        rotates=ask(lambda: bool(kms.get_key_rotation_status(KeyId=name)["KeyRotationEnabled"])),
        policy=ask(lambda: _policy(kms, name)),
    )


def _policy(kms: Any, name: str) -> tuple[Statement, ...]:
    return statements_of(kms.get_key_policy(KeyId=name, PolicyName="default")["Policy"])


def read_backup_vaults(backup: Any) -> Found[tuple[BackupVault, ...]]:
    """The backup vaults of the region."""
    return ask(
        lambda: tuple(
            BackupVault(str(one["BackupVaultArn"]), bool(one.get("Locked", False)))
            for one in listed(backup, "list_backup_vaults", "BackupVaultList")
        )
    )
