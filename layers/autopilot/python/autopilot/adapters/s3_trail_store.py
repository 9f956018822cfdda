"""A trail in a versioned bucket: written once, replaced by comparison, listed with its versions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from botocore import exceptions as aws

from autopilot.errors import Misconfigured, Refused, Transient
from autopilot.ports.trail import Listed, Stored

#: Of a conditional put; `If-Match` answers 404 where nothing lies any more.
_TAKEN: Final = frozenset({"PreconditionFailed", "412", "NoSuchKey", "404"})
_ABSENT: Final = frozenset({"NoSuchKey", "404"})
_AGAIN: Final = frozenset({"ConditionalRequestConflict", "409", "SlowDown", "InternalError"})
_DENIED: Final = frozenset({"AccessDenied", "AllAccessDisabled", "403"})
_SERVER_FAULT: Final = 500
_MD5: Final = re.compile("[0-9a-f]{32}")


class S3TrailStore:
    """A `TrailStore` over the keys below one prefix of one bucket.

    Conditional writes: `If-None-Match: *` answers 412 when the key exists, `If-Match` when its
    ETag is another, both 409 when two writers meet
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
    """

    def __init__(self, *, bucket: str, prefix: str, client: Any) -> None:
        """Use the keys of `bucket` that begin with `prefix`, through `client`."""
        self._bucket = bucket
        self._prefix = prefix
        self._client = client

    def put_if_absent(self, key: str, body: bytes) -> str | None:
        """Store `body` and return its version; None when something is there already."""
        answer = self._put(key, body, {"IfNoneMatch": "*"})
        return None if answer is None else str(answer.get("VersionId", ""))

    def replace(self, key: str, body: bytes, *, over: str | None) -> bool:
        """Store `body` if what lies there has the tag `over` (None: if nothing does)."""
        condition = {"IfNoneMatch": "*"} if over is None else {"IfMatch": over}
        return self._put(key, body, condition) is not None

    def get(self, key: str) -> Stored | None:
        """What lies under `key`, or None."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)
            body = answer["Body"].read()
        except aws.ClientError as error:
            if _code(error) in _ABSENT:
                return None
            raise _translated(error) from error
        except (aws.ConnectionError, aws.HTTPClientError) as error:
            raise _no_answer(error) from error
        return Stored(bytes(body), str(answer.get("VersionId", "")), str(answer["ETag"]))

    def objects(self, prefix: str = "") -> Iterator[Listed]:
        """Every key that begins with `prefix`, each with how many versions it has.

        ListObjectVersions lists keys in order and, within a key, the newest version first
        (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html).
        """
        present: Listed | None = None
        for version in self._versions(prefix):
            if present is not None and present.key == version.key:
                present = _joined(present, version)
                continue
            if present is not None:
                yield present
            present = version
        if present is not None:
            yield present

    def present(self, prefix: str) -> Iterator[str]:
        """Every key that begins with `prefix` and has something under it, in order.

        ListObjectsV2 passes over keys that are marked as deleted, and answers in order of UTF-8
        bytes (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html).
        """
        for page in self._pages("list_objects_v2", prefix):
            for found in page.get("Contents", ()):
                yield found["Key"].removeprefix(self._prefix)

    def remove(self, key: str) -> None:
        """Mark what lies under `key` as deleted."""
        try:
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + key)
        except aws.ClientError as error:
            raise _translated(error) from error
        except (aws.ConnectionError, aws.HTTPClientError) as error:
            raise _no_answer(error) from error

    def _put(self, key: str, body: bytes, condition: Mapping[str, str]) -> Mapping[str, Any] | None:
        """The answer; None when the condition did not hold."""
        try:
            answer: Mapping[str, Any] = self._client.put_object(
                Bucket=self._bucket, Key=self._prefix + key, Body=body, **condition
            )
        except aws.ClientError as error:
            if _code(error) in _TAKEN:
                return None
            raise _translated(error) from error
        except (aws.ConnectionError, aws.HTTPClientError) as error:
            raise _no_answer(error) from error
        return answer

    def _versions(self, prefix: str) -> Iterator[Listed]:
        """Versions and marks of deletion of every page, in order of key, newest first."""
        for page in self._pages("list_object_versions", prefix):
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            found.sort(key=lambda each: (each["Key"].encode(), not each["IsLatest"]))
            yield from map(self._listed, found)

    def _pages(self, operation: str, prefix: str) -> Iterator[Mapping[str, Any]]:
        pages = self._client.get_paginator(operation)
        try:
            yield from pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix)
        except aws.ClientError as error:
            raise _translated(error) from error
        except (aws.ConnectionError, aws.HTTPClientError) as error:
            raise _no_answer(error) from error

    def _listed(self, version: Mapping[str, Any]) -> Listed:
        return Listed(
            version["Key"].removeprefix(self._prefix),
            int(version.get("Size", 0)),
            version["VersionId"],
            deleted="ETag" not in version,
            md5=_md5(version.get("ETag", "")),
        )


def _joined(newest: Listed, older: Listed) -> Listed:
    return replace(newest, versions=newest.versions + older.versions)


def _md5(etag: str) -> str:
    """The MD5 digest that an ETag is, of what was put in one piece and encrypted by S3's own keys.

    Of anything else it has another form, or is another hash: who compares digests that differ must
    look at the bytes (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).
    """
    digest = etag.strip('"')
    return digest if _MD5.fullmatch(digest) else ""


def _translated(error: aws.ClientError) -> Exception:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if _code(error) in _AGAIN or status >= _SERVER_FAULT:
        return Transient(f"the trail bucket answered {_code(error)}: try again in a moment")
    if _code(error) == "NoSuchBucket":
        return Refused(f"expected a bucket, got none of that name: {error}; check --bucket")
    if _code(error) in _DENIED:
        return Misconfigured(f"{error}; check the role, the bucket's policy and its name")
    return error


def _no_answer(error: Exception) -> Transient:
    return Transient(f"the trail bucket did not answer: {type(error).__name__}")


def _code(error: aws.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))
