"""Reads that see the past: eventually consistent DynamoDB reads under a `stale` fault.

Only `GetItem` without `ConsistentRead` is aged. The past is remembered from the moment the fault
is put in force; an item that nobody has written since reads as it is.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.moto_backend import ACCOUNT

WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
BATCH = "BatchWriteItem"
IMAGES_MAX = 1_000


class StaleReads:
    """Remembers what tables held, and shows it to one read at a time."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._images: dict[str, list[tuple[float, Any]]] = {}

    def before_write(self, call: Call) -> None:
        """Remember the table's items as they stand before a write replaces one."""
        for written in _tables_written(call):
            name = written.split("/")[-1]
            table = dynamodb_backends[ACCOUNT][call.region].tables.get(name)
            if table is None:
                continue
            images = self._images.setdefault(name, [])
            images.append((self._now(), copy.deepcopy(dict(table.items))))
            del images[:-IMAGES_MAX]

    @contextmanager
    def as_of(self, call: Call, seconds: float) -> Iterator[None]:
        """Let the call that happens inside see tables as they were `seconds` ago."""
        if call.operation != "GetItem" or json.loads(call.body).get("ConsistentRead"):
            yield
            return
        with self.seeing(call.region, self._now() - seconds):
            yield

    @contextmanager
    def seeing(self, region: str, instant: float, *, only: str = "") -> Iterator[None]:
        """Let what happens inside see the tables of a region as they were, or one of them."""
        replaced = []
        for name, table in dynamodb_backends[ACCOUNT][region].tables.items():
            image = self._image(name, instant) if only in ("", name) else None
            if image is not None:
                replaced.append((table, dict(table.items)))
                _swap(table.items, image)
        try:
            yield
        finally:
            for table, present in replaced:
                _swap(table.items, present)

    def _image(self, name: str, instant: float) -> Any:
        """What the table held at `instant`: the image before the first write after it."""
        for written_at, image in self._images.get(name, ()):
            if written_at > instant:
                return image
        return None


def _tables_written(call: Call) -> list[str]:
    if call.operation == BATCH:
        return list(json.loads(call.body)["RequestItems"])
    return [json.loads(call.body)["TableName"]] if call.operation in WRITES else []


def _swap(items: Any, wanted: dict[Any, Any]) -> None:
    items.clear()
    items.update(wanted)
