"""Event source mappings: Lambda polls a queue and invokes a function with batches of messages.

A message is deleted when its batch, or it itself, succeeded; else it comes again when its
visibility time-out is over, and after `maxReceiveCount` times the queue's redrive policy moves it
(https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html,
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.sqs.models import Message, Queue, sqs_backends

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.lambda_runner import LambdaRunner, Outcome
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.outages import Outages

PARTIAL = "ReportBatchItemFailures"
#: Without a window Lambda invokes as soon as it has messages; it long-polls meanwhile.
WINDOW_SECONDS_MIN = 1.0


@dataclass(eq=False)
class Mapped:
    """One mapping from a queue to a function."""

    queue: Queue
    function: str
    region: str
    batch_size: int
    window_seconds: float
    partial: bool
    alive: bool = True


class EventSources:
    """Polls for every mapping, in virtual time. An empty queue costs next to nothing."""

    def __init__(
        self, *, scheduler: Scheduler, log: EventLog, runner: LambdaRunner, outages: Outages
    ) -> None:
        self._scheduler = scheduler
        self._log = log
        self._runner = runner
        self._outages = outages
        self._mapped: dict[str, Mapped] = {}

    def create(self, name: str, properties: Mapping[str, Any], region: str) -> None:
        """Begin to poll. Raises `AwsError` when there is no such queue."""
        arn = str(properties["EventSourceArn"])
        queue = sqs_backends[ACCOUNT][region].queues.get(arn.rsplit(":", 1)[-1])
        if queue is None:
            raise AwsError("InvalidParameterValueException", f"there is no queue {arn}")
        mapped = self._mapped[name] = Mapped(
            queue=queue,
            function=str(properties["FunctionName"]),
            region=region,
            batch_size=int(properties.get("BatchSize", 10)),
            window_seconds=max(
                float(properties.get("MaximumBatchingWindowInSeconds", 0)), WINDOW_SECONDS_MIN
            ),
            partial=PARTIAL in properties.get("FunctionResponseTypes", ()),
        )
        _check_visibility(mapped, self._runner)
        self._arm(mapped)

    def delete(self, name: str) -> None:
        """Poll no more. Deleting a missing one does nothing."""
        if name in self._mapped:
            self._mapped.pop(name).alive = False

    def _arm(self, mapped: Mapped) -> None:
        self._scheduler.call_at(
            self._scheduler.now + mapped.window_seconds, lambda: self._look(mapped)
        )

    def _look(self, mapped: Mapped) -> None:
        if not mapped.alive:
            return
        if mapped.queue.messages and not self._outages.is_lost(mapped.region):
            self._scheduler.spawn(lambda: self._poll(mapped), name=f"poller of {mapped.function}")
        self._arm(mapped)

    def _poll(self, mapped: Mapped) -> None:
        backend = sqs_backends[ACCOUNT][mapped.region]
        received = backend.receive_message(
            mapped.queue.name, mapped.batch_size, 0, _visibility(mapped.queue), ["All"]
        )
        if not received:
            return
        event = {"Records": [_record(each, mapped) for each in received]}
        done = self._succeeded(self._invoke(mapped, event), received, partial=mapped.partial)
        for message in done:
            mapped.queue.delete_message(str(message.receipt_handle))
        self._log.add(
            "batch",
            function=mapped.function,
            region=mapped.region,
            messages=len(received),
            failed=len(received) - len(done),
        )

    def _invoke(self, mapped: Mapped, event: Mapping[str, Any]) -> Outcome | None:
        try:
            return self._runner.invoke(
                mapped.region,
                mapped.function,
                json.dumps(event).encode(),
                caller="lambda.amazonaws.com",
            )
        except AwsError:
            return None  # throttled: the messages come again

    def _succeeded(
        self, outcome: Outcome | None, received: Sequence[Message], *, partial: bool
    ) -> list[Message]:
        """The messages that are done; a list of failures that names none of them fails all.

        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        """
        if outcome is None or outcome.function_error:
            return []
        answer = outcome.body()
        failures = (answer or {}).get("batchItemFailures") if isinstance(answer, dict) else None
        if not partial or not failures:
            return list(received)
        failed = {str(each.get("itemIdentifier") or "") for each in failures}
        if not failed <= {message.id for message in received}:
            return []
        return [message for message in received if message.id not in failed]


def _check_visibility(mapped: Mapped, runner: LambdaRunner) -> None:
    """Lambda refuses a queue whose messages come again while the function may still run.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """
    timeout = int(runner.function(mapped.region, mapped.function).timeout)
    visibility = _visibility(mapped.queue)
    if visibility < timeout:
        message = (
            f"Queue visibility timeout: {visibility} seconds is less than Function timeout: "
            f"{timeout} seconds"
        )
        raise AwsError("InvalidParameterValueException", message)


def _visibility(queue: Queue) -> int:
    """Seconds; moto sets its attributes by name."""
    return int(vars(queue)["visibility_timeout"])


def _record(message: Message, mapped: Mapped) -> dict[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.approximate_receive_count),
            "SentTimestamp": str(message.sent_timestamp),
            "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
        },
        "messageAttributes": {},
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": mapped.queue.queue_arn,
        "awsRegion": mapped.region,
    }
