"""Sends an event to what an ARN names: a function, a state machine, a queue, a topic, a bus."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import sqs_backends

from autopilot_lab.emulator.access.access import Access
from autopilot_lab.emulator.access.implicit import DELIVERIES
from autopilot_lab.emulator.access.needs import Need
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import CallPath
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.lambda_async import AsyncInvocations
from autopilot_lab.emulator.lambda_runner import LambdaRunner
from autopilot_lab.emulator.moto_backend import ACCOUNT

#: Region, topic or bus ARN, body → nothing; the parts that come later plug themselves in.
Send = Callable[[str, str], None]
StartExecution = Callable[[str, str, str], str]


@dataclass(frozen=True, slots=True)
class Sender:
    """On whose behalf something is sent: a service principal, and the ARN it acts for.

    With a role, the role's policies decide, and it must trust the principal for `assumed_for`;
    without, the policies of the target. Functions never say for what they assume their role.
    """

    principal: str
    source_arn: str
    role_arn: str = ""
    assumed_for: str = ""


@dataclass(eq=False)
class Targets:
    """Knows how to send to each kind of target. Raises `AwsError` when a target refuses."""

    calls: CallPath
    log: EventLog
    access: Access
    runner: LambdaRunner
    start_execution: StartExecution
    publish: Send
    put_event: Send
    queue: AsyncInvocations | None = field(default=None)

    def send(self, arn: str, body: str, sender: Sender) -> None:
        """Send `body` (JSON text) to the target named by `arn`."""
        service = arn.split(":")[2]
        ways: Mapping[str, Callable[[str, str, Sender], None]] = {
            "lambda": self._invoke,
            "states": self._start,
            "sqs": self._enqueue,
            "sns": self._publish,
            "events": self._put_event,
        }
        if service not in ways:
            raise AwsError("InvalidParameter", f"the lab cannot send to {arn}")
        ways[service](arn, body, sender)

    def _call(
        self, service: str, operation: str, arn: str, sender: Sender, effect: Callable[[], None]
    ) -> None:
        region = arn.split(":")[3]
        self.calls.perform(
            Call(service, operation, region, caller=sender.principal, caller_region=region), effect
        )

    def _invoke(self, arn: str, body: str, sender: Sender) -> None:
        def effect() -> None:
            if self.queue is None:
                raise RuntimeError("the targets were never given the functions' queue")
            function = self.runner.function(arn.split(":")[3], arn)
            self.authorise(arn, sender)
            self.queue.accept(function.region, arn, body.encode(), caller=sender.principal)

        self._call("lambda", "Invoke", arn, sender, effect)

    def authorise(self, arn: str, sender: Sender) -> None:
        """Raise `AwsError` unless the sender has the right to send to the target."""
        need, region = Need(DELIVERIES[arn.split(":")[2]], arn), arn.split(":")[3]
        try:
            if sender.role_arn:
                self.access.assume(sender.role_arn, sender.principal, sender.assumed_for)
                session = sender.principal.split(".")[0]
                self.access.require(sender.role_arn, need, region=region, session=session)
            else:
                self.access.require_service(
                    sender.principal, sender.source_arn, need, region=region
                )
        except AwsError:
            self._note_refusal(arn, sender)
            raise

    def _note_refusal(self, arn: str, sender: Sender) -> None:
        if ":function:" in arn:
            self.log.add(
                "refused_invocation",
                function=arn.split(":function:")[1],
                region=arn.split(":")[3],
                principal=sender.principal,
                source=sender.source_arn,
            )

    def _start(self, arn: str, body: str, sender: Sender) -> None:
        def effect() -> None:
            self.authorise(arn, sender)
            self.start_execution(arn, str(uuid.uuid4()), body)

        self._call("stepfunctions", "StartExecution", arn, sender, effect)

    def _enqueue(self, arn: str, body: str, sender: Sender) -> None:
        def effect() -> None:
            self.authorise(arn, sender)
            send_message(arn, body, {})

        self._call("sqs", "SendMessage", arn, sender, effect)

    def _publish(self, arn: str, body: str, sender: Sender) -> None:
        def effect() -> None:
            self.authorise(arn, sender)
            self.publish(arn, body)

        self._call("sns", "Publish", arn, sender, effect)

    def _put_event(self, arn: str, body: str, sender: Sender) -> None:
        def effect() -> None:
            self.authorise(arn, sender)
            self.put_event(arn, body)

        self._call("events", "PutEvents", arn, sender, effect)


def send_message(queue_arn: str, body: str, attributes: Mapping[str, str]) -> None:
    """Put a message into a queue. Raises `AwsError` when there is no such queue."""
    region, name = queue_arn.split(":")[3], queue_arn.split(":")[5]
    carried = {
        key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()
    }
    try:
        sqs_backends[ACCOUNT][region].send_message(name, body, message_attributes=carried)
    except QueueDoesNotExist as missing:
        message = f"The queue {name} does not exist"
        raise AwsError("AWS.SimpleQueueService.NonExistentQueue", message) from missing


def as_json(text: str) -> Any:
    """The value of JSON text, or the text itself when it is not JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text
