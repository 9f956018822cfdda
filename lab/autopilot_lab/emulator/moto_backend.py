"""moto, asked directly: the services that hold state, without moto's own interception."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from moto import backend_index, backends, mock_aws
from moto.cloudformation.models import Stack
from moto.core.models import botocore_stubber
from moto.core.request import normalize_request
from moto.dynamodb.responses import DynamoHandler
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from werkzeug.exceptions import HTTPException

from autopilot_lab.emulator import dynamodb_front
from autopilot_lab.emulator.wire import Request, Response

Endpoint = Callable[..., tuple[int, dict[str, Any], Any]]

ACCOUNT = "123456789012"
ENDPOINTS_MAX = 10_000
NO_ENDPOINT: tuple[int, dict[str, Any], Any] = (404, {}, "no such endpoint in the lab")


def _no_opinion(_bucket: FakeBucket, _action: str, _resource: str) -> PermissionResult:
    """Bucket policies are judged by the lab, which knows the conditions of the request."""
    return PermissionResult.NEUTRAL


class MotoBackend:
    """Answers prepared requests from moto's state."""

    def __init__(self) -> None:
        self._endpoints: dict[str, Endpoint] = {}  #: by URL without its query

    @contextmanager
    def running(self) -> Iterator[None]:
        """Fresh moto state until the exit. Lambda code never runs inside moto.

        Templates reach its CloudFormation as JSON, which its YAML parser takes a second to read.
        """
        config: Any = {"lambda": {"use_docker": False}, "core": {"reset_boto3_session": True}}
        bucket: Any = FakeBucket
        stack: Any = Stack
        own_judgement, own_parser = bucket.get_permission, stack.__dict__["parse_template"]
        with mock_aws(config=config):
            botocore_stubber.enabled = False
            bucket.get_permission = _no_opinion
            stack.parse_template = staticmethod(json.loads)
            try:
                yield
            finally:
                bucket.get_permission = own_judgement
                stack.parse_template = own_parser

    def answer(self, request: AWSPreparedRequest, received: Request) -> Response:
        """What moto answers to a request, which is given as its client prepared it, too."""
        status, headers, body = self._ask(request, received)
        plain = {str(name): str(value) for name, value in headers.items()}
        return Response(int(status), plain, body.encode() if isinstance(body, str) else body)

    def _ask(self, request: AWSPreparedRequest, received: Request) -> tuple[int, Any, Any]:
        """Ask an endpoint without searching through all of moto's URL patterns again."""
        url = request.url.partition("?")[0]
        endpoint = self._endpoints.get(url)
        if endpoint is None:
            endpoint = self._remember(url)
        direct = dynamodb_front.answer(received) if endpoint == DynamoHandler.dispatch else None
        if direct is not None:
            return direct
        normalized = normalize_request(request)
        try:
            return endpoint(normalized, normalized.raw_url, normalized.headers)
        except HTTPException as error:
            return error.code or 500, dict(error.get_headers()), error.get_body()

    def _remember(self, url: str) -> Endpoint:
        if len(self._endpoints) >= ENDPOINTS_MAX:  # the keys of objects are many
            self._endpoints.clear()
        found = self._endpoints[url] = _find(url)
        return found


def _find(url: str) -> Endpoint:
    """Which of its functions moto ends up with, as its own interception searches for it."""
    for service, pattern in backend_index.backend_url_patterns:
        if not pattern.match(url):
            continue
        by_account: Any = backends.get_backend(service)  # type: ignore[call-overload]
        regions: Any = by_account[ACCOUNT]
        backend = regions["us-east-1" if "us-east-1" in regions else "aws"]
        for expression, endpoint in backend.urls.items():
            if re.match(expression, url):
                found: Endpoint = endpoint
                return found
    return lambda *_: NO_ENDPOINT
