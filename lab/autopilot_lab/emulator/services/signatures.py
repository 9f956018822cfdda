"""Signature Version 4 from the other side: who signed a request, and did they?

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. The
age of a signature is not looked at, because clients of the served lab need not share its clock.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.services.callers import Caller

FORBIDDEN = 403
_ALGORITHM = "AWS4-HMAC-SHA256"
_HEADER = re.compile(
    rf"{_ALGORITHM} Credential=(?P<key>[^/,]+)/(?P<date>\d{{8}})/(?P<region>[^/]+)/"
    r"(?P<service>[^/]+)/aws4_request,\s*SignedHeaders=(?P<headers>[^,\s]+),"
    r"\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_UNSIGNED = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a request must have been signed for."""

    region: str
    service: str


def signer_of(request: wire.Request, scope: Scope, find: Callable[[str], Caller | None]) -> Caller:
    """The caller who signed a request. Raises `AwsError` 403 where nobody did, or not this."""
    parts = _HEADER.fullmatch(request.headers.get("authorization", ""))
    if parts is None:
        raise AwsError("MissingAuthenticationTokenException", "Forbidden", FORBIDDEN)
    if (parts["region"], parts["service"]) != (scope.region, scope.service):
        message = f"Credential should be scoped to {scope.service} in {scope.region}."
        raise AwsError("InvalidSignatureException", message, FORBIDDEN)
    caller = find(parts["key"])
    if caller is None:
        message = "The security token included in the request is invalid."
        raise AwsError("UnrecognizedClientException", message, FORBIDDEN)
    expected = _signature(request, parts, caller)
    if not hmac.compare_digest(expected, parts["signature"]) or not _is_its_body(request):
        message = (
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method."
        )
        raise AwsError("InvalidSignatureException", message, FORBIDDEN)
    return caller


def sign(request: wire.Request, scope: Scope, credentials: Credentials) -> wire.Request:
    """The request with a signature, as clients make one."""
    made = AWSRequest(request.method, request.url, dict(request.headers), request.body)
    SigV4Auth(credentials, scope.service, scope.region).add_auth(made)
    headers = {name.lower(): str(value) for name, value in made.headers.items()}
    return wire.Request(request.method, request.url, headers, request.body)


def _signature(request: wire.Request, parts: re.Match[str], caller: Caller) -> str:
    host = request.headers.get("host") or urlsplit(request.url).netloc
    split = urlsplit(request.url)
    query = f"?{split.query}" if split.query else ""
    headers = {
        name: request.headers.get(name, "")
        for name in parts["headers"].split(";")
        if name != "host"
    }
    made = AWSRequest(request.method, f"https://{host}{split.path}{query}", headers, request.body)
    made.context["timestamp"] = request.headers.get("x-amz-date", "")
    auth: Any = SigV4Auth(
        Credentials(caller.access_key, caller.secret), parts["service"], parts["region"]
    )
    to_sign = auth.string_to_sign(made, auth.canonical_request(made))
    return str(auth.signature(to_sign, made))


def _is_its_body(request: wire.Request) -> bool:
    """Whether a hash that the client sent along is that of the body."""
    claimed = request.headers.get("x-amz-content-sha256")
    return claimed in (None, _UNSIGNED, hashlib.sha256(request.body).hexdigest())
