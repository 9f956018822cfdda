"""Controls over tables, keys and backups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from autopilot.compliance.control import Control, Judgement, both, each, holds, judged
from autopilot.compliance.stores import (
    BACKUP,
    DATA,
    NEVER,
    activity_of,
    if_personal,
    unless_erasable,
)
from autopilot.domain.assessment import Level, Verdict
from autopilot.domain.evidence.evidence import ByRegion, Evidence
from autopilot.domain.evidence.storage import BackupVault, Bucket, Key, Table
from autopilot.domain.policy_document import Statement

#: As long as the machine of `ledger_restore` may run.
COPY_HOURS_MAX: Final = 8
_MINUTE_MS: Final = 60_000
JudgeTable: TypeAlias = Callable[[Table, Evidence], Judgement | None]
_PENDING: Final = ("PendingDeletion", "PendingReplicaDeletion")


def _tables(evidence: Evidence) -> ByRegion[Table]:
    return evidence.account.tables


def _keys(evidence: Evidence) -> ByRegion[Key]:
    return evidence.account.keys


def _kept(judge: Callable[[Table, Evidence], Judgement | None]) -> JudgeTable:
    """Leaves out the copy that a restore reads: it is soon gone, and has a control of its own."""

    def judged_unless_copy(table: Table, evidence: Evidence) -> Judgement | None:
        return None if table.is_copy else judge(table, evidence)

    return judged_unless_copy


def _copy_in_use(table: Table, evidence: Evidence) -> Judgement | None:
    """The machine of a restore has ended after that time, and removes the copy it made."""
    if not table.is_copy:
        return None
    minutes = (evidence.now_ms - table.made_ms) // _MINUTE_MS
    said = f"a copy of {table.restored_from}, made {minutes} min ago by a restore"
    no = f"{said} that ended {COPY_HOURS_MAX} h later at the latest: it was left behind"
    return holds(minutes <= COPY_HOURS_MAX * 60, f"{said} that may be running still", no)


def _recoverable(table: Table, _: Evidence) -> Judgement | None:
    yes, no = "point-in-time recovery is on", "point-in-time recovery is off"
    return unless_erasable(
        table.tags, lambda: judged(table.recoverable, lambda on: holds(on, yes, no))
    )


def _protected(table: Table, _: Evidence) -> Judgement:
    return holds(table.protected, "protected against deletion", "one call deletes it")


def _keyed(table: Table, evidence: Evidence) -> Judgement | None:
    no = "personal data under DynamoDB's own key: whoever may read the table may decrypt"
    return if_personal(
        table.tags, evidence, lambda _: holds(bool(table.key), f"under {table.key}", no)
    )


def _resident(table: Table, evidence: Evidence) -> Judgement:
    astray = [one for one in table.regions if one not in evidence.profile.regions.residency]
    return holds(
        not astray,
        f"in {', '.join(table.regions)}",
        f"in {', '.join(astray)}, outside residency",
    )


def _erasable(table: Table, _: Evidence) -> Judgement | None:
    """Whoever deletes a wrapped key must know that it is gone, so nothing may bring it back."""

    def tagged(tags: Mapping[str, str]) -> Judgement | None:
        return judged(table.recoverable, _from_backups) if tags.get(BACKUP) == NEVER else None

    def _from_backups(recoverable: bool) -> Judgement | None:  # noqa: FBT001 - what was read
        return judged(table.backups, lambda backups: _gone(table, backups, recoverable=recoverable))

    return judged(table.tags, tagged)


def _gone(table: Table, backups: int, *, recoverable: bool) -> Judgement:
    ways = {
        "point-in-time recovery": recoverable,
        f"{backups} backups": backups > 0,
        "a stream": table.streams,
    }
    found = [name for name, there in ways.items() if there]
    return holds(not found, "deleted is gone", f"what is deleted is still in {', '.join(found)}")


def _described(store: Bucket | Table, evidence: Evidence) -> Judgement | None:
    def judge(tags: Mapping[str, str]) -> Judgement:
        activity, value = activity_of(tags, evidence), tags.get(DATA, "")
        no = f"tag {DATA} is {value or 'missing'}, expected an activity of the register"
        return holds(activity is not None, f"belongs to {value}", no)

    return judged(store.tags, judge)


def _rotates(key: Key, _: Evidence) -> Judgement | None:
    if not key.rotatable or key.state in _PENDING:
        return None
    return judged(
        key.rotates, lambda on: holds(on, "rotates each year", "its material never changes")
    )


def _not_pending(key: Key, _: Evidence) -> Judgement:
    no = f"{key.state}: what it encrypted is lost when that ends"
    return holds(key.state not in _PENDING, "not to be deleted", no)


def _usable(key: Key, _: Evidence) -> Judgement | None:
    if key.state in _PENDING:
        return None
    return holds(key.state == "Enabled", "enabled", f"{key.state}: nothing can be decrypted")


def _unshared(key: Key, evidence: Evidence) -> Judgement | None:
    def judge(policy: Sequence[Statement]) -> Judgement:
        found = {a for one in policy for a in one.foreign_accounts(evidence.account.id)}
        open_to = sorted(found | {"everybody" for one in policy if one.is_public})
        return holds(not open_to, "this account only", f"lets in {', '.join(open_to)}")

    return judged(key.policy, judge)


def _vault_locked(vault: BackupVault, _: Evidence) -> Judgement:
    if vault.locked:
        return Judgement(Verdict.PASS, "backups cannot be deleted before their time")
    return Judgement(Verdict.FAIL, "whoever may delete recovery points can delete all backups")


CONTROLS: Final = (
    Control(
        "tables-recoverable",
        "Tables can be restored to a point in time",
        "32(1)(c)",
        Level.HIGH,
        "Enable PointInTimeRecovery in each replica; or tag the table backup: never.",
        each(_tables, _kept(_recoverable)),
        "DYNAMODB_PITR_ENABLED",
        "DynamoDB.2",
        ("dynamodb_tables_pitr_enabled",),
    ),
    Control(
        "tables-protected",
        "Tables are protected against deletion",
        "32(1)(b)",
        Level.MEDIUM,
        "Set DeletionProtectionEnabled in each replica.",
        each(_tables, _kept(_protected)),
        "DYNAMODB_TABLE_DELETION_PROTECTION_ENABLED",
        "DynamoDB.6",
        ("dynamodb_table_deletion_protection_enabled",),
    ),
    Control(
        "copies-removed",
        "Copies that restores made are removed when they end",
        "5(1)(e)",
        Level.MEDIUM,
        "Delete the table when nobody reads it: aws dynamodb delete-table (docs/rehearsal.md).",
        each(_tables, _copy_in_use),
    ),
    Control(
        "tables-keyed",
        "Personal data in tables is under a customer key",
        "32(1)(a)",
        Level.HIGH,
        "Set SSESpecification of the table to KMS, with a key in each replica's region.",
        each(_tables, _keyed),
        "DYNAMODB_TABLE_ENCRYPTED_KMS",
        "",
        ("dynamodb_tables_kms_cmk_encryption_enabled",),
    ),
    Control(
        "tables-resident",
        "Tables and their replicas are where data may be",
        "44",
        Level.HIGH,
        "Delete the replica that is outside regions.residency.",
        each(_tables, _resident),
    ),
    Control(
        "erased-is-gone",
        "What is erased cannot be restored",
        "17(1)",
        Level.HIGH,
        "Disable point-in-time recovery and the stream, and delete backups of the table.",
        each(_tables, _erasable),
    ),
    Control(
        "stores-described",
        "Every store belongs to an activity of the register",
        "30(1)",
        Level.MEDIUM,
        "Tag the store with data: and an activity of compliance.activities in the profile.",
        both(
            each(lambda evidence: evidence.account.buckets, _described),
            each(_tables, _kept(_described)),
        ),
        "REQUIRED_TAGS",
    ),
    Control(
        "keys-rotate",
        "Customer keys rotate",
        "32(1)(a)",
        Level.MEDIUM,
        "Set EnableKeyRotation of the key.",
        each(_keys, _rotates),
        "CMK_BACKING_KEY_ROTATION_ENABLED",
        "KMS.4",
        ("kms_cmk_rotation_enabled",),
    ),
    Control(
        "keys-kept",
        "No customer key is about to be deleted",
        "32(1)(c)",
        Level.HIGH,
        "aws kms cancel-key-deletion, then enable the key; find out who wanted it gone.",
        each(_keys, _not_pending),
        "KMS_CMK_NOT_SCHEDULED_FOR_DELETION",
        "KMS.3",
        ("kms_cmk_not_deleted_unintentionally",),
    ),
    Control(
        "keys-usable",
        "Customer keys are enabled",
        "32(1)(b)",
        Level.HIGH,
        "aws kms enable-key, or delete what the key was for and then the key.",
        each(_keys, _usable),
    ),
    Control(
        "keys-unshared",
        "Customer keys let in no other account",
        "32(1)(b)",
        Level.HIGH,
        "Take the foreign principal out of the key's policy.",
        each(_keys, _unshared),
        "KMS_KEY_POLICY_NO_PUBLIC_ACCESS",
        "KMS.5",
        ("kms_key_not_publicly_accessible",),
    ),
    Control(
        "backups-locked",
        "Backup vaults are locked",
        "32(1)(c)",
        Level.MEDIUM,
        "Put a lock configuration on the vault of AWS Backup.",
        each(lambda evidence: evidence.account.backup_vaults, _vault_locked),
        "BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED",
    ),
)
