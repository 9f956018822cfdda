"""What a function sees of a request to its URL, and what its return value becomes.

Payload format version 2.0 of
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.lambda_runner import Outcome
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.services.callers import Caller
from autopilot_lab.emulator.services.function_urls import FunctionUrl

OK, BAD_GATEWAY = 200, 502
ROUTE = "$default"
_TEXT = ("text/", "application/json", "application/xml", "application/javascript")


def event_of(
    request: wire.Request, path: str, address: FunctionUrl, caller: Caller | None, now: float
) -> dict[str, Any]:
    """The event of a request; `path` is its path below the URL, `now` in Unix seconds."""
    query = urlsplit(request.url).query
    body, encoded = _body(request)
    headers = {name: text for name, text in request.headers.items() if name != "cookie"}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": ROUTE,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": _context(request, path, address, caller, now),
        "isBase64Encoded": encoded,
    }
    cookies = request.headers.get("cookie", "")
    if cookies:
        event["cookies"] = [one.strip() for one in cookies.split(";")]
    if query:
        event["queryStringParameters"] = _parameters(query)
    return event | ({"body": body} if request.body else {})


def response_of(outcome: Outcome) -> wire.Response:
    """The HTTP response of what a function returned."""
    if outcome.function_error:
        headers = {"x-amzn-errortype": "InternalServerErrorException"}
        return wire.Response(BAD_GATEWAY, headers, b"Internal Server Error")
    returned = outcome.body()
    if not isinstance(returned, Mapping) or "statusCode" not in returned:
        body = returned if isinstance(returned, str) else json.dumps(returned)
        return wire.Response(OK, {"content-type": "application/json"}, body.encode())
    headers = {"content-type": "application/json"} | {
        str(name).lower(): str(value) for name, value in (returned.get("headers") or {}).items()
    }
    cookies = returned.get("cookies") or ()
    if cookies:
        headers["set-cookie"] = ", ".join(cookies)
    return wire.Response(int(returned["statusCode"]), headers, _returned_body(returned))


def _context(
    request: wire.Request, path: str, address: FunctionUrl, caller: Caller | None, now: float
) -> dict[str, Any]:
    moment = datetime.fromtimestamp(now, UTC)
    context: dict[str, Any] = {
        "accountId": ACCOUNT if caller else "anonymous",
        "apiId": address.id,
        "domainName": address.host,
        "domainPrefix": address.id,
        "http": {
            "method": request.method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": request.headers.get("user-agent", ""),
        },
        "requestId": f"{int(now * 1000):x}-{address.id[:12]}",
        "routeKey": ROUTE,
        "stage": ROUTE,
        "time": moment.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now * 1000),
    }
    return context | ({"authorizer": {"iam": _identity(caller)}} if caller else {})


def _identity(caller: Caller) -> dict[str, Any]:
    return {
        "accessKey": caller.access_key,
        "accountId": ACCOUNT,
        "callerId": caller.user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": caller.user_arn,
        "userId": caller.user_id,
    }


def _body(request: wire.Request) -> tuple[str, bool]:
    """The body as text, and whether it is in base64 because its type is not one of text."""
    kind = request.headers.get("content-type", "")
    if not kind or kind.startswith(_TEXT):
        return request.body.decode(errors="replace"), False
    return base64.b64encode(request.body).decode(), True


def _returned_body(returned: Mapping[str, Any]) -> bytes:
    body = returned.get("body") or ""
    text = body if isinstance(body, str) else json.dumps(body)
    return base64.b64decode(text) if returned.get("isBase64Encoded") else text.encode()


def _parameters(query: str) -> dict[str, str]:
    """Parameters by name; repeated ones are joined with commas."""
    joined: dict[str, str] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        joined[name] = f"{joined[name]},{text}" if name in joined else text
    return joined
