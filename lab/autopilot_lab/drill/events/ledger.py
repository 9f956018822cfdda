"""What somebody with too many rights does to the ledger, past the gate."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, Literal

from pydantic import Field

from autopilot.domain.permit import LEDGER
from autopilot_lab.drill.events.event import Action
from autopilot_lab.drill.stage import Stage


class Damage(StrEnum):
    """What is left of the ledger."""

    DELETED = "deleted"  #: the item is gone
    UNREADABLE = "unreadable"  #: it has no allocation any more
    EMPTIED = "emptied"  #: every record of the service is gone


_WORDS: Final = {
    Damage.DELETED: "deletes the ledger's item",
    Damage.UNREADABLE: "removes the allocation from the ledger",
    Damage.EMPTIED: "deletes every record of the ledger",
}


class LedgerDamaged(Action):
    """Somebody with an administrator's rights damages the ledger."""

    event: Literal["ledger_damaged"]
    how: Damage = Field(Damage.DELETED, strict=False)

    def sentence(self) -> str:
        """What a person would say."""
        return f"somebody {_WORDS[self.how]}"

    def play(self, stage: Stage, _number: int) -> None:
        """Damage it when the time comes."""
        stage.do(self.at, self.event, lambda: self._damage(stage))

    def _damage(self, stage: Stage) -> None:
        table, home = stage.installation.ledger_table, stage.installation.profile.regions.home
        dynamodb = stage.client("dynamodb", home)
        if self.how is Damage.UNREADABLE:
            dynamodb.update_item(
                TableName=table,
                Key=key_of(stage.service, LEDGER),
                UpdateExpression="REMOVE allocation",
            )
            return
        names = [LEDGER] if self.how is Damage.DELETED else names_in(dynamodb, table, stage.service)
        for name in names:
            dynamodb.delete_item(TableName=table, Key=key_of(stage.service, name))


def key_of(service: str, record: str) -> dict[str, Any]:
    """The key of a record, as DynamoDB takes it."""
    return {"service": {"S": service}, "record": {"S": record}}


def names_in(dynamodb: Any, table: str, service: str) -> list[str]:
    """The names of all records of a service."""
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="service = :service",
        ExpressionAttributeValues={":service": {"S": service}},
    )
    return [item["record"]["S"] for page in pages for item in page["Items"]]
