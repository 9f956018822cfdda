"""Asks one replica of the ledger for itself, so that another one cannot answer in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autopilot.adapters.inventory.asking import asking


class LedgerReplicas:
    """`client` answers with DynamoDB's client of a region."""

    def __init__(self, client: Callable[[str], Any], *, table: str, service: str) -> None:
        """The ledger's table, and the service whose item is read."""
        self._client = client
        self._table = table
        self._service = service

    def ledger_version(self, region: str) -> tuple[int, int] | None:
        """(epoch, version) by a strongly consistent read; None when there is no such item.

        Such a read of a table with multi-region strong consistency shows every write that was
        acknowledged anywhere: a replica that answers is not behind.
        """
        with asking(f"dynamodb:GetItem in {region}"):
            answer = self._client(region).get_item(
                TableName=self._table,
                Key={"service": {"S": self._service}, "record": {"S": "ledger"}},
                ConsistentRead=True,
                ProjectionExpression="#epoch, #version",
                ExpressionAttributeNames={"#epoch": "epoch", "#version": "version"},
            )
        item = answer.get("Item")
        return None if item is None else (int(item["epoch"]["N"]), int(item["version"]["N"]))
