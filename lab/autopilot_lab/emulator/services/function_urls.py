"""Lambda function URLs: which function answers at which address, and for whom.

https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.models import LambdaFunction

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import Operation
from autopilot_lab.emulator.paging import page

ITEMS_MAX = 50
BUFFERED = "BUFFERED"

#: The deployed function of a region and name. Raises ResourceNotFoundException.
FindFunction = Callable[[str, str], LambdaFunction]


@dataclass(eq=False)
class FunctionUrl:
    """The URL of one function, or of an alias of it."""

    region: str
    function_name: str
    function_arn: str
    auth_type: str
    created_at: float
    changed_at: float
    cors: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The first label of the host name; it never changes."""
        return uuid.uuid5(uuid.NAMESPACE_URL, self.function_arn).hex

    @property
    def host(self) -> str:
        """The host name."""
        return f"{self.id}.lambda-url.{self.region}.on.aws"

    @property
    def url(self) -> str:
        """The address."""
        return f"https://{self.host}/"


class FunctionUrls:
    """One method per operation: parameters and region in, result out."""

    def __init__(self, *, find: FindFunction, now: Callable[[], float]) -> None:
        self._find = find
        self._now = now
        self._urls: dict[str, FunctionUrl] = {}

    def operations(self) -> Mapping[str, Operation]:
        """The operations by their API names."""
        return {
            "CreateFunctionUrlConfig": self.create,
            "GetFunctionUrlConfig": self.get,
            "UpdateFunctionUrlConfig": self.update,
            "DeleteFunctionUrlConfig": self.delete,
            "ListFunctionUrlConfigs": self.list,
        }

    def at(self, identifier: str) -> FunctionUrl | None:
        """The URL with this id, if there is one."""
        return self._urls.get(identifier)

    def add(self, params: Mapping[str, Any], region: str) -> FunctionUrl:
        """Give a function a URL. Raises `AwsError` where it has one."""
        _require_buffered(params)
        arn, name = self._address(params, region)
        made = FunctionUrl(
            region, name, arn, params["AuthType"], self._now(), self._now(), params.get("Cors", {})
        )
        if made.id in self._urls:
            message = "An URL already exists for this function, or the alias of the function."
            raise AwsError("ResourceConflictException", message, 409)
        self._urls[made.id] = made
        return made

    def remove(self, function_arn: str) -> None:
        """Take away the URL of a function or alias, if it has one."""
        self._urls = {
            key: one for key, one in self._urls.items() if one.function_arn != function_arn
        }

    def create(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Give a function, or an alias, a URL."""
        described = _described(self.add(params, region))
        del described["LastModifiedTime"]
        return described

    def get(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """A function's URL and how it is set."""
        return _described(self._get(params, region))

    def update(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Change who may call a URL."""
        _require_buffered(params)
        found = self._get(params, region)
        found.auth_type = params.get("AuthType", found.auth_type)
        found.cors = params.get("Cors", found.cors)
        found.changed_at = self._now()
        return _described(found)

    def delete(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Take a URL away."""
        del self._urls[self._get(params, region).id]
        return {}

    def list(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """The URLs of a function and its aliases."""
        function = self._find(region, str(params["FunctionName"]))
        found = [
            _described(one)
            for one in self._urls.values()
            if (one.region, one.function_name) == (region, function.function_name)
        ]
        size = int(params.get("MaxItems") or ITEMS_MAX)
        chosen, marker = page(found, params.get("Marker"), size)
        return {"FunctionUrlConfigs": chosen} | ({"NextMarker": marker} if marker else {})

    def _get(self, params: Mapping[str, Any], region: str) -> FunctionUrl:
        arn, _ = self._address(params, region)
        found = next((one for one in self._urls.values() if one.function_arn == arn), None)
        if found is None:
            message = "The resource you requested does not exist."
            raise AwsError("ResourceNotFoundException", message, 404)
        return found

    def _address(self, params: Mapping[str, Any], region: str) -> tuple[str, str]:
        """ARN (with the alias, if one is named) and name of the function that is meant."""
        function = self._find(region, str(params["FunctionName"]))
        name = str(function.function_name)
        arn = f"arn:aws:lambda:{region}:{function.account_id}:function:{name}"
        alias = params.get("Qualifier")
        return (f"{arn}:{alias}" if alias else arn), name


def _described(one: FunctionUrl) -> dict[str, Any]:
    return {
        "FunctionUrl": one.url,
        "FunctionArn": one.function_arn,
        "AuthType": one.auth_type,
        "CreationTime": _moment(one.created_at),
        "LastModifiedTime": _moment(one.changed_at),
        "InvokeMode": BUFFERED,
    } | ({"Cors": one.cors} if one.cors else {})


def _require_buffered(params: Mapping[str, Any]) -> None:
    if params.get("InvokeMode", BUFFERED) != BUFFERED:
        message = "the lab does not stream responses; InvokeMode must be BUFFERED"
        raise AwsError("InvalidParameterValueException", message)


def _moment(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
