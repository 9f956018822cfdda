"""The one path of every AWS call: latency, faults, strictness, then an own service or moto.

botocore hands each request of each client to its `before-send` handlers. The lab's handler
stands in the list that new clients copy (`botocore.handlers.BUILTIN_HANDLERS`), so that whatever
client a handler makes goes through here; moto's own interception is switched off and called from
here instead, because botocore calls *every* handler before it picks an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from botocore.handlers import BUILTIN_HANDLERS
from moto.core.botocore_stubber import MockRawResponse

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.access import Access
from autopilot_lab.emulator.access.sessions import as_session
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.calls import OPERATOR, Call, ConnectTimedOut, ReadTimedOut
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.faults import Fault, FaultKind, Faults
from autopilot_lab.emulator.latency import Latency
from autopilot_lab.emulator.moto_backend import MotoBackend
from autopilot_lab.emulator.stale_reads import StaleReads
from autopilot_lab.emulator.strict.layer import StrictLayer

T = TypeVar("T")

#: An operation of an own service: parameters, region → result.
Operation = Callable[[dict[str, Any], str], dict[str, Any]]

#: An operation that reads and writes the wire itself.
WireOperation = Callable[[Call, wire.Request], wire.Response]

#: Names in botocore's events that differ from the boto3 names of the services.
BOTO3_NAMES = {
    "sfn": "stepfunctions",
    "eventbridge": "events",
    "cloudwatch-logs": "logs",
    "secrets-manager": "secretsmanager",
    "route-53": "route53",
    "s3-control": "s3control",
    "cognito-identity-provider": "cognito-idp",
}


class CallPath:
    """Carries every call of every client, and of the lab's own services to each other."""

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        log: EventLog,
        faults: Faults,
        latency: Latency,
        moto: MotoBackend,
        access: Access,
        strict: StrictLayer,
    ) -> None:
        self._scheduler = scheduler
        self._log = log
        self._faults = faults
        self._latency = latency
        self._moto = moto
        self._access = access
        self._strict = strict
        self._stale = StaleReads(lambda: scheduler.now)
        self._operations: dict[tuple[str, str], WireOperation] = {}
        self._refusals: dict[tuple[str, str], Callable[[dict[str, Any], str], None]] = {}
        self._afterwards: dict[str, Callable[[Call], None]] = {}
        self._context: Mapping[str, Any] = {}

    def own(self, service: str, operations: Mapping[str, Operation]) -> None:
        """Answer these operations of a service here rather than in moto."""
        for name, operation in operations.items():
            self.own_wire(service, name, _translating(operation))

    def own_wire(self, service: str, operation: str, answer: WireOperation) -> None:
        """Answer an operation here, at wire level."""
        self._operations[service, operation] = answer

    def owns(self, service: str, operation: str) -> bool:
        """Whether an operation is answered here rather than in moto."""
        return (service, operation) in self._operations

    def refuse(
        self, service: str, operation: str, rule: Callable[[dict[str, Any], str], None]
    ) -> None:
        """Put a rule, which raises `AwsError`, before an operation that moto answers."""
        self._refusals[service, operation] = rule

    def after(self, service: str, action: Callable[[Call], None]) -> None:
        """Do something after each call that moto answered for a service."""
        self._afterwards[service] = action

    # -- the clients' side -----------------------------------------------------------------------

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Answer every client made since this module was imported, until the exit."""
        if _ACTIVE:
            raise RuntimeError("one embedded AWS at a time: moto holds its state in globals")
        _ACTIVE.append(self)
        try:
            yield
        finally:
            _ACTIVE.remove(self)

    def remember_context(self, request: AWSRequest, **_: Any) -> None:
        """Keep the client's region and time-outs, which `before_send` is not told.

        Nothing can switch between the two events of one request.
        """
        made: Any = request
        self._context = made.context

    def before_send(self, event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Answer one attempt of one client's call."""
        service, operation = event_name.split(".", 2)[1:]
        received = _received(request)
        named = self._identify(BOTO3_NAMES.get(service, service), operation, received.body)
        call = as_session(named, received)
        try:
            answer = self._reply(call, received, request)
        except ConnectTimedOut as late:
            raise ConnectTimeoutError(endpoint_url=request.url) from late
        except ReadTimedOut as late:
            raise ReadTimeoutError(endpoint_url=request.url) from late
        headers: Any = answer.headers
        raw: Any = MockRawResponse(answer.body)
        return AWSResponse(request.url, answer.status, headers, raw)

    def answer(self, call: Call, received: wire.Request) -> wire.Response:
        """Answer a request that reached the lab over the network, under its AWS URL.

        Raises `Unanswered` when no answer comes.
        """
        headers: Any = HTTPHeaders.from_dict(dict(received.headers))
        request: Any = AWSPreparedRequest
        return self._reply(
            call,
            received,
            request(received.method, received.url, headers, received.body, stream_output=False),
        )

    def _reply(
        self, call: Call, received: wire.Request, request: AWSPreparedRequest
    ) -> wire.Response:
        try:
            return self.perform(call, lambda: self._authorised(call, received, request))
        except AwsError as error:
            return wire.encode_error(call.service, received, error)

    def _identify(self, service: str, operation: str, body: bytes) -> Call:
        config = self._context.get("client_config")
        task = self._scheduler.current
        known = task.locals if task is not None else {}
        return Call(
            service=service,
            operation=operation,
            region=str(self._context.get("client_region") or ""),
            caller=str(known.get("caller", OPERATOR)),
            caller_region=str(known.get("region", "")),
            invocation=str(known.get("invocation", "")),
            role_arn=str(known.get("role_arn", "")),
            body=body,
            connect_seconds=float(getattr(config, "connect_timeout", 60)),
            read_seconds=float(getattr(config, "read_timeout", 60)),
        )

    def _authorised(
        self, call: Call, received: wire.Request, request: AWSPreparedRequest
    ) -> wire.Response:
        return self._access.carry_out(
            call,
            received,
            lambda: self._strict.answer(
                call, received, lambda: self._answer(call, received, request)
            ),
        )

    def _answer(
        self, call: Call, received: wire.Request, request: AWSPreparedRequest
    ) -> wire.Response:
        operation = self._operations.get((call.service, call.operation))
        if operation is not None:
            return operation(call, received)
        rule = self._refusals.get((call.service, call.operation))
        if rule is not None:
            rule(wire.decode(call.service, call.operation, received), call.region)
        if call.service == "dynamodb" and self._faults.any_of(FaultKind.STALE):
            self._stale.before_write(call)
        answer = self._moto.answer(request, received)
        if call.service in self._afterwards:
            self._afterwards[call.service](call)
        return answer

    # -- everybody's side ------------------------------------------------------------------------

    def perform(self, call: Call, effect: Callable[[], T]) -> T:
        """Carry out a call: time passes (inside tasks), faults strike, `effect` happens.

        Raises `AwsError` when the service refuses and `Unanswered` when no answer comes.
        """
        started = call.started = self._scheduler.now
        fault = self._faults.strike(call, started)
        result = "abandoned"
        try:
            outcome = self._carry_out(call, fault, effect)
            result = wire.error_code(outcome) if isinstance(outcome, wire.Response) else ""
            result = result or "ok"
        except AwsError as error:
            result = error.code
            raise
        except (ConnectTimedOut, ReadTimedOut) as late:
            result = type(late).__name__
            raise
        else:
            return outcome
        finally:
            self._record(call, result, started, fault)

    def _carry_out(self, call: Call, fault: Fault | None, effect: Callable[[], T]) -> T:
        kind = fault.kind if fault else None
        if kind is FaultKind.DIES_BEFORE:
            self._end_caller()
        if kind is FaultKind.CONNECT_TIMEOUT:
            self._pass(call.connect_seconds)
            raise ConnectTimedOut
        if kind is FaultKind.TIMEOUT:
            self._pass(call.read_seconds)
            raise ReadTimedOut
        seconds = self._latency.seconds(call)
        self._pass(seconds)
        if fault and kind in (FaultKind.ERROR, FaultKind.THROTTLE):
            code, status = fault.answer(call.service)
            raise AwsError(code, fault.message, status)
        if fault and kind is FaultKind.STALE:
            with self._stale.as_of(call, fault.stale_seconds):
                return effect()
        outcome = effect()
        if kind is FaultKind.DIES_AFTER:
            self._end_caller()
        if kind is FaultKind.APPLIED_UNANSWERED:
            self._pass(max(call.read_seconds - seconds, 0.0))
            raise ReadTimedOut
        return outcome

    def _end_caller(self) -> None:
        """End the task that makes the call, as a process ends that runs out of memory."""
        if self._scheduler.current is not None:
            self._scheduler.current.kill()

    def _pass(self, seconds: float) -> None:
        if self._scheduler.current is not None:
            self._scheduler.sleep(seconds)

    def _record(self, call: Call, result: str, started: float, fault: Fault | None) -> None:
        self._log.add(
            "call",
            service=call.service,
            operation=call.operation,
            region=call.region,
            caller=call.caller,
            invocation=call.invocation,
            result=result,
            seconds=round(self._scheduler.now - started, 6),
            fault=str(fault.kind) if fault else "",
        )


