"""DynamoDB's answers without walking every attribute through the API model.

moto serializes an item member by member and looks for thirty possible spellings of each: ten
milliseconds for an item of a few kilobytes. The attributes are plain JSON already.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from botocore.model import MapShape
from moto.core.model import Shape
from moto.core.serialize import SERVICE_SPECIFIC_SERIALIZERS, JSONSerializer

_ABOUT_ITEMS: Final = frozenset({"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"})


class ItemSerializer(JSONSerializer):
    """As moto's, but for maps of attribute values, which are taken as they are."""

    def _serialize_type_map(self, serialized: Any, value: Any, shape: MapShape, key: str) -> None:
        if shape.value.name == "AttributeValue":
            self._default_serialize(serialized, value, shape, key)  # type: ignore[arg-type]
        else:
            super()._serialize_type_map(serialized, value, shape, key)  # type: ignore[arg-type]

    def get_value(self, value: Any, key: str, shape: Shape) -> Any:
        """A member of an answer; those about items are spelled as the API has it."""
        if type(value) is dict and self.operation_model.name in _ABOUT_ITEMS:
            return value.get(key)
        return super().get_value(value, key, shape)

    def _serialize_body(self, body: Mapping[str, Any]) -> str:
        return json.dumps(body, default=_binary)


def _binary(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is no attribute value")


@contextmanager
def quick_items() -> Iterator[None]:
    """Answer DynamoDB's clients this way until the exit."""
    before = SERVICE_SPECIFIC_SERIALIZERS.get("dynamodb")
    SERVICE_SPECIFIC_SERIALIZERS["dynamodb"] = {"json": ItemSerializer}
    try:
        yield
    finally:
        if before is None:
            del SERVICE_SPECIFIC_SERIALIZERS["dynamodb"]
        else:
            SERVICE_SPECIFIC_SERIALIZERS["dynamodb"] = before
