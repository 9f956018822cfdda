"""Copies of the ledger's table, by DynamoDB's point-in-time recovery.

A restore makes a new, plain table of one region, asynchronously (DynamoDB API,
RestoreTableToPointInTime). A call that was applied and never answered is found again by its name,
its source and its instant.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from autopilot.adapters.answers import code_of
from autopilot.adapters.dynamodb_expressions import attributes_of, item_of
from autopilot.adapters.inventory.asking import Missing, asking
from autopilot.domain.permit import COPY_SUFFIX, TableCopy, TableCopyPermit
from autopilot.errors import Refused
from autopilot.ports.recovery import CopyState

_THERE: Final = frozenset({"TableAlreadyExistsException", "TableInUseException"})
_MS: Final = 1000


class DynamoDbCopies:
    """`TableCopies` in one region."""

    def __init__(self, *, client: Any, service: str) -> None:
        """Use `client` of DynamoDB; read the records of `service`."""
        self._client, self._service = client, service

    def make(self, copy: TableCopy, permit: TableCopyPermit) -> None:
        """Begin to make the copy; one of that name is ours when source and instant are."""
        permit.demand(copy)
        self._require_copy(copy)
        try:
            with asking("dynamodb:RestoreTableToPointInTime"):
                self._restore(copy)
        except _AlreadyThere:
            self._require_ours(copy)

    def _restore(self, copy: TableCopy) -> None:
        try:
            self._client.restore_table_to_point_in_time(
                SourceTableName=copy.source,
                TargetTableName=copy.name,
                RestoreDateTime=datetime.fromtimestamp(copy.at_ms // _MS, tz=UTC),
            )
        except ClientError as error:
            if code_of(error) in _THERE:
                raise _AlreadyThere from error
            raise

    def state(self, copy: TableCopy) -> CopyState:
        """ACTIVE is ready; any other state is on its way there."""
        found = self._described(copy)
        if found is None:
            return CopyState.ABSENT
        return CopyState.READY if found["TableStatus"] == "ACTIVE" else CopyState.MAKING

    def read(self, copy: TableCopy, record: str) -> Mapping[str, Any] | None:
        """One record."""
        with asking("dynamodb:GetItem of the copy"):
            answer = self._client.get_item(
                TableName=copy.name,
                Key=attributes_of({"service": self._service, "record": record}),
                ConsistentRead=True,
            )
        return item_of(answer["Item"]) if "Item" in answer else None

    def begin_with(
        self, copy: TableCopy, prefix: str, *, after: str, limit: int
    ) -> list[Mapping[str, Any]]:
        """Records in order of name; a name that nothing has is a place as well as any."""
        start = attributes_of({"service": self._service, "record": after})
        named = "#service = :service"
        values: dict[str, Any] = {":service": self._service}
        names = {"#service": "service"}
        if prefix:
            named += " AND begins_with(#record, :prefix)"
            names["#record"], values[":prefix"] = "record", prefix
        with asking("dynamodb:Query of the copy"):
            answer = self._client.query(
                TableName=copy.name,
                KeyConditionExpression=named,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=attributes_of(values),
                ConsistentRead=True,
                Limit=limit,
                **({"ExclusiveStartKey": start} if after else {}),
            )
        return [item_of(item) for item in answer["Items"]]

    def remove(self, copy: TableCopy, permit: TableCopyPermit) -> None:
        """Delete the table; one that is gone, or being deleted, is removed."""
        permit.demand(copy)
        self._require_copy(copy)
        try:
            with asking("dynamodb:DeleteTable of the copy"):
                self._client.delete_table(TableName=copy.name)
        except Missing:
            return

    def _described(self, copy: TableCopy) -> Mapping[str, Any] | None:
        try:
            with asking("dynamodb:DescribeTable of the copy"):
                found: Mapping[str, Any] = self._client.describe_table(TableName=copy.name)["Table"]
        except Missing:
            return None
        return found

    def _require_ours(self, copy: TableCopy) -> None:
        summary = (self._described(copy) or {}).get("RestoreSummary") or {}
        source = str(summary.get("SourceTableArn", "")).rpartition("/")[2]
        at = summary.get("RestoreDateTime")
        if source != copy.source or at is None or int(at.timestamp()) != copy.at_ms // _MS:
            message = (
                f"{copy.name} is there already, and is no copy of {copy.source} at that instant. "
                f"Remove it, or choose another instant."
            )
            raise Refused(message)

    def _require_copy(self, copy: TableCopy) -> None:
        # The role may touch no other table.
        if not copy.name.startswith(f"{copy.source}{COPY_SUFFIX}"):
            message = f"expected the name of a copy of {copy.source}, got {copy.name}"
            raise Refused(message)


class _AlreadyThere(Exception):
    """There is a table of that name."""
