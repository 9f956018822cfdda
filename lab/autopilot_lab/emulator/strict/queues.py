"""SQS: setting one attribute leaves the others as they are."""

from __future__ import annotations

from moto.sqs.models import sqs_backends

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.strict.layer import Answer, StrictLayer


def register(layer: StrictLayer) -> None:
    """Put the amendment in force."""
    layer.amend("sqs", ("SetQueueAttributes",), keep_policy)


def keep_policy(asked: Asked, answer: Answer) -> wire.Response:
    """SetQueueAttributes sets what it is given; moto takes the policy away when it is not.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html:
    "Sets the value of one or more queue attributes".
    """
    name = asked.text("QueueUrl").rstrip("/").rsplit("/", 1)[-1]
    queue = sqs_backends[ACCOUNT][asked.call.region].queues.get(name)
    before = queue.policy if queue is not None else None
    response = answer()
    if queue is not None and "Policy" not in asked.params.get("Attributes", {}):
        queue.policy = before
    return response
