"""The rights that DynamoDB's operations need, with the leading keys that conditions can ask for.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from autopilot_lab.emulator.access.conditions import Context
from autopilot_lab.emulator.access.needs import Asked, Need
from autopilot_lab.emulator.moto_backend import ACCOUNT

_EQUALITY = re.compile(r"(#?\w+)\s*=\s*(:\w+)")


def _table(asked: Asked, name: str) -> str:
    return name if name.startswith("arn:") else asked.arn("dynamodb", f"table/{name}")


def _hash_key(asked: Asked, name: str) -> str:
    """The name of a table's partition key, or "" when there is no such table."""
    tables = dynamodb_backends[ACCOUNT][asked.call.region].tables
    table = tables.get(name.rsplit("/", 1)[-1])
    return str(table.hash_key_attr) if table is not None else ""


def _leading(values: Iterable[Mapping[str, Any] | None]) -> Context:
    """Each value comes in DynamoDB JSON, such as {"S": "text"}."""
    texts = tuple(sorted({str(next(iter(value.values()))) for value in values if value}))
    return {"dynamodb:leadingkeys": texts} if texts else {}


def _item(action: str, element: str) -> Callable[[Asked], list[Need]]:
    """An operation on one item, whose key is in the parameter `element`."""

    def needs(asked: Asked) -> list[Need]:
        return [_on_item(asked, action, asked.params, element)]

    return needs


def _on_item(asked: Asked, action: str, part: Mapping[str, Any], element: str) -> Need:
    name = str(part["TableName"])
    key = part[element].get(_hash_key(asked, name))
    return Need(f"dynamodb:{action}", _table(asked, name), _leading([key]))


def _query(asked: Asked) -> list[Need]:
    name, index = asked.text("TableName"), asked.text("IndexName")
    values = asked.params.get("ExpressionAttributeValues", {})
    names = asked.params.get("ExpressionAttributeNames", {})
    hash_key = _hash_key(asked, name)
    found = [
        values.get(value)
        for key, value in _EQUALITY.findall(asked.text("KeyConditionExpression"))
        if names.get(key, key) == hash_key
    ]
    resource = _table(asked, name) + (f"/index/{index}" if index else "")
    return [Need("dynamodb:Query", resource, _leading(found))]


def _scan(asked: Asked) -> list[Need]:
    name, index = asked.text("TableName"), asked.text("IndexName")
    suffix = f"/index/{index}" if index else ""
    return [Need("dynamodb:Scan", _table(asked, name) + suffix)]


def _batch_get(asked: Asked) -> list[Need]:
    return [
        Need(
            "dynamodb:BatchGetItem",
            _table(asked, name),
            _leading(key.get(_hash_key(asked, name)) for key in part["Keys"]),
        )
        for name, part in asked.params["RequestItems"].items()
    ]


def _batch_write(asked: Asked) -> list[Need]:
    return [
        Need(
            "dynamodb:BatchWriteItem",
            _table(asked, name),
            _leading(_written_key(one, _hash_key(asked, name)) for one in writes),
        )
        for name, writes in asked.params["RequestItems"].items()
    ]


def _written_key(write: Mapping[str, Any], hash_key: str) -> Mapping[str, Any] | None:
    item = write["PutRequest"]["Item"] if "PutRequest" in write else write["DeleteRequest"]["Key"]
    found: Mapping[str, Any] | None = item.get(hash_key)
    return found


#: Part of a transaction → the action it needs and where its key is.
_PARTS = {
    "Put": ("PutItem", "Item"),
    "Update": ("UpdateItem", "Key"),
    "Delete": ("DeleteItem", "Key"),
    "ConditionCheck": ("ConditionCheckItem", "Key"),
    "Get": ("GetItem", "Key"),
}


def _transaction(asked: Asked) -> list[Need]:
    return [
        _on_item(asked, *_ordered(kind, part))
        for item in asked.params["TransactItems"]
        for kind, part in item.items()
    ]


def _ordered(kind: str, part: Mapping[str, Any]) -> tuple[str, Mapping[str, Any], str]:
    action, element = _PARTS[kind]
    return action, part, element


def _whole_table(action: str) -> Callable[[Asked], list[Need]]:
    return lambda asked: [Need(f"dynamodb:{action}", _table(asked, asked.text("TableName")))]


def _restore(asked: Asked) -> list[Need]:
    """Restoring on the source, reading and writing on the new table.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html
    """
    source = asked.text("SourceTableArn") or _table(asked, asked.text("SourceTableName"))
    target = _table(asked, asked.text("TargetTableName"))
    return [
        Need("dynamodb:RestoreTableToPointInTime", source),
        *(Need(f"dynamodb:{action}", target) for action in _READS_AND_WRITES),
    ]


_READS_AND_WRITES = (
    "BatchWriteItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
)

DYNAMODB: Mapping[str, Callable[[Asked], list[Need]]] = {
    "GetItem": _item("GetItem", "Key"),
    "PutItem": _item("PutItem", "Item"),
    "UpdateItem": _item("UpdateItem", "Key"),
    "DeleteItem": _item("DeleteItem", "Key"),
    "Query": _query,
    "Scan": _scan,
    "BatchGetItem": _batch_get,
    "BatchWriteItem": _batch_write,
    "TransactWriteItems": _transaction,
    "TransactGetItems": _transaction,
    "DescribeTable": _whole_table("DescribeTable"),
    "CreateTable": _whole_table("CreateTable"),
    "DeleteTable": _whole_table("DeleteTable"),
    "UpdateTable": _whole_table("UpdateTable"),
    "UpdateTimeToLive": _whole_table("UpdateTimeToLive"),
    "DescribeTimeToLive": _whole_table("DescribeTimeToLive"),
    "DescribeContinuousBackups": _whole_table("DescribeContinuousBackups"),
    "RestoreTableToPointInTime": _restore,
    "ListTables": lambda _asked: [Need("dynamodb:ListTables", "*")],
}
