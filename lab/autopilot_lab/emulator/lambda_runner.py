"""Runs function code in this process, as tasks, under Lambda's contract.

JSON in and out, `errorType` and `errorMessage`, the time-out, payload limits, reserved
concurrency, cold and warm starts, one execution environment per concurrent invocation
(https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
"""

from __future__ import annotations

import json
import os
import traceback
import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from moto.awslambda.models import LambdaFunction

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.clock import Scheduler, TaskKilled, TaskTimeout
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.function_code import CodeRegistry, Handler, translate
from autopilot_lab.emulator.outages import Outages
from autopilot_lab.emulator.service_metrics import ServiceMetrics
from autopilot_lab.emulator.strict.versions import LATEST, Chosen, Versions
from autopilot_lab.emulator.task_output import stand_in

#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
SYNCHRONOUS_PAYLOAD_BYTES_MAX = 6 * 1024 * 1024
ASYNCHRONOUS_PAYLOAD_BYTES_MAX = 1024 * 1024

COLD_START_SECONDS = 0.400
WARM_START_SECONDS = 0.020


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda passes as the second argument of a handler."""

    function_name: str
    function_version: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    aws_request_id: str
    log_group_name: str
    log_stream_name: str
    deadline: float
    scheduler: Scheduler
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the time-out."""
        return max(int((self.deadline - self.scheduler.now) * 1000), 0)


@dataclass(slots=True)
class Outcome:
    """How an invocation ended: the payload, "" or the kind of function error, and what ran."""

    request_id: str
    payload: bytes
    function_error: str = ""
    executed_version: str = LATEST

    def body(self) -> Any:
        """The payload, parsed."""
        return json.loads(self.payload)


@dataclass(slots=True)
class _Environment:
    """One execution environment: the loaded handler, kept while it stays warm."""

    handler: Handler | None = None


@dataclass(slots=True)
class _Pool:
    """The execution environments of one function: those idle by version, how many are busy."""

    idle: dict[str, list[_Environment]] = field(default_factory=lambda: defaultdict(list))
    busy: int = 0


class LambdaRunner:
    """Runs invocations. Function settings are moto's, code is found in the code registry."""

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        log: EventLog,
        code: CodeRegistry,
        versions: Versions,
        outages: Outages,
        service_metrics: ServiceMetrics,
    ) -> None:
        self._scheduler = scheduler
        self._service_metrics = service_metrics
        self._log = log
        self._code = code
        self._versions = versions
        self._outages = outages
        self._pools: dict[tuple[str, str], _Pool] = defaultdict(_Pool)

    def function(self, region: str, name: str) -> LambdaFunction:
        """The deployed function of that name or ARN. Raises ResourceNotFoundException."""
        return self._versions.find(region, name)

    def arn(self, region: str, name: str) -> str:
        """The ARN of a function, with the qualifier it is named with."""
        return self._versions.arn(region, name)

    def invoke(self, region: str, name: str, payload: bytes, *, caller: str) -> Outcome:
        """Run a function and wait, in virtual time, for its end.

        Raises `AwsError`: TooManyRequestsException, RequestTooLargeException,
        InvalidRequestContentException, ResourceNotFoundException, ServiceException.
        """
        if self._outages.is_lost(region):
            raise AwsError("ServiceException", f"{region} is lost", 500)
        chosen = self._versions.choose(region, name)
        function = chosen.latest
        _check_size(payload, SYNCHRONOUS_PAYLOAD_BYTES_MAX)
        event = _parse(payload)
        pool = self._enter(function)
        # A task of its own: a function goes on when whoever waits for it is ended.
        supervisor = self._scheduler.spawn(
            lambda: self._supervise(chosen, pool, event, caller),
            name=f"{function.region}/{function.function_name}",
        )
        outcome: Outcome = supervisor.wait()
        return outcome

    def forget(self, region: str, name: str) -> None:
        """Let the next invocations start cold: the function has changed."""
        self._pools[region, name].idle = defaultdict(list)

    def _supervise(self, chosen: Chosen, pool: _Pool, event: Any, caller: str) -> Outcome:
        try:
            return self._run(chosen, pool, event, caller)
        finally:
            pool.busy -= 1

    def _enter(self, function: LambdaFunction) -> _Pool:
        """Take one place of the function's concurrency."""
        pool = self._pools[function.region, function.function_name]
        limit = function.reserved_concurrency
        if limit is not None and pool.busy >= int(limit):
            self._service_metrics.throttle(function.region, function.function_name)
            message = f"Rate Exceeded: {function.function_name} has {limit} places"
            raise AwsError("TooManyRequestsException", message, 429)
        pool.busy += 1
        return pool

    def _run(self, chosen: Chosen, pool: _Pool, event: Any, caller: str) -> Outcome:
        function = chosen.settings
        idle = pool.idle[chosen.version]  # of these settings; when they change, it is another list
        environment = idle.pop() if idle else _Environment()
        cold = environment.handler is None
        start_seconds = COLD_START_SECONDS if cold else WARM_START_SECONDS
        request_id = str(uuid.uuid4())
        record = self._open_record(function, request_id, caller, cold=cold)
        context = self._context(chosen, request_id, start_seconds)
        task = self._scheduler.spawn(
            lambda: self._body(chosen, environment, event, context),
            name=f"{function.region}/{function.function_name}/{request_id[:8]}",
            environment=self._variables(chosen, context),
            delay_seconds=start_seconds,
        )
        task.locals.update(
            caller=function.function_name,
            region=function.region,
            role_arn=str(function.role),
            invocation=request_id,
            lines=record["lines"],
        )
        try:
            outcome: Outcome = task.wait(start_seconds + float(function.timeout))
            idle.append(environment)
        except TaskTimeout:
            task.kill()
            outcome = _timed_out(function, request_id)
        except TaskKilled:
            if not task.done:
                raise  # it is this supervisor that is ended
            outcome = _exited(request_id)
        outcome.executed_version = chosen.version
        self._close_record(record, outcome)
        return outcome

    def _open_record(
        self, function: LambdaFunction, request_id: str, caller: str, *, cold: bool
    ) -> dict[str, Any]:
        return self._log.add(
            "invocation",
            function=function.function_name,
            region=function.region,
            invocation=request_id,
            caller=caller,
            cold=cold,
            ended=None,
            error="",
            message="",
            lines=[],
        )

    def _close_record(self, record: dict[str, Any], outcome: Outcome) -> None:
        record["ended"] = self._scheduler.now
        body = outcome.body()
        if outcome.function_error:
            record["error"] = body.get("errorType", "")
            record["message"] = body.get("errorMessage", "")
        else:
            record["answer"] = body
        self._service_metrics.invocation(
            record["region"],
            record["function"],
            record["ended"] - record["t"],
            failed=bool(outcome.function_error),
        )
        self._service_metrics.logged(record["region"], record["lines"])

    def _body(
        self, chosen: Chosen, environment: _Environment, event: Any, context: Context
    ) -> Outcome:
        """What happens inside the invocation's task."""
        request_id = context.aws_request_id
        stand_in()
        if self._outages.is_broken(context.function_name, chosen.latest.region):
            return _error(request_id, "Runtime.ExitError", "the runtime did not start")
        if environment.handler is None:
            try:
                environment.handler = self._code.load(*chosen.key)
            except Exception as error:  # noqa: BLE001 - whatever an import raises, Lambda reports
                return _failed(request_id, "Runtime.ImportModuleError", str(error), error)
        try:
            result = environment.handler(event, context)
        except Exception as error:  # noqa: BLE001 - the runtime reports every error of a handler
            return _failed(request_id, type(error).__name__, str(error), error)
        return _answered(request_id, result)

    def _context(self, chosen: Chosen, request_id: str, start_seconds: float) -> Context:
        function = chosen.settings
        return Context(
            function_name=function.function_name,
            function_version=chosen.version,
            invoked_function_arn=chosen.invoked_arn,
            memory_limit_in_mb=int(function.memory_size),
            aws_request_id=request_id,
            log_group_name=function.logs_group_name,
            log_stream_name=f"[{chosen.version}]{request_id.replace('-', '')}",
            deadline=self._scheduler.now + start_seconds + float(function.timeout),
            scheduler=self._scheduler,
        )

    def _variables(self, chosen: Chosen, context: Context) -> dict[str, str]:
        """The whole process environment of an invocation.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        function, code = chosen.settings, self._code.of(*chosen.key)
        declared = {str(key): str(value) for key, value in function.environment_vars.items()}
        name, region = function.function_name, function.region
        return {
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": chosen.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_LOG_GROUP_NAME": context.log_group_name,
            "AWS_LAMBDA_LOG_STREAM_NAME": context.log_stream_name,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_ACCESS_KEY_ID": access_key_of(str(function.role)),
            "AWS_SECRET_ACCESS_KEY": "lab",
            "AWS_SESSION_TOKEN": "lab",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_XRAY_SDK_ENABLED": "false",  # there is no daemon to send segments to
            "LAMBDA_TASK_ROOT": str(code.folder),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            **translate(code, declared),
        }


def access_key_of(role_arn: str) -> str:
    """The access key id under which a role's sessions call: one per role, the same every time."""
    name = role_arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    return "ASIA" + uuid.uuid5(uuid.NAMESPACE_URL, name).hex[:16].upper()


