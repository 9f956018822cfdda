"""The policies of resources, from moto's state: buckets, queues, topics, keys, functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.utils import get_backend
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from autopilot_lab.emulator.access.documents import Statement
from autopilot_lab.emulator.access.roles import find_role, load
from autopilot_lab.emulator.moto_backend import ACCOUNT


def policy_of(resource: str) -> tuple[Statement, ...] | None:
    """The statements of the policy of the resource with this ARN; None when it has no policy."""
    service = resource.split(":")[2] if resource.startswith("arn:") else ""
    find = _FINDERS.get(service)
    document = find(resource) if find else None
    return load(f"policy of {resource}", document) if document else None


def _bucket(arn: str) -> Any:
    bucket = s3_backends[ACCOUNT]["aws"].buckets.get(arn.split(":::")[1].partition("/")[0])
    return bucket.policy.decode() if bucket is not None and bucket.policy else None


def _queue(arn: str) -> Any:
    region, name = arn.split(":")[3], arn.split(":")[5]
    queue = sqs_backends[ACCOUNT][region].queues.get(name)
    return queue.policy if queue is not None else None


def _topic(arn: str) -> Any:
    topic = sns_backends[ACCOUNT][arn.split(":")[3]].topics.get(arn)
    return topic.policy if topic is not None else None


def _key(arn: str) -> Any:
    key = kms_backends[ACCOUNT][arn.split(":")[3]].keys.get(arn.rsplit("/", 1)[-1])
    return key.policy if key is not None else None


def _function(arn: str) -> Any:
    region, name = arn.split(":")[3], arn.split(":")[6]
    try:
        function = get_backend(ACCOUNT, region).get_function(name)
    except UnknownFunctionException:
        return None
    statements = [_plain(one) for one in function.policy.statements]
    return {"Statement": statements} if statements else None


def _plain(statement: Mapping[str, Any]) -> dict[str, Any]:
    """A permission as a statement: moto keeps $LATEST in its resource, where Lambda has none."""
    plain: dict[str, Any] = json.loads(json.dumps(statement))
    plain["Resource"] = str(plain.get("Resource", "*")).removesuffix(":$LATEST")
    principal = plain.get("Principal")
    if isinstance(principal, str) and principal != "*":
        plain["Principal"] = {"Service" if ".amazonaws.com" in principal else "AWS": principal}
    for parameter, (operator, key) in _URL_CONDITIONS.items():
        if parameter in plain:
            wanted = str(plain[parameter])
            value = wanted.lower() if operator == "Bool" else wanted
            plain.setdefault("Condition", {}).setdefault(operator, {})[key] = value
    known = ("Sid", "Effect", "Principal", "Action", "Resource", "Condition")
    return {name: plain[name] for name in known if name in plain}


#: Parameters of AddPermission that Lambda writes down as conditions
#: (https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html).
_URL_CONDITIONS: Mapping[str, tuple[str, str]] = {
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}


def _role(arn: str) -> Any:
    """Whom a role trusts: its policy as a resource, where only sts:AssumeRole is asked for."""
    role = find_role(arn)
    return role.assume_role_policy_document if role is not None else None


_FINDERS: Mapping[str, Callable[[str], Any]] = {
    "s3": _bucket,
    "sqs": _queue,
    "sns": _topic,
    "iam": _role,
    "kms": _key,
    "lambda": _function,
}
