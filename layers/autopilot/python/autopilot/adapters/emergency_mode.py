"""The service's emergency mode, through its admin endpoint (docs/service-contract.md).

Requests are signed for API Gateway (SigV4, `execute-api`), go over https to the host of the
profile and to no other: redirects are not followed, because botocore's HTTP session follows none.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from botocore import exceptions as aws
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.httpsession import URLLib3Session

from autopilot.adapters.clients import (
    CONNECT_TIMEOUT_SECONDS,
    READ_TIMEOUT_SECONDS,
    ChangeRefused,
)
from autopilot.domain.permit import SwitchPermit
from autopilot.domain.switches import SwitchChange, SwitchState
from autopilot.errors import Inconsistent, Transient

ON: Final = "on"
OFF: Final = "off"
#: Sends one request and returns what came back, whatever its status.
Send: TypeAlias = Callable[[AWSPreparedRequest], AWSResponse]
_STATUS_PATH: Final = "/admin/emergency/status"
_PATHS: Final = {ON: "/admin/emergency/enable", OFF: "/admin/emergency/disable"}
_BODY_BYTES_MAX: Final = 4096
_OK: Final = 200
_TOO_MANY: Final = 429
_SERVER_FAULT: Final = 500


def https_transport() -> Send:
    """Sends over the network, with the time-outs of every other client."""
    timeout: Any = (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)  # the stubs know one number
    send: Send = URLLib3Session(timeout=timeout).send
    return send


class EmergencyMode:
    """A `Switch` with the values `on` and `off`."""

    def __init__(
        self,
        *,
        name: str,
        host: str,
        region: str,
        credentials: Any,
        send: Send,
        read_only: bool,
    ) -> None:
        """Ask `host`, whose API is in `region`, as whoever `credentials` belong to."""
        self._name, self._host, self._send = name, host, send
        self._signer = SigV4Auth(credentials, "execute-api", region)
        self._read_only = read_only

    def observe(self) -> SwitchState:
        """Whether it is on."""
        return SwitchState(self._ask("GET", _STATUS_PATH))

    def change(self, to: str, expected: SwitchState, permit: SwitchPermit) -> SwitchState:
        """Turn it on or off; turning it to where it is changes nothing."""
        permit.demand(SwitchChange(self._name, to, expected))
        if self._read_only:
            raise ChangeRefused("execute-api", f"POST {_PATHS[to]}")
        return SwitchState(self._ask("POST", _PATHS[to]))

    def _ask(self, method: str, path: str) -> str:
        request = AWSRequest(method, f"https://{self._host}{path}", data=b"")
        self._signer.add_auth(request)
        prepared = request.prepare()
        prepared.stream_output = True  # a body is read up to a limit
        try:
            answer = self._send(prepared)
            body = answer.raw.read(_BODY_BYTES_MAX)
        except (aws.ConnectionError, aws.HTTPClientError) as error:
            message = f"{self._host} did not answer {method} {path} ({type(error).__name__})"
            raise Transient(message) from error
        return self._mode(answer.status_code, body, f"{method} {path}")

    def _mode(self, status: int, body: bytes, asked: str) -> str:
        if status >= _SERVER_FAULT or status == _TOO_MANY:
            raise Transient(f"{self._host} answered {asked} with {status}: try again in a moment")
        try:
            said = json.loads(body)["emergency"] if status == _OK else None
        except (ValueError, KeyError, TypeError):
            said = None
        if not isinstance(said, bool):
            message = (
                f'{self._host} answered {asked}: expected 200 and {{"emergency": true or false}}, '
                f"got {status}. See docs/service-contract.md."
            )
            raise Inconsistent(message)
        return ON if said else OFF
