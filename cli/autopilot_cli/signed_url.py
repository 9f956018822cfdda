"""The function URL for approvals, asked with a signature of the credentials in use.

Home's function is asked first and standby's when home does not answer: both keep their records in
one ledger, and the same decision twice is one decision.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import (
    ConnectionError as NoConnection,
)
from botocore.exceptions import (
    HTTPClientError,
    NoCredentialsError,
)
from botocore.httpsession import URLLib3Session

from autopilot.adapters import clients
from autopilot.errors import BadInput, Problem, Refused, Transient

TIMEOUT_SECONDS: Final = 20  #: more than the function's own
_AWS_HOSTS: Final = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_OK, _BAD, _FORBIDDEN, _CONFLICT = 200, 400, 403, 409


@dataclass(frozen=True, slots=True)
class ApprovalsUrl:
    """Where a service's approvals are listed and decided."""

    service: str
    regions: tuple[str, ...]  #: in the order they are asked

    def get(self) -> dict[str, Any]:
        """What is open; raise `BadInput`, `Refused` or `Transient` as the answer says."""
        return self._send("GET", b"")

    def post(self, body: Mapping[str, str]) -> dict[str, Any]:
        """Send a decision; raise as `get` does."""
        return self._send("POST", json.dumps(body).encode())

    def _send(self, method: str, body: bytes) -> dict[str, Any]:
        silent = []
        for region in self.regions:
            try:
                return _answered(*_ask(self._address(region), region, method, body))
            except (NoConnection, HTTPClientError, Transient) as error:
                silent.append(f"{region}: {error}")
        message = f"no region answered ({'; '.join(silent)}). Send it again: twice counts once."
        raise Transient(message)

    def _address(self, region: str) -> str:
        """The function's URL; below the endpoint when that is not AWS's own, as of the lab."""
        made = clients.client("lambda", region)
        found = made.get_function_url_config(FunctionName=f"{self.service}-decide-approval")
        endpoint, url = str(made.meta.endpoint_url), str(found["FunctionUrl"])
        if str(urlsplit(endpoint).hostname).endswith(_AWS_HOSTS):
            return url
        identifier = urlsplit(url).netloc.partition(".")[0]
        return f"{endpoint.rstrip('/')}/_url/{identifier}/"


def _ask(url: str, region: str, method: str, body: bytes) -> tuple[int, bytes]:
    credentials = botocore.session.get_session().get_credentials()
    if credentials is None:
        raise NoCredentialsError
    request = AWSRequest(method, url, {"Content-Type": "application/json"}, body)
    SigV4Auth(credentials.get_frozen_credentials(), "lambda", region).add_auth(request)
    response = URLLib3Session(timeout=TIMEOUT_SECONDS).send(request.prepare())
    return response.status_code, response.content


def _answered(status: int, content: bytes) -> dict[str, Any]:
    """The answer, or the error that it is."""
    answer = _plain(content)
    if status == _OK:
        return answer
    said = str(answer.get("message") or answer.get("Message") or content[:200])
    if status == _BAD and "problems" in answer:
        problems = [Problem(**problem) for problem in answer["problems"]]
        raise BadInput(answer["what"], problems, answer["do"])
    if status == _FORBIDDEN:
        expected = "lambda:InvokeFunctionUrl and lambda:InvokeFunction on the function"
        advice = "Attach the policy of the stack's output ApproveRunbooks to your role."
        raise BadInput("the caller", [Problem("credentials", expected, said)], advice)
    if status == _CONFLICT:
        raise Refused(said)
    message = f"status {status}: {said}"
    raise Transient(message)


def _plain(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
