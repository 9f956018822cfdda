"""SNS: a publication is a page, and goes on to queues and functions that subscribe.

Topics and subscriptions are moto's state; delivery is the lab's, because moto signs each message
with a key of real chance and runs no functions.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.sns.exceptions import TopicNotFound
from moto.sns.models import Subscription, sns_backends

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import Operation
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.delivery import Delivery, Parcel
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.targets import Sender, send_message

PRINCIPAL = "sns.amazonaws.com"
MESSAGE_BYTES_MAX = 262_144


class Topics:
    """Publishes to topics."""

    def __init__(
        self, *, scheduler: Scheduler, log: EventLog, delivery: Callable[[], Delivery]
    ) -> None:
        self._scheduler = scheduler
        self._log = log
        self._delivery = delivery

    def operations(self) -> Mapping[str, Operation]:
        """Publish, by its API name."""
        return {"Publish": self.publish}

    def publish(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Publish a message to a topic."""
        arn, message = params.get("TopicArn") or params.get("TargetArn"), params["Message"]
        if len(message.encode()) > MESSAGE_BYTES_MAX:
            raise AwsError("InvalidParameter", "Invalid parameter: Message too long")
        subscriptions = self._subscriptions(str(arn), region)
        message_id = str(uuid.uuid4())
        self._log.add(
            "page",
            region=region,
            topic=str(arn).rsplit(":", 1)[-1],
            subject=params.get("Subject", ""),
            message=message,
            message_id=message_id,
            attributes=_plain_attributes(params),
        )
        for subscription in subscriptions:
            self._deliver(subscription, params, message_id)
        return {"MessageId": message_id}

    def send(self, topic_arn: str, message: str) -> None:
        """Publish on behalf of another service."""
        self.publish({"TopicArn": topic_arn, "Message": message}, topic_arn.split(":")[3])

    def _subscriptions(self, arn: str, region: str) -> list[Subscription]:
        backend = sns_backends[ACCOUNT][region]
        try:
            topic = backend.get_topic(arn)
        except TopicNotFound as missing:
            raise AwsError("NotFound", "Topic does not exist", 404) from missing
        return [one for one in backend.subscriptions.values() if one.topic is topic]

    def _deliver(
        self, subscription: Subscription, params: Mapping[str, Any], message_id: str
    ) -> None:
        message = _message_for(subscription.protocol, params)
        matcher = subscription._filter_policy_matcher
        if matcher is not None and not matcher.matches(_moto_attributes(params), message):
            return
        notification = self._notification(subscription, params, message, message_id)
        if subscription.protocol == "sqs":
            raw = subscription.attributes.get("RawMessageDelivery") == "true"
            send_message(subscription.endpoint, message if raw else json.dumps(notification), {})
        elif subscription.protocol == "lambda":
            record = {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription.arn,
                "Sns": notification | {"MessageAttributes": _plain_attributes(params)},
            }
            sender = Sender(PRINCIPAL, subscription.topic.arn)
            body = json.dumps({"Records": [record]})
            self._delivery().send(Parcel(subscription.endpoint, body, sender, {}))

    def _notification(
        self,
        subscription: Subscription,
        params: Mapping[str, Any],
        message: str,
        message_id: str,
    ) -> dict[str, Any]:
        instant = datetime.fromtimestamp(self._scheduler.now, UTC)
        return {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": subscription.topic.arn,
            "Subject": params.get("Subject"),
            "Message": message,
            "Timestamp": instant.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "UnsubscribeUrl": "",
        }


def _message_for(protocol: str, params: Mapping[str, Any]) -> str:
    if params.get("MessageStructure") != "json":
        return str(params["Message"])
    choices = json.loads(params["Message"])
    return str(choices.get(protocol, choices["default"]))


def _plain_attributes(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {"Type": value["DataType"], "Value": value.get("StringValue", "")}
        for name, value in (params.get("MessageAttributes") or {}).items()
    }


def _moto_attributes(params: Mapping[str, Any]) -> dict[str, Any]:
    return _plain_attributes(params)
