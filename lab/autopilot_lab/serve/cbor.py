"""CBOR for the operations that moto answers, which knows the JSON of the same services only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.wire import Request, Response


def is_cbor(request: Request) -> bool:
    """Whether a client speaks Smithy RPC v2 CBOR."""
    return "smithy-protocol" in request.headers


def as_json(service: str, operation: str, request: Request) -> Request:
    """The same request in the service's JSON protocol."""
    params = wire.decode(service, operation, request)
    target = f"{wire.service_model(service).metadata['targetPrefix']}.{operation}"
    dropped = {"smithy-protocol", "content-encoding", "accept"}
    headers = {name: text for name, text in request.headers.items() if name not in dropped}
    split = urlsplit(request.url)
    return replace(
        request,
        url=f"{split.scheme}://{split.netloc}/",
        headers={
            **headers,
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": target,
        },
        body=json.dumps(params, default=datetime.timestamp).encode(),
    )


def as_cbor(service: str, operation: str, request: Request, answer: Response) -> Response:
    """The JSON answer of a service to a request in CBOR."""
    told = json.loads(answer.body or b"{}")
    shape = wire.operation_model(service, operation).output_shape
    if not wire.error_code(answer):
        told = _typed(told, shape) if shape is not None else {}
    encoded = wire.encode(service, operation, request, told)
    return replace(encoded, status=answer.status)


def _typed(value: Any, shape: Any) -> Any:
    """The value with datetimes where the API has instants, which JSON writes as numbers."""
    if shape.type_name == "timestamp" and isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    if shape.type_name == "structure" and isinstance(value, Mapping):
        known = shape.members
        return {name: _typed(part, known[name]) for name, part in value.items() if name in known}
    if shape.type_name == "list" and isinstance(value, list):
        return [_typed(part, shape.member) for part in value]
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {name: _typed(part, shape.value) for name, part in value.items()}
    return value
