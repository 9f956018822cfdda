"""The managed service's admin endpoint: emergency mode behind API Gateway with IAM.

A caller signs for `execute-api` and needs execute-api:Invoke on the method and path
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.access import Access
from autopilot_lab.emulator.access.needs import Need
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import CallPath
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.services.callers import Caller, Callers
from autopilot_lab.emulator.services.signatures import Scope, signer_of

STAGE = "live"
NOT_FOUND = 404
_CONNECT_SECONDS, _READ_SECONDS = 1.0, 2.0
_TURNS = {
    ("POST", "/admin/emergency/enable"): True,
    ("POST", "/admin/emergency/disable"): False,
}
_STATUS = ("GET", "/admin/emergency/status")


@dataclass(frozen=True, slots=True)
class Api:
    """Which API it is, and where."""

    region: str
    api: str

    def arn(self, method: str, path: str) -> str:
        """What the right to call is about."""
        return f"arn:aws:execute-api:{self.region}:{ACCOUNT}:{self.api}/{STAGE}/{method}{path}"


class AdminEndpoint:
    """Answers signed requests, and remembers whether the service is in emergency mode."""

    def __init__(
        self,
        api: Api,
        *,
        scheduler: Scheduler,
        calls: CallPath,
        access: Access,
        callers: Callers,
    ) -> None:
        self.enabled = False
        self._api = api
        self._scheduler = scheduler
        self._calls, self._access, self._callers = calls, access, callers

    def answer(self, request: wire.Request) -> wire.Response:
        """Answer one request. Raises `Unanswered` when a fault keeps the answer back."""
        method, path = request.method, urlsplit(request.url).path
        try:
            caller = signer_of(request, Scope(self._api.region, "execute-api"), self._callers.find)
            call = self._call(caller, method, path)
            return self._calls.perform(call, lambda: self._carry_out(caller, method, path))
        except AwsError as error:
            return _json(error.status, {"message": error.message})

    def _call(self, caller: Caller, method: str, path: str) -> Call:
        task = self._scheduler.current
        known = task.locals if task is not None else {}
        return Call(
            "execute-api",
            f"{method} {path}",
            self._api.region,
            caller=str(known.get("caller", caller.session)),
            caller_region=str(known.get("region", "")),
            invocation=str(known.get("invocation", "")),
            role_arn=caller.role_arn,
            connect_seconds=_CONNECT_SECONDS,
            read_seconds=_READ_SECONDS,
        )

    def _carry_out(self, caller: Caller, method: str, path: str) -> wire.Response:
        need = Need("execute-api:Invoke", self._api.arn(method, path))
        self._access.require(caller.role_arn, need, region=self._api.region, session=caller.session)
        if (method, path) in _TURNS:
            self.enabled = _TURNS[method, path]
        elif (method, path) != _STATUS:
            raise AwsError("NotFound", "Not Found", NOT_FOUND)
        return _json(200, {"emergency": self.enabled})


def _json(status: int, body: object) -> wire.Response:
    return wire.Response(status, {"content-type": "application/json"}, json.dumps(body).encode())
