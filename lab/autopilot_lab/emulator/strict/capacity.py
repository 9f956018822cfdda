"""DynamoDB: what a call on one item consumes, by the size of the whole item.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

import json
import math
from typing import Any, Final

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.strict.layer import Answer, StrictLayer, with_json

WRITE_UNIT_BYTES: Final = 1_024
READ_UNIT_BYTES: Final = 4_096
EVENTUAL: Final = 0.5  #: units for each 4 KB that is not read strongly

_WRITES = ("PutItem", "UpdateItem", "DeleteItem")


def register(layer: StrictLayer) -> None:
    """Put the amendments in force."""
    layer.amend("dynamodb", _WRITES, _write)
    layer.amend("dynamodb", ("GetItem",), _read)


def write_units(before_bytes: int, after_bytes: int) -> float:
    """Units of a write: one for each KB of the larger of the item before and after it."""
    return float(max(1, math.ceil(max(before_bytes, after_bytes) / WRITE_UNIT_BYTES)))


def read_units(size_bytes: int, *, strong: bool) -> float:
    """Units of a read: one for each 4 KB of the item, half of it when it may be stale."""
    return max(1, math.ceil(size_bytes / READ_UNIT_BYTES)) * (1.0 if strong else EVENTUAL)


def _write(asked: Asked, answer: Answer) -> wire.Response:
    if not _is_wanted(asked):
        return answer()
    before = _size(asked)
    response = answer()
    return _with_units(response, write_units(before, _size(asked)))


def _read(asked: Asked, answer: Answer) -> wire.Response:
    response = answer()
    if not _is_wanted(asked):
        return response
    strong = bool(asked.params.get("ConsistentRead"))
    return _with_units(response, read_units(_size(asked), strong=strong))


def _is_wanted(asked: Asked) -> bool:
    """Whether the caller asked for it; looked for in the bytes first, for most do not."""
    if b"ReturnConsumedCapacity" not in asked.request.body:
        return False
    return asked.text("ReturnConsumedCapacity") in ("TOTAL", "INDEXES")


def _with_units(response: wire.Response, units: float) -> wire.Response:
    if wire.error_code(response):
        return response
    body = json.loads(response.body)
    consumed: dict[str, Any] = body.setdefault("ConsumedCapacity", {})
    consumed["CapacityUnits"] = units
    if "Table" in consumed:
        consumed["Table"]["CapacityUnits"] = units
    return with_json(response, body)


def _size(asked: Asked) -> int:
    """Bytes of the item that the call is about, as it is now; 0 when there is none."""
    name = asked.text("TableName").rsplit("/", 1)[-1]
    table: Table | None = dynamodb_backends[ACCOUNT][asked.call.region].tables.get(name)
    if table is None:
        return 0
    given = asked.params.get("Key") or asked.params.get("Item") or {}
    keys = [
        DynamoType(given[attribute]) if attribute in given else None
        for attribute in (table.hash_key_attr, table.range_key_attr)
    ]
    if keys[0] is None:
        return 0
    item = table.get_item(keys[0], keys[1])
    return item.size() if item is not None else 0
