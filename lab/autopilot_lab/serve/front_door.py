"""Where requests from outside enter the call path that all clients share."""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

import click
from moto.sts.models import sts_backends

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import CallPath
from autopilot_lab.emulator.calls import OPERATOR, Call, Unanswered
from autopilot_lab.emulator.moto_backend import ACCOUNT, NO_ENDPOINT
from autopilot_lab.emulator.wire import Request, Response
from autopilot_lab.serve.addressing import Addressed, address
from autopilot_lab.serve.cbor import as_cbor, as_json, is_cbor

#: Below this path are the lab's own operations; no bucket's name begins with an underscore.
CONTROL_PATH: Final = "/_lab"

NOT_FOUND: Final = 404
#: What moto says where it has no such service, instead of an error of the service.
_MISSING: Final = frozenset({b"Not yet implemented", NO_ENDPOINT[2].encode()})


def _no_url(_request: Request) -> Response | None:
    return None


class FrontDoor:
    """Answers requests: the lab's own operations, and AWS's.

    `endpoint` is where clients reach the lab; `region` is for requests that name none; `urls`
    answers those for function URLs, and None to all others.
    """

    def __init__(
        self,
        calls: CallPath,
        *,
        endpoint: str,
        region: str,
        control: Callable[[Request], Response],
        urls: Callable[[Request], Response | None] = _no_url,
    ) -> None:
        self._calls = calls
        self._endpoint = endpoint
        self._region = region
        self._control = control
        self._urls = urls
        self._numbers = itertools.count(1)

    def answer(self, request: Request) -> Response | None:
        """Answer a request; None when a fault keeps the answer back."""
        if urlsplit(request.url).path.split("/")[1] == CONTROL_PATH[1:]:
            return self._control(request)
        try:
            answer = self._urls(request)
            if answer is not None:
                return self._identified(answer)
            return self._identified(self._answer(address(request, region=self._region)))
        except AwsError as error:
            return wire.encode_error("s3", request, error)
        except Unanswered:
            return None

    def _answer(self, there: Addressed) -> Response:
        """Answer an AWS request on the call path; what breaks there is told as AWS would."""
        call = _call(there)
        try:
            return self._own_urls(there, self._carried(call, there.request))
        except NotImplementedError as missing:
            what = f"{there.service}:{there.operation}"
            error = AwsError("NotImplemented", f"the lab does not implement {what}: {missing}", 501)
        except Unanswered:
            raise
        except Exception as broken:  # noqa: BLE001 - one request must not end the lab
            click.echo(traceback.format_exc(), err=True)
            message = f"the lab broke: {type(broken).__name__}: {broken}"
            error = AwsError("InternalFailure", message, 500)
        return wire.encode_error(there.service, there.request, error)

    def _carried(self, call: Call, request: Request) -> Response:
        """Put the call on the call path, in a protocol that whoever answers it knows.

        Raises `NotImplementedError` when nobody does.
        """
        if not is_cbor(request) or self._calls.owns(call.service, call.operation):
            answer = self._calls.answer(call, request)
            if answer.status == NOT_FOUND and answer.body in _MISSING:
                raise NotImplementedError("there is nothing behind its address")
            return answer
        plain = as_json(call.service, call.operation, request)
        answer = self._calls.answer(replace(call, body=plain.body), plain)
        return as_cbor(call.service, call.operation, request, answer)

    def _own_urls(self, there: Addressed, answer: Response) -> Response:
        """Queue URLs that lead here: some clients send to the URL itself, which is AWS's."""
        if there.service != "sqs":
            return answer
        split = urlsplit(there.request.url)
        theirs = f"{split.scheme}://{split.netloc}".encode()
        return replace(answer, body=answer.body.replace(theirs, self._endpoint.encode()))

    def _identified(self, answer: Response) -> Response:
        """With a request id, which clients show and log."""
        given: Mapping[str, str] = {name.lower(): value for name, value in answer.headers.items()}
        number = f"00000000-0000-0000-0000-{next(self._numbers):012d}"
        missing = {
            name: number for name in ("x-amzn-requestid", "x-amz-request-id") if name not in given
        }
        return replace(answer, headers={**answer.headers, **missing})


def _call(there: Addressed) -> Call:
    """The call as the lab sees it: the operator's, or that of a role somebody assumed."""
    assumed = sts_backends[ACCOUNT]["aws"].get_assumed_role_from_access_key(there.access_key)
    return Call(
        service=there.service,
        operation=there.operation,
        region=there.region,
        caller=OPERATOR if assumed is None else str(assumed.session_name),
        role_arn="" if assumed is None else str(assumed.role_arn),
        body=there.request.body,
    )
