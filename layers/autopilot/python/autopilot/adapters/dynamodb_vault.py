"""The vault in DynamoDB: one item to a person, in a table that forgets what is deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autopilot.adapters.dynamodb_replicas import Replicas
from autopilot.domain.permit import ErasurePermit, KeyErasure
from autopilot.domain.writes import ConditionFailed
from autopilot.errors import Inconsistent
from autopilot.persons import WrappedKeys


class DynamoDbVault:
    """A `Vault` over the replicas of one strongly consistent table, the nearest first.

    Every read is a strong one: it sees what any region wrote or deleted before.
    """

    def __init__(self, *, clients: Sequence[Any], table: str, service: str) -> None:
        """Use `clients`, one of DynamoDB for each replica, in the order they are tried."""
        self._replicas = Replicas(clients, of="the vault")
        self._table = table
        self._service = service

    def find(self, reference: str) -> WrappedKeys | None:
        """The keys as they stand in every region, or None."""
        answer = self._replicas.ask(
            lambda replica: replica.get_item(
                TableName=self._table, Key=self._key(reference), ConsistentRead=True
            )
        )
        return _keys(answer["Item"]) if "Item" in answer else None

    def keep(self, reference: str, keys: WrappedKeys) -> WrappedKeys:
        """Keep `keys` unless there are some already; answers with those that stand."""
        item = {
            **self._key(reference),
            "key_id": {"S": keys.key_id},
            "wrapped": {"B": keys.wrapped},
            "created_ms": {"N": str(keys.created_ms)},
        }
        try:
            self._replicas.ask(
                lambda replica: replica.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(#subject)",
                    ExpressionAttributeNames={"#subject": "subject"},
                )
            )
        except ConditionFailed:
            return self._winner(reference)
        return keys

    def erase(self, erasure: KeyErasure, permit: ErasurePermit) -> None:
        """Destroy the keys, in every region. Destroying them twice is destroying them once."""
        permit.demand(erasure)
        self._replicas.ask(
            lambda replica: replica.delete_item(
                TableName=self._table, Key=self._key(erasure.reference)
            )
        )

    def _winner(self, reference: str) -> WrappedKeys:
        """What somebody else kept first, or we ourselves when the answer was lost."""
        stands = self.find(reference)
        if stands is None:
            message = "a person's keys were there and are gone a moment later: seal the event again"
            raise Inconsistent(message)
        return stands

    def _key(self, reference: str) -> dict[str, Any]:
        return {"service": {"S": self._service}, "subject": {"S": reference}}


def _keys(item: Mapping[str, Any]) -> WrappedKeys:
    return WrappedKeys(
        item["key_id"]["S"], bytes(item["wrapped"]["B"]), int(item["created_ms"]["N"])
    )
