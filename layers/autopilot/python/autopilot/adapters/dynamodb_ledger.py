"""The ledger in DynamoDB: one conditional write is one `UpdateItem`.

The table is a global table with multi-region strong consistency, so every replica answers for
all: a replica that does not answer is left for the next one. That may apply a write whose answer
was lost a second time, which its conditions refuse; the caller recognises its own entry in the
item that comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autopilot.adapters.dynamodb_expressions import (
    attributes_of,
    item_of,
    update_arguments,
)
from autopilot.adapters.dynamodb_replicas import Replicas
from autopilot.domain.permit import Permit, SwitchPermit
from autopilot.domain.switches import SwitchChange
from autopilot.domain.writes import ConditionalWrite


class DynamoDbLedger:
    """A `LedgerStore` over the replicas of one table, the nearest first."""

    def __init__(self, *, clients: Sequence[Any], table: str, service: str) -> None:
        """Use `clients`, one of DynamoDB for each replica, in the order they are tried."""
        self._table = table
        self._service = service
        self._replicas = Replicas(clients, of="the ledger")

    def read(self, record: str, *, consistent: bool = True) -> Mapping[str, Any] | None:
        """The item as it stands, or None; strongly consistent unless told otherwise."""
        answer = self._replicas.ask(
            lambda replica: replica.get_item(
                TableName=self._table, Key=self._key(record), ConsistentRead=consistent
            )
        )
        return item_of(answer["Item"]) if "Item" in answer else None

    def query(self, prefix: str, *, limit: int = 100) -> Sequence[Mapping[str, Any]]:
        """At most `limit` items whose `record` begins with `prefix`, in order of `record`."""
        answer = self._replicas.ask(
            lambda replica: replica.query(
                TableName=self._table,
                KeyConditionExpression="#service = :service AND begins_with(#record, :prefix)",
                ExpressionAttributeNames={"#service": "service", "#record": "record"},
                ExpressionAttributeValues=attributes_of(
                    {":service": self._service, ":prefix": prefix}
                ),
                ConsistentRead=True,
                Limit=limit,
            )
        )
        return [item_of(item) for item in answer["Items"]]

    def write(self, write: ConditionalWrite, permit: Permit) -> Mapping[str, Any]:
        """Apply `write` as `permit` allows; return the item afterwards.

        Raises `ConditionFailed` with the item as it stood, `Transient` when no replica answered.
        """
        permit.demand(write)
        return self._apply(write)

    def carry_out(
        self, write: ConditionalWrite, change: SwitchChange, permit: SwitchPermit
    ) -> Mapping[str, Any]:
        """Apply the write that carries out a change of a switch which the ledger itself keeps.

        Raises as `write` does.
        """
        permit.demand(change)
        return self._apply(write)

    def _apply(self, write: ConditionalWrite) -> Mapping[str, Any]:
        arguments = update_arguments(write)
        answer = self._replicas.ask(
            lambda replica: replica.update_item(
                TableName=self._table,
                Key=self._key(write.record),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **arguments,
            )
        )
        return item_of(answer["Attributes"])

    def _key(self, record: str) -> dict[str, Any]:
        return attributes_of({"service": self._service, "record": record})
