"""The rights on keys that nobody calls by name: what lies behind encrypted topics and queues.

A publisher needs kms:GenerateDataKey and kms:Decrypt on the topic's or queue's key, a consumer
kms:Decrypt. AWS managed keys (alias/aws/...) serve principals of the account, but no service
(https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html).
"""

from __future__ import annotations

from collections.abc import Mapping

from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from autopilot_lab.emulator.access.needs import Need
from autopilot_lab.emulator.access.services import aliases_of, key_arn
from autopilot_lab.emulator.moto_backend import ACCOUNT

_WRITE = ("kms:GenerateDataKey", "kms:Decrypt")
_READ = ("kms:Decrypt",)
AWS_MANAGED = "alias/aws/"

_BEHIND: Mapping[str, tuple[str, ...]] = {
    "sns:Publish": _WRITE,
    "sqs:SendMessage": _WRITE,
    "sqs:ReceiveMessage": _READ,
}


def needs_behind(need: Need, *, by_service: bool) -> list[Need]:
    """The rights on a key that an action on an encrypted resource needs besides its own."""
    actions = _BEHIND.get(need.action)
    key = _key_of(need.resource) if actions else ""
    if not actions or not key or (AWS_MANAGED in key and not by_service):
        return []
    service, region = need.resource.split(":")[2:4]
    context: dict[str, tuple[str, ...]] = {
        "kms:viaservice": (f"{service}.{region}.amazonaws.com",),
        "kms:calleraccount": (ACCOUNT,),
    }
    arn = key_arn(region, key)
    if names := aliases_of(arn):
        context["kms:resourcealiases"] = names
    return [Need(action, arn, context) for action in actions]


def _key_of(arn: str) -> str:
    """The customer key of a topic or queue, as it was given; "" for none."""
    if not arn.startswith("arn:"):
        return ""
    service, region = arn.split(":")[2:4]
    if service == "sns":
        topic = sns_backends[ACCOUNT][region].topics.get(arn)
        return str(topic.kms_master_key_id or "") if topic is not None else ""
    queue = sqs_backends[ACCOUNT][region].queues.get(arn.split(":")[5])
    return str(getattr(queue, "kms_master_key_id", None) or "")