def _translating(operation: Operation) -> WireOperation:
    def answer(call: Call, received: wire.Request) -> wire.Response:
        params = wire.decode(call.service, call.operation, received)
        result = operation(params, call.region)
        return wire.encode(call.service, call.operation, received, result)

    return answer


#: The call path in force, if any. Clients outlive it, for they may sit in a cache of a handler.
_ACTIVE: list[CallPath] = []


def _on_request_created(request: AWSRequest, **kwargs: Any) -> None:
    for path in _ACTIVE:
        path.remember_context(request, **kwargs)


def _on_before_send(
    event_name: str, request: AWSPreparedRequest, **kwargs: Any
) -> AWSResponse | None:
    for path in _ACTIVE:
        return path.before_send(event_name, request, **kwargs)
    return None


_HANDLERS: list[Any] = [
    ("request-created", _on_request_created),
    ("before-send", _on_before_send),
]
BUILTIN_HANDLERS[:0] = _HANDLERS


def _received(request: AWSPreparedRequest) -> wire.Request:
    given: Any = request.headers  # values are bytes or text, whatever the stubs say
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in given.items()
    }
    body: Any = request.body
    if body is not None and hasattr(body, "read"):
        return wire.Request(request.method, request.url, headers, b"")
    data = body.encode() if isinstance(body, str) else bytes(body or b"")
    return wire.Request(request.method, request.url, headers, data)
