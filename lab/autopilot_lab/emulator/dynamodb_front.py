"""DynamoDB's requests, given to moto's handler as they are, not as requests of a web server.

moto turns each request into one of werkzeug's and takes that apart again, for services whose
parameters may stand in the path, the query or a form. DynamoDB's stand in the body, always.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.utils import get_service_model, utcnow
from moto.dynamodb.responses import DynamoHandler
from moto.iam.models import mark_account_as_visited
from moto.utilities.utils import get_partition
from werkzeug.http import http_date

from autopilot_lab.emulator import wire

_CONTENT_TYPE: Final = "application/x-amz-json-1.0"


class Headers(dict[str, str]):
    """Headers by names that are kept in lower case, and asked for in any."""

    def __getitem__(self, name: str) -> str:
        """The value of a header. Raises KeyError."""
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        """Whether there is such a header."""
        return super().__contains__(str(name).lower())

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a header, if there is one."""
        return super().get(name.lower(), default)


class DirectHandler(DynamoHandler):
    """moto's handler, filled from a request of a client."""

    def receive(self, request: wire.Request, headers: Headers) -> None:
        """Set what moto's `setup_class` sets from its kind of request, and `call_action` uses."""
        self.headers = headers
        self.response_headers = {"server": "amazon.com", "date": http_date(utcnow())}
        self.querystring: dict[str, Any] = {}
        self.uri_match: dict[str, Any] = {}
        self.region = self.get_region_from_url(self, request.url)
        self.partition = get_partition(self.region)
        parser: Any = PROTOCOL_PARSERS["json"]
        self.params = parser(_operation(self._get_action())).parse({"body": request.body})
        self.access_key = self.get_access_key()
        self.current_account = self.get_current_account()
        mark_account_as_visited(
            account_id=self.current_account,
            access_key=self.access_key,
            service="dynamodb",
            region=self.region,
        )


def answer(request: wire.Request) -> tuple[int, dict[str, Any], Any] | None:
    """What moto answers to a request that says all in a plain body of JSON; None to others."""
    headers = Headers(request.headers)
    is_plain = headers.get("Content-Type") == _CONTENT_TYPE and "Content-Encoding" not in headers
    if not is_plain:
        return None
    handler = DirectHandler()
    handler.receive(request, headers)
    given: tuple[int, dict[str, Any], Any] = handler.call_action()
    return given


@cache
def _operation(name: str) -> OperationModel:
    model: ServiceModel = get_service_model("dynamodb")
    found: OperationModel = model.operation_model(name)
    return found