def _check_size(payload: bytes, limit: int) -> None:
    if len(payload) > limit:
        message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        raise AwsError("RequestTooLargeException", message, 413)


def _parse(payload: bytes) -> Any:
    if not payload:
        return {}
    try:
        return json.loads(payload)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise AwsError("InvalidRequestContentException", message) from error


def _answered(request_id: str, result: Any) -> Outcome:
    try:
        payload = json.dumps(result, default=_plain).encode()
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        return _failed(request_id, "Runtime.MarshalError", message, error)
    if len(payload) > SYNCHRONOUS_PAYLOAD_BYTES_MAX:
        message = (
            "Response payload size exceeded maximum allowed payload size "
            f"({SYNCHRONOUS_PAYLOAD_BYTES_MAX} bytes)."
        )
        return _error(request_id, "Function.ResponseSizeTooLarge", message)
    return Outcome(request_id, payload)


def _plain(value: Any) -> Any:
    """The runtime's encoder knows decimals, and nothing else beyond JSON."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _failed(request_id: str, kind: str, message: str, error: BaseException) -> Outcome:
    stack = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
    return _error(request_id, kind, message, stack)


def _error(request_id: str, kind: str, message: str, stack: list[str] | None = None) -> Outcome:
    body: Mapping[str, Any] = {
        "errorMessage": message,
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": stack or [],
    }
    return Outcome(request_id, json.dumps(body).encode(), "Unhandled")


def _timed_out(function: LambdaFunction, request_id: str) -> Outcome:
    message = (
        f"RequestId: {request_id} Error: Task timed out after {float(function.timeout):.2f} seconds"
    )
    body = {"errorType": "Sandbox.Timedout", "errorMessage": message}
    return Outcome(request_id, json.dumps(body).encode(), "Unhandled")


def _exited(request_id: str) -> Outcome:
    """What Lambda answers when the process of the runtime was killed."""
    message = f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"
    body = {"errorType": "Runtime.ExitError", "errorMessage": message}
    return Outcome(request_id, json.dumps(body).encode(), "Unhandled")
