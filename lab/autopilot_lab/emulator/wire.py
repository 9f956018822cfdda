"""Requests and answers at wire level, for the services that the lab has written itself.

CloudWatch speaks Smithy RPC v2 CBOR with current clients and the query protocol with older ones
(https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html); moto brings parsers and
serializers for all protocols but CBOR.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import cbor2
from botocore.loaders import Loader
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import get_serializer_class
from werkzeug.datastructures import Headers, MultiDict

from autopilot_lab.emulator.aws_error import AwsError

CBOR = "smithy-rpc-v2-cbor"
ERRORS_FROM = 400
SERVER_ERRORS_FROM = 500

_LABEL = re.compile(r"\{([^}+]+)(\+?)\}")


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request. Header names are lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@cache
def service_model(service: str) -> ServiceModel:
    """The API model of a service, by its boto3 name."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """The API model of one operation."""
    model: OperationModel = service_model(service).operation_model(operation)
    return model


def protocol_of(service: str, request: Request) -> str:
    """Which protocol the client chose for this request."""
    content_type = request.headers.get("content-type", "")
    if "smithy-protocol" in request.headers:
        return CBOR
    if content_type.startswith("application/x-amz-json"):
        return "json"
    if content_type.startswith("application/x-www-form-urlencoded"):
        return "query"
    return str(service_model(service).metadata["protocol"])


def decode(service: str, operation: str, request: Request) -> dict[str, Any]:
    """The parameters of a request, as the API names them."""
    protocol = protocol_of(service, request)
    request = _unpacked(request)
    if protocol == CBOR:
        return dict(cbor2.loads(request.body)) if request.body else {}
    if protocol == "json":
        return dict(json.loads(request.body or b"{}"))
    split = urlsplit(request.url)
    pairs = parse_qsl(
        request.body.decode() if protocol == "query" else split.query, keep_blank_values=True
    )
    model = operation_model(service, operation)
    parser = PROTOCOL_PARSERS[protocol](model)
    parsed = parser.parse(
        {
            "body": request.body,
            "headers": Headers(list(request.headers.items())),
            "method": request.method,
            "url_params": _uri_labels(model.http["requestUri"], split.path),
            "url_path": split.path,
            "values": MultiDict(pairs),
        }
    )
    return dict(parsed)


def _uri_labels(template: str, path: str) -> dict[str, str]:
    """What the labels of a request URI stand for: {name}, or {name+} with slashes."""
    match = _uri_pattern(template).fullmatch(path)
    labels = _LABEL.findall(template.partition("?")[0])
    values = match.groups() if match else ()
    return {name: unquote(text) for (name, _), text in zip(labels, values, strict=False)}


@cache
def _uri_pattern(template: str) -> re.Pattern[str]:
    parts = _LABEL.split(template.partition("?")[0])
    pattern = re.escape(parts[0])
    for plus, literal in zip(parts[2::3], parts[3::3], strict=True):
        pattern += ("(.+)" if plus else "([^/]+)") + re.escape(literal)
    return re.compile(pattern)


def _unpacked(request: Request) -> Request:
    """The request with a plain body: clients compress large ones where the service takes it.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-compression.html
    """
    if request.headers.get("content-encoding") != "gzip":
        return request
    return replace(request, body=gzip.decompress(request.body))


def encode(service: str, operation: str, request: Request, result: dict[str, Any]) -> Response:
    """The answer that carries `result` in the protocol of the request."""
    protocol = protocol_of(service, request)
    if protocol == CBOR:
        return Response(200, _cbor_headers(), _cbor(result))
    if protocol == "json":
        return Response(200, _json_headers(request), json.dumps(result, default=_epoch).encode())
    serializer = get_serializer_class(service, protocol)(operation_model(service, operation))
    answer = serializer.serialize(result)
    return Response(answer["status_code"], answer["headers"], _bytes(answer["body"]))


def encode_error(service: str, request: Request, error: AwsError) -> Response:
    """The answer that carries an error in the protocol of the request."""
    protocol = protocol_of(service, request)
    body = {"__type": error.code, "message": error.message}
    if protocol == CBOR:
        return Response(error.status, _cbor_headers(error), _cbor(body))
    if protocol in {"json", "rest-json"}:
        headers = _json_headers(request) | {"x-amzn-errortype": error.code}
        return Response(error.status, headers, json.dumps(body).encode())
    return Response(error.status, {"content-type": "text/xml"}, _xml_error(protocol, error))


def error_code(response: Response) -> str:
    """The error code in an answer, or "" when it is not an error."""
    if response.status < ERRORS_FROM:
        return ""
    named = response.headers.get("x-amzn-errortype") or _code_in_body(response.body)
    return named.split("#")[-1].split(":")[0] or str(response.status)


def _code_in_body(body: bytes) -> str:
    if body.startswith(b"{"):
        return str(json.loads(body).get("__type", ""))
    if b"<Code>" in body:
        return body.split(b"<Code>")[1].split(b"</Code>")[0].decode()
    return ""


def _cbor_headers(error: AwsError | None = None) -> dict[str, str]:
    headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
    if error is not None:
        side = "Sender" if error.status < SERVER_ERRORS_FROM else "Receiver"
        headers["x-amzn-query-error"] = f"{error.code};{side}"
    return headers


def _json_headers(request: Request) -> dict[str, str]:
    return {"content-type": request.headers.get("content-type") or "application/json"}


def _cbor(value: dict[str, Any]) -> bytes:
    encoded: bytes = cbor2.dumps(value, datetime_as_timestamp=True, timezone=UTC)
    return encoded


def _epoch(value: Any) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"cannot put {type(value).__name__} on the wire")


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body


def _xml_error(protocol: str, error: AwsError) -> bytes:
    side = "Sender" if error.status < SERVER_ERRORS_FROM else "Receiver"
    inner = f"<Code>{_escape(error.code)}</Code><Message>{_escape(error.message)}</Message>"
    if protocol == "rest-xml":
        return f"<Error>{inner}</Error>".encode()
    return (
        f"<ErrorResponse><Error><Type>{side}</Type>{inner}</Error>"
        "<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
    ).encode()


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
