"""The rights that S3's operations need.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, unquote, urlsplit

from autopilot_lab.emulator.access.conditions import Context
from autopilot_lab.emulator.access.needs import Asked, Need

#: Operations that create an object; the parts of a multipart upload do not
#: (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html).
_CREATING = frozenset({"PutObject", "CopyObject", "CompleteMultipartUpload"})
_WRITING = _CREATING | {"CreateMultipartUpload", "UploadPart", "UploadPartCopy"}

_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com")
_KEYS = re.compile(rb"<Key>([^<]*)</Key>")

#: Headers with which a PutObject asks for one more right.
_HEADER_RIGHTS = {
    "x-amz-object-lock-mode": "s3:PutObjectRetention",
    "x-amz-object-lock-legal-hold": "s3:PutObjectLegalHold",
    "x-amz-tagging": "s3:PutObjectTagging",
}


def place(asked: Asked) -> tuple[str, str]:
    """Bucket and key of a request, virtual-hosted or path style; "" for what it does not name."""
    split = urlsplit(asked.request.url)
    path = unquote(split.path).lstrip("/")
    match = _HOST.fullmatch(split.hostname or "")
    if match and match["bucket"]:
        return match["bucket"], path
    bucket, _, key = path.partition("/")
    return bucket, key


def _bucket(asked: Asked) -> str:
    return f"arn:aws:s3:::{place(asked)[0]}"


def _object(asked: Asked) -> str:
    bucket, key = place(asked)
    return f"arn:aws:s3:::{bucket}/{key}"


def _on_bucket(action: str) -> Callable[[Asked], list[Need]]:
    return lambda asked: [Need(f"s3:{action}", _bucket(asked), _listing(asked))]


def _on_object(action: str) -> Callable[[Asked], list[Need]]:
    return lambda asked: [Need(f"s3:{action}", _object(asked))]


def _listing(asked: Asked) -> Context:
    prefix = parse_qs(urlsplit(asked.request.url).query).get("prefix")
    return {"s3:prefix": tuple(prefix)} if prefix else {}


def _read(asked: Asked) -> list[Need]:
    query = parse_qs(urlsplit(asked.request.url).query)
    action = "s3:GetObjectVersion" if "versionId" in query else "s3:GetObject"
    return [Need(action, _object(asked))]


def _write(asked: Asked) -> list[Need]:
    headers, operation = asked.request.headers, asked.call.operation
    context = {"s3:objectcreationoperation": (str(operation in _CREATING).lower(),)}
    for name in ("if-none-match", "if-match", "x-amz-acl"):
        if name in headers:
            context[f"s3:{name}"] = (headers[name],)
    needs = [Need("s3:PutObject", _object(asked), context)]
    needs += [
        Need(right, _object(asked)) for name, right in _HEADER_RIGHTS.items() if name in headers
    ]
    source = unquote(headers.get("x-amz-copy-source", "")).split("?")[0].lstrip("/")
    return [*needs, Need("s3:GetObject", f"arn:aws:s3:::{source}")] if source else needs


def _delete(asked: Asked) -> list[Need]:
    query = parse_qs(urlsplit(asked.request.url).query)
    action = "s3:DeleteObjectVersion" if "versionId" in query else "s3:DeleteObject"
    return [Need(action, _object(asked))]


def _delete_several(asked: Asked) -> list[Need]:
    keys = [found.decode() for found in _KEYS.findall(asked.request.body)]
    return [Need("s3:DeleteObject", f"{_bucket(asked)}/{key}") for key in keys]


S3: Mapping[str, Callable[[Asked], list[Need]]] = {
    "GetObject": _read,
    "HeadObject": _read,
    **dict.fromkeys(sorted(_WRITING), _write),
    "DeleteObject": _delete,
    "DeleteObjects": _delete_several,
    "AbortMultipartUpload": _on_object("AbortMultipartUpload"),
    "ListParts": _on_object("ListMultipartUploadParts"),
    "GetObjectRetention": _on_object("GetObjectRetention"),
    "PutObjectRetention": _on_object("PutObjectRetention"),
    "GetObjectLegalHold": _on_object("GetObjectLegalHold"),
    "PutObjectLegalHold": _on_object("PutObjectLegalHold"),
    "GetObjectTagging": _on_object("GetObjectTagging"),
    "PutObjectTagging": _on_object("PutObjectTagging"),
    "ListObjects": _on_bucket("ListBucket"),
    "ListObjectsV2": _on_bucket("ListBucket"),
    "HeadBucket": _on_bucket("ListBucket"),
    "ListObjectVersions": _on_bucket("ListBucketVersions"),
    "ListMultipartUploads": _on_bucket("ListBucketMultipartUploads"),
    "GetBucketLocation": _on_bucket("GetBucketLocation"),
    "GetBucketPolicy": _on_bucket("GetBucketPolicy"),
    "PutBucketPolicy": _on_bucket("PutBucketPolicy"),
    "DeleteBucketPolicy": _on_bucket("DeleteBucketPolicy"),
    "GetBucketVersioning": _on_bucket("GetBucketVersioning"),
    "GetBucketEncryption": _on_bucket("GetEncryptionConfiguration"),
    "GetObjectLockConfiguration": _on_bucket("GetBucketObjectLockConfiguration"),
    "ListBuckets": lambda _asked: [Need("s3:ListAllMyBuckets", "*")],
}
