"""At-least-once delivery by EventBridge and its Scheduler: retries, then the dead-letter queue.

Both try for up to 24 hours and 185 times, with growing pauses, unless a RetryPolicy says less;
errors that trying again cannot mend go to the dead-letter queue at once
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.calls import Unanswered
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.targets import Sender, Targets, send_message

ATTEMPTS_MAX = 185
AGE_SECONDS_MAX = 86_400
PAUSE_SECONDS_MAX = 300.0
FINAL_STATUSES = range(400, 500)
THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException"})


@dataclass(frozen=True, slots=True)
class Parcel:
    """A body on its way to a target: for whom, how often to try, and where it goes if it fails."""

    target_arn: str
    body: str
    sender: Sender
    retry_policy: Mapping[str, Any]
    dead_letter_arn: str = ""
    buried_by: Sender | None = None  #: into the dead-letter queue; by default the sender


class Delivery:
    """Delivers parcels, each in a task of its own."""

    def __init__(self, *, scheduler: Scheduler, log: EventLog, targets: Targets, seed: int) -> None:
        self._scheduler = scheduler
        self._log = log
        self._targets = targets
        self._stream = random.Random(f"delivery/{seed}")
        self._last: dict[str, Parcel] = {}

    def send(self, parcel: Parcel, *, delay_seconds: float = 0.0) -> None:
        """Start to deliver a parcel, some time from now."""
        self._last[parcel.target_arn] = parcel
        self._scheduler.spawn(
            lambda: self._deliver(parcel),
            name=f"to {parcel.target_arn}",
            delay_seconds=delay_seconds,
        )

    def repeat(self, target_arn: str, times: int) -> bool:
        """Deliver a target's last parcel again, as at least once allows; False without one."""
        parcel = self._last.get(target_arn)
        if parcel is None:
            return False
        for _ in range(times):
            self.send(parcel)
        return True

    def _deliver(self, parcel: Parcel) -> None:
        retries = int(parcel.retry_policy.get("MaximumRetryAttempts", ATTEMPTS_MAX))
        age = float(parcel.retry_policy.get("MaximumEventAgeInSeconds", AGE_SECONDS_MAX))
        deadline = self._scheduler.now + age
        pause = 1.0
        for attempt in range(retries + 1):
            error = self._try(parcel)
            if error is None:
                self._record(parcel, attempt + 1, "delivered")
                return
            final = error.status in FINAL_STATUSES and error.code not in THROTTLED
            drawn = pause * self._stream.uniform(0.5, 1.0)
            if final or attempt == retries or self._scheduler.now + drawn > deadline:
                self._fail(parcel, attempt + 1, error)
                return
            self._scheduler.sleep(drawn)
            pause = min(pause * 2, PAUSE_SECONDS_MAX)

    def _try(self, parcel: Parcel) -> AwsError | None:
        try:
            self._targets.send(parcel.target_arn, parcel.body, parcel.sender)
        except AwsError as refused:
            return refused
        except Unanswered as lost:
            return AwsError(type(lost).__name__, "no answer from the target", 503)
        return None

    def _fail(self, parcel: Parcel, attempts: int, error: AwsError) -> None:
        self._record(parcel, attempts, error.code)
        if parcel.dead_letter_arn:
            attributes = {
                "RULE_ARN": parcel.sender.source_arn,
                "TARGET_ARN": parcel.target_arn,
                "ERROR_CODE": error.code,
                "ERROR_MESSAGE": error.message,
            }
            self._bury(parcel, attributes)

    def _bury(self, parcel: Parcel, attributes: Mapping[str, str]) -> None:
        """Put a parcel into its dead-letter queue; without the right to, it is lost."""
        try:
            self._targets.authorise(parcel.dead_letter_arn, parcel.buried_by or parcel.sender)
        except AwsError as refused:
            self._record(parcel, 0, refused.code)
        else:
            send_message(parcel.dead_letter_arn, parcel.body, attributes)

    def _record(self, parcel: Parcel, attempts: int, result: str) -> None:
        self._log.add(
            "delivery",
            target=parcel.target_arn,
            source=parcel.sender.source_arn,
            attempts=attempts,
            result=result,
        )
