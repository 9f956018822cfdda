"""Resource policies and subscriptions of S3, SNS and SQS."""
# ruff: noqa: ARG003, D102 - moto creates every type with the same arguments; see LabResource

from __future__ import annotations

import json
from typing import Any, Self

from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from autopilot_lab.emulator.access.roles import as_text
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.resources.resource import LabResource
from autopilot_lab.emulator.strict.public_policies import check_policy


class BucketPolicy(LabResource):
    """AWS::S3::BucketPolicy."""

    TYPE = "AWS::S3::BucketPolicy"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        document = as_text(name, properties["PolicyDocument"]).encode()
        buckets = s3_backends[ACCOUNT]["aws"]
        check_policy(buckets.get_bucket(properties["Bucket"]).public_access_block, document)
        buckets.put_bucket_policy(properties["Bucket"], document)
        return cls(properties["Bucket"])


class TopicPolicy(LabResource):
    """AWS::SNS::TopicPolicy."""

    TYPE = "AWS::SNS::TopicPolicy"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        document = as_text(name, properties["PolicyDocument"])
        for topic in properties["Topics"]:
            sns_backends[ACCOUNT][region].get_topic(topic).policy = document
        return cls(name)


class Subscription(LabResource):
    """AWS::SNS::Subscription."""

    TYPE = "AWS::SNS::Subscription"
    ATTRIBUTES = frozenset({"Arn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        backend = sns_backends[ACCOUNT][region]
        made = backend.subscribe(
            properties["TopicArn"], properties["Endpoint"], properties["Protocol"]
        )
        for key in ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy"):
            if key in properties:
                backend.set_subscription_attributes(made.arn, key, _text(properties[key]))
        return cls(made.arn, {"Arn": made.arn})


class QueuePolicy(LabResource):
    """AWS::SQS::QueuePolicy."""

    TYPE = "AWS::SQS::QueuePolicy"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        document = as_text(name, properties["PolicyDocument"])
        for url in properties["Queues"]:
            sqs_backends[ACCOUNT][region].set_queue_attributes(
                str(url).rsplit("/", 1)[-1], {"Policy": document}
            )
        return cls(name)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
