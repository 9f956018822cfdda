"""What a bucket's policy denies, with its conditions; moto treats a condition as always met.

Explicit denials only: who may do what is the business of roles, not of buckets here
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html and, for
`s3:ObjectCreationOperation`, "Enforce conditional writes on Amazon S3 buckets").
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from moto.s3.models import s3_backends

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.wire import Request

#: Operations whose permission has another name (Service Authorization Reference, Amazon S3).
ACTIONS = {
    "HeadObject": "s3:GetObject",
    "HeadBucket": "s3:ListBucket",
    "ListObjects": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "ListObjectVersions": "s3:ListBucketVersions",
    "DeleteObjects": "s3:DeleteObject",
    "CopyObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
}
CREATE_OBJECTS = frozenset({"PutObject", "CopyObject", "CompleteMultipartUpload"})
OPERATORS = frozenset({"Bool", "Null", "StringEquals", "StringNotEquals", "StringLike"})


def check_bucket_policy(call: Call, request: Request) -> None:
    """Raise AccessDenied when the policy of the request's bucket denies it."""
    bucket, key = _place(request)
    known = s3_backends[ACCOUNT]["aws"].buckets.get(bucket)
    if known is None or not known.policy:
        return
    resource = f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")
    action = ACTIONS.get(call.operation, f"s3:{call.operation}")
    keys = _condition_keys(call, request)
    for statement in json.loads(known.policy)["Statement"]:
        if _denies(statement, action, resource, keys):
            sid = statement.get("Sid", "a statement")
            message = f"Access Denied: {sid} of the policy of {bucket} denies {action}"
            raise AwsError("AccessDenied", message, 403)


def check_operators(document: Mapping[str, Any]) -> None:
    """Refuse a policy with a condition that is not understood, rather than ignore it."""
    for statement in document["Statement"]:
        unknown = set(statement.get("Condition", {})) - OPERATORS
        if unknown:
            message = f"the lab does not know the condition operators {sorted(unknown)}"
            raise AwsError("MalformedPolicy", message)


def _place(request: Request) -> tuple[str, str]:
    """Bucket and key of a request, in the host or in the path."""
    split = urlsplit(request.url)
    path = unquote(split.path).removeprefix("/")
    if ".s3." in split.netloc:
        return split.netloc.split(".s3.", 1)[0], path
    bucket, _, key = path.partition("/")
    return bucket, key


def _condition_keys(call: Call, request: Request) -> dict[str, str]:
    """What conditions can ask about; a key that is absent is not there."""
    headers = {
        f"s3:{name}": value
        for name, value in request.headers.items()
        if name.startswith("x-amz-") or name in ("if-none-match", "if-match")
    }
    creates = str(call.operation in CREATE_OBJECTS).lower()
    return {
        **headers,
        "aws:securetransport": str(request.url.startswith("https:")).lower(),
        "s3:objectcreationoperation": creates,
    }


def _denies(
    statement: Mapping[str, Any], action: str, resource: str, keys: Mapping[str, str]
) -> bool:
    return (
        statement["Effect"] == "Deny"
        and any(fnmatch.fnmatchcase(action, one) for one in _listed(statement["Action"]))
        and any(fnmatch.fnmatchcase(resource, one) for one in _listed(statement["Resource"]))
        and all(
            _holds(operator, keys.get(key.lower()), _listed(wanted))
            for operator, pairs in statement.get("Condition", {}).items()
            for key, wanted in pairs.items()
        )
    )


def _holds(operator: str, actual: str | None, wanted: list[str]) -> bool:
    if operator == "Null":
        return (actual is None) == (wanted[0].lower() == "true")
    if operator == "StringNotEquals":
        return actual not in wanted
    if actual is None:
        return False
    if operator == "Bool":
        return actual.lower() == wanted[0].lower()
    if operator == "StringLike":
        return any(fnmatch.fnmatchcase(actual, one) for one in wanted)
    return actual in wanted


def _listed(value: Any) -> list[str]:
    return list(_texts(value if isinstance(value, list) else [value]))


def _texts(values: list[Any]) -> Iterator[str]:
    for value in values:
        yield str(value).lower() if isinstance(value, bool) else str(value)
