"""Locks on objects of a versioned bucket, and the destruction of their versions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from botocore import exceptions as aws

from autopilot.domain.permit import Removal, RemovalPermit
from autopilot.errors import Refused, Transient

#: `GetObjectRetention` of an object that has none answers 404 with this code.
_UNLOCKED: Final = "NoSuchObjectLockConfiguration"
_SERVER_FAULT: Final = 500


class S3Locks:
    """`Locks` in compliance mode: no role can shorten one or take it off, not even the root user.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
    """

    def __init__(self, *, bucket: str, prefix: str, client: Any) -> None:
        """Lock keys of `bucket` that begin with `prefix`, through `client`."""
        self._bucket = bucket
        self._prefix = prefix
        self._client = client

    def lock(self, key: str, until_ms: int) -> None:
        """Lock what lies under `key`; a lock that lasts longer stays as it is."""
        if self.locked_until_ms(key) >= until_ms:
            return
        until = datetime.fromtimestamp(until_ms / 1000, UTC)
        retention = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
        self._call("put_object_retention", key, Retention=retention)

    def locked_until_ms(self, key: str) -> int:
        """Until when it is locked in compliance mode; 0 when it is not."""
        try:
            found = self._call("get_object_retention", key)["Retention"]
        except _NotLocked:
            return 0
        if found["Mode"] != "COMPLIANCE":
            return 0
        return round(float(found["RetainUntilDate"].timestamp()) * 1000)

    def _call(self, operation: str, key: str, **arguments: Any) -> Any:
        call = getattr(self._client, operation)
        return _answer(call, Bucket=self._bucket, Key=self._prefix + key, **arguments)


class S3Shredder:
    """`Shredder`: a version that is named in DeleteObject is gone for good.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html
    """

    def __init__(self, *, bucket: str, prefix: str, client: Any) -> None:
        """Destroy versions of keys of `bucket` that begin with `prefix`, through `client`."""
        self._bucket = bucket
        self._prefix = prefix
        self._client = client

    def destroy(self, removal: Removal, permit: RemovalPermit) -> None:
        """Destroy each version; S3 answers alike for one that is gone already.

        Raises `Refused` for one that is locked.
        """
        permit.demand(removal)
        for key, version in removal.objects:
            _answer(
                self._client.delete_object,
                Bucket=self._bucket,
                Key=self._prefix + key,
                VersionId=version,
            )


class _NotLocked(Exception):
    """The object has no retention."""


def _answer(call: Any, **arguments: Any) -> Any:
    where = f"s3://{arguments['Bucket']}/{arguments['Key']}"
    try:
        return call(**arguments)
    except aws.ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code == _UNLOCKED:
            raise _NotLocked from error
        if status >= _SERVER_FAULT or code == "SlowDown":
            message = f"{where}: S3 answered {code}: try again in a moment"
            raise Transient(message) from error
        message = f"{where}: S3 refused with {code}: expected the right to it, and no lock on it"
        raise Refused(message) from error
    except (aws.ConnectionError, aws.HTTPClientError) as error:
        message = f"{where}: S3 did not answer: {type(error).__name__}"
        raise Transient(message) from error
