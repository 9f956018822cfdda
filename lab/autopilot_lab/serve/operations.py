"""Which operation of a service a request names, by the rules of the service's protocol.

JSON names it in a header, query in a parameter, CBOR in the path; REST protocols mean it by
method, path, query string and headers together
(https://smithy.io/2.0/spec/http-bindings.html#http-trait).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from autopilot_lab.emulator.wire import Request, service_model

_CBOR_PATH = re.compile(r"/service/(?P<service>[^/]+)/operation/(?P<operation>[^/]+)")
_LABEL = re.compile(r"\\\{(\w+)(\\\+)?\\\}")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Route:
    """What a request looks like that means one operation of a REST service."""

    operation: str
    method: str
    path: re.Pattern[str]
    query: Mapping[str, str]  #: parameters that must be there; with a value, that one
    headers: frozenset[str]  #: names, lower case, that must be there
    letters: int  #: how much of the path is literal

    def fits(self, method: str, path: str, query: Mapping[str, str], request: Request) -> bool:
        """Whether a request means this operation, or a more special one."""
        return (
            method == self.method
            and self.path.fullmatch(path) is not None
            and all(
                name in query and value in ("", query[name]) for name, value in self.query.items()
            )
            and all(name in request.headers for name in self.headers)
        )

    @property
    def speciality(self) -> tuple[int, int]:
        """Of two routes that fit, the more special one is meant."""
        return self.letters, len(self.query) + len(self.headers)


def operation_of(service: str, request: Request) -> str:
    """The API name of the operation, or "" when the request means none of this service."""
    known = _names(service)
    for name in (_in_target(service, request), _in_path(request), _in_parameters(request)):
        if name in known:
            return name
    return _by_route(service, request)


@cache
def _names(service: str) -> frozenset[str]:
    return frozenset(service_model(service).operation_names)


@cache
def _metadata(service: str) -> Mapping[str, Any]:
    return dict(service_model(service).metadata)


def _in_target(service: str, request: Request) -> str:
    prefix, _, name = request.headers.get("x-amz-target", "").rpartition(".")
    return name if prefix == _metadata(service).get("targetPrefix") else ""


def _in_path(request: Request) -> str:
    match = _CBOR_PATH.fullmatch(urlsplit(request.url).path)
    return match["operation"] if match else ""


def _in_parameters(request: Request) -> str:
    text = urlsplit(request.url).query
    if request.headers.get("content-type", "").startswith(_FORM):
        text = f"{request.body.decode(errors='replace')}&{text}"
    return parse_qs(text).get("Action", [""])[0]


def _by_route(service: str, request: Request) -> str:
    if not str(_metadata(service)["protocol"]).startswith("rest-"):
        return ""
    split = urlsplit(request.url)
    path = split.path.rstrip("/") or "/"
    query = dict(parse_qsl(split.query, keep_blank_values=True))
    found = [route for route in routes(service) if route.fits(request.method, path, query, request)]
    return max(found, key=lambda route: route.speciality).operation if found else ""


@cache
def routes(service: str) -> Sequence[Route]:
    """The routes of a REST service, from its API model."""
    model = service_model(service)
    return [_route(name, model.operation_model(name)) for name in sorted(model.operation_names)]


def _route(name: str, operation: Any) -> Route:
    path, _, text = operation.http["requestUri"].partition("?")
    path = path.rstrip("/") or "/"
    return Route(
        operation=name,
        method=operation.http["method"],
        path=re.compile(_LABEL.sub(_label, re.escape(path))),
        query=dict(parse_qsl(text, keep_blank_values=True)) | _required(operation, "querystring"),
        headers=frozenset(_required(operation, "header")),
        letters=len(re.sub(r"\{[^}]*\}", "", path)),
    )


def _label(match: re.Match[str]) -> str:
    return ".+" if match[2] else "[^/]+"


def _required(operation: Any, location: str) -> dict[str, str]:
    """Members that a request must have in this place; their values are free."""
    shape = operation.input_shape
    if shape is None:
        return {}
    names = {
        member.serialization.get("name", name): ""
        for name, member in shape.members.items()
        if name in shape.required_members and member.serialization.get("location") == location
    }
    return {name.lower() if location == "header" else name: "" for name in names}
