"""Requests to function URLs: identified by their signature, authorised, and handed on.

With AuthType AWS_IAM a caller needs lambda:InvokeFunctionUrl and lambda:InvokeFunction, each by
its own policy or by the function's; with NONE the function's policy must grant both to everybody
(https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from botocore.credentials import Credentials

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.access import Access
from autopilot_lab.emulator.access.conditions import Context
from autopilot_lab.emulator.access.evaluation import Policies, Request, decide
from autopilot_lab.emulator.access.needs import Need
from autopilot_lab.emulator.access.resource_policies import policy_of
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import CallPath
from autopilot_lab.emulator.calls import OPERATOR, Call
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.lambda_runner import LambdaRunner
from autopilot_lab.emulator.services.callers import Caller, Callers
from autopilot_lab.emulator.services.endpoints import ANONYMOUS
from autopilot_lab.emulator.services.function_urls import FunctionUrl, FunctionUrls
from autopilot_lab.emulator.services.signatures import Scope, sign, signer_of
from autopilot_lab.emulator.services.url_payloads import event_of, response_of

_HOST = re.compile(r"(?P<id>[0-9a-z]+)\.lambda-url\.(?P<region>[a-z0-9-]+)\.on\.aws(?::\d+)?")

#: Where the served lab answers clients that cannot set the Host header: /_url/<url-id>/<path>.
PATH_PREFIX = "/_url/"
_PATH = re.compile(rf"{PATH_PREFIX}(?P<id>[0-9a-z]+)(?P<path>/.*)?")
ACTIONS = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
FORBIDDEN, NOT_FOUND = 403, 404
_HELP = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)


class UrlInvocations:
    """Answers HTTP requests to function URLs."""

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        calls: CallPath,
        access: Access,
        runner: LambdaRunner,
        urls: FunctionUrls,
        callers: Callers,
    ) -> None:
        self._scheduler = scheduler
        self._calls = calls
        self._access = access
        self._runner = runner
        self._urls = urls
        self._callers = callers

    def invoke_url(
        self,
        url: str,
        method: str = "GET",
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        credentials: Credentials | None = None,
    ) -> wire.Response:
        """Send a request to a function URL from inside this process, signed if `credentials` are.

        Raises `Unanswered` when a fault keeps the answer back.
        """
        given = {name.lower(): text for name, text in (headers or {}).items()}
        split = urlsplit(url)
        whole = url if split.path else f"{url}/"
        request = wire.Request(method, whole, {**given, "host": split.netloc}, body)
        match = _HOST.fullmatch(split.netloc)
        if credentials is not None and match:
            request = sign(request, Scope(match["region"], "lambda"), credentials)
        answer = self.answer(request)
        if answer is None:
            raise ValueError(f"expected https://<url-id>.lambda-url.<region>.on.aws, got {url}")
        return answer

    def answer(self, request: wire.Request) -> wire.Response | None:
        """Answer a request if it is for a function URL, by host name or by path; else None.

        Raises `Unanswered` when a fault keeps the answer back.
        """
        split = urlsplit(request.url)
        host = _HOST.fullmatch(request.headers.get("host") or split.netloc)
        path = _PATH.fullmatch(split.path)
        if host is None and path is None:
            return None
        identifier = host["id"] if host else str(path["id"]) if path else ""
        below = split.path if host else (path["path"] if path else "")
        try:
            return self._answer(request, identifier, below or "/")
        except AwsError as error:
            return _refusal(error)

    def _answer(self, request: wire.Request, identifier: str, path: str) -> wire.Response:
        address = self._urls.at(identifier)
        if address is None:
            raise AwsError("ResourceNotFoundException", "Not Found", NOT_FOUND)
        caller = self._caller(request, address)
        call = Call(
            "lambda",
            "InvokeFunctionUrl",
            address.region,
            caller=(caller.session if caller else "anonymous") or OPERATOR,
            role_arn=caller.role_arn if caller else "",
            body=request.body,
        )
        return self._calls.perform(call, lambda: self._run(request, path, address, caller, call))

    def _run(
        self,
        request: wire.Request,
        path: str,
        address: FunctionUrl,
        caller: Caller | None,
        call: Call,
    ) -> wire.Response:
        self._authorise(address, caller, call)
        event = event_of(request, path, address, caller, self._scheduler.now)
        payload = json.dumps(event).encode()
        outcome = self._runner.invoke(
            address.region, address.function_arn, payload, caller=call.caller
        )
        return response_of(outcome)

    def _caller(self, request: wire.Request, address: FunctionUrl) -> Caller | None:
        if address.auth_type == "NONE":
            return None
        return signer_of(request, Scope(address.region, "lambda"), self._callers.find)

    def _authorise(self, address: FunctionUrl, caller: Caller | None, call: Call) -> None:
        """Raise `AwsError` unless the caller has both rights."""
        context: Context = {
            "lambda:functionurlauthtype": (address.auth_type,),
            "lambda:invokedviafunctionurl": ("true",),
        }
        for action in ACTIONS:
            need = Need(action, address.function_arn, context)
            if caller is None:
                self._require_public(need)
            else:
                self._access.require(
                    caller.role_arn, need, region=address.region, session=call.caller
                )

    def _require_public(self, need: Need) -> None:
        policy = policy_of(need.resource)
        request = Request(ANONYMOUS, need.action, need.resource, need.context)
        if not decide(request, Policies(resource=policy)).allowed:
            message = f"the function's policy does not grant {need.action} to everybody"
            raise AwsError("AccessDeniedException", message, FORBIDDEN)


def _refusal(error: AwsError) -> wire.Response:
    """An error as Lambda's front end answers it; a missing right is not named to the caller."""
    denied = error.code.startswith("AccessDenied")
    body = {"Message": _HELP if denied else error.message}
    headers = {"content-type": "application/json", "x-amzn-errortype": error.code}
    return wire.Response(error.status, headers, json.dumps(body).encode())
