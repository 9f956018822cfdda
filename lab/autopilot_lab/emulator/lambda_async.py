"""Asynchronous invocation: the queue in front of a function, its retries, and where failures go.

A function error is tried again after one and after two minutes; throttling and system errors for
up to six hours, from one second up to five minutes apart; then the on-failure destination and the
dead-letter queue get the event
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html,
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.models import LambdaFunction

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.lambda_runner import (
    ASYNCHRONOUS_PAYLOAD_BYTES_MAX,
    LambdaRunner,
    Outcome,
)

RETRY_DELAYS_SECONDS = (60.0, 120.0)
THROTTLE_DELAY_SECONDS_MAX = 300.0
EVENT_AGE_SECONDS_MAX = 21_600
RETRIES_MAX = 2
_TRIED_AGAIN = ("TooManyRequestsException", "ServiceException")

#: Sends a body to the target with this ARN, on behalf of the source with that ARN.
Deliver = Callable[[str, str, str], None]


@dataclass(slots=True)
class _Queued:
    """An event on its way to a function."""

    function: LambdaFunction
    arn: str  #: as the function was named
    payload: bytes
    caller: str
    accepted_at: float
    attempts: int = 0


class AsyncInvocations:
    """Accepts events and sees each through to success, a destination, or oblivion."""

    def __init__(
        self, *, scheduler: Scheduler, log: EventLog, runner: LambdaRunner, deliver: Deliver
    ) -> None:
        self._scheduler = scheduler
        self._log = log
        self._runner = runner
        self._deliver = deliver

    def accept(self, region: str, name: str, payload: bytes, *, caller: str) -> None:
        """Queue an event and return at once. Raises `AwsError` when it cannot be accepted."""
        function = self._runner.function(region, name)
        if len(payload) > ASYNCHRONOUS_PAYLOAD_BYTES_MAX:
            message = f"{len(payload)} byte payload is too large for the Event invocation type"
            raise AwsError("RequestTooLargeException", message, 413)
        arn = self._runner.arn(region, name)
        queued = _Queued(function, arn, payload, caller, self._scheduler.now)
        self._scheduler.spawn(
            lambda: self._see_through(queued), name=f"queue of {function.function_name}"
        )

    def _see_through(self, queued: _Queued) -> None:
        config = _config(queued.function)
        retries_left = int(config.get("MaximumRetryAttempts", RETRIES_MAX))
        delays = list(RETRY_DELAYS_SECONDS)
        while True:
            outcome = self._attempt(queued, int(config.get("MaximumEventAgeInSeconds") or 0))
            if outcome is None:
                self._give_up(queued, config, "EventAgeExceeded", None)
                return
            if not outcome.function_error:
                self._succeed(queued, config, outcome)
                return
            if retries_left == 0:
                self._give_up(queued, config, "RetriesExhausted", outcome)
                return
            retries_left -= 1
            self._scheduler.sleep(delays.pop(0))

    def _attempt(self, queued: _Queued, age_seconds_max: int) -> Outcome | None:
        """One run that took place; None when the event grew too old while throttled."""
        limit = queued.accepted_at + (age_seconds_max or EVENT_AGE_SECONDS_MAX)
        delay = 1.0
        function = queued.function
        while self._scheduler.now <= limit:
            try:
                outcome = self._runner.invoke(
                    function.region, queued.arn, queued.payload, caller=queued.caller
                )
            except AwsError as refused:
                if refused.code not in _TRIED_AGAIN:
                    raise
                self._scheduler.sleep(delay)
                delay = min(delay * 2, THROTTLE_DELAY_SECONDS_MAX)
            else:
                queued.attempts += 1
                return outcome
        return None

    def _succeed(self, queued: _Queued, config: dict[str, Any], outcome: Outcome) -> None:
        target = _destination(config, "OnSuccess")
        if target:
            record = self._record(queued, "Success", outcome)
            self._deliver(target, json.dumps(record), queued.function.function_arn)

    def _give_up(
        self, queued: _Queued, config: dict[str, Any], why: str, outcome: Outcome | None
    ) -> None:
        function = queued.function
        self._log.add(
            "dropped_event",
            function=function.function_name,
            region=function.region,
            reason=why,
            attempts=queued.attempts,
        )
        target = _destination(config, "OnFailure")
        if target:
            record = self._record(queued, why, outcome)
            self._deliver(target, json.dumps(record), function.function_arn)
        dead_letters = getattr(function, "dead_letter_arn", "")
        if dead_letters:
            self._deliver(dead_letters, queued.payload.decode(), function.function_arn)

    def _record(self, queued: _Queued, condition: str, outcome: Outcome | None) -> dict[str, Any]:
        instant = datetime.fromtimestamp(self._scheduler.now, UTC)
        record: dict[str, Any] = {
            "version": "1.0",
            "timestamp": instant.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "requestContext": {
                "requestId": outcome.request_id if outcome else "",
                "functionArn": _qualified(queued.arn),
                "condition": condition,
                "approximateInvokeCount": queued.attempts,
            },
            "requestPayload": json.loads(queued.payload or b"{}"),
        }
        if outcome is not None:
            record["responseContext"] = {
                "statusCode": 200,
                "executedVersion": outcome.executed_version,
                "functionError": outcome.function_error,
            }
            record["responsePayload"] = outcome.body()
        return record


def _config(function: LambdaFunction) -> dict[str, Any]:
    """The event invoke config put last, or an empty one."""
    return dict(function.event_invoke_config[-1].config) if function.event_invoke_config else {}


def _qualified(arn: str) -> str:
    """The ARN with a qualifier, $LATEST where none was named."""
    return arn if ":" in arn.split(":function:", 1)[1] else f"{arn}:$LATEST"


def _destination(config: dict[str, Any], which: str) -> str:
    chosen = config.get("DestinationConfig", {}).get(which) or {}
    return str(chosen.get("Destination", ""))
