"""The trail in S3: objects that are put once and never overwritten."""

from __future__ import annotations

from typing import Any, Final

from botocore import exceptions as aws

from autopilot.errors import Transient

_PRESENT: Final = frozenset({"PreconditionFailed", "412"})
_ABSENT: Final = frozenset({"NoSuchKey", "404"})
_AGAIN: Final = frozenset({"ConditionalRequestConflict", "409", "SlowDown", "InternalError"})
_SERVER_FAULT: Final = 500


class S3Trail:
    """A `Trail` over one bucket."""

    def __init__(self, *, bucket: str, client: Any) -> None:
        """Use `bucket` through `client`."""
        self._bucket = bucket
        self._client = client

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Store `body` unless something is there; False when something was.

        `If-None-Match: *` answers 412 when the key exists and 409 when two writers meet (S3 user
        guide, "How to prevent object overwrites with conditional writes").
        """
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body, IfNoneMatch="*")
        except aws.ClientError as error:
            if _code(error) in _PRESENT:
                return False
            raise _translated(error) from error
        except (aws.ConnectionError, aws.HTTPClientError) as error:
            message = f"the trail bucket did not answer: {type(error).__name__}"
            raise Transient(message) from error
        return True

    def get(self, key: str) -> bytes | None:
        """What is stored under `key`, or None."""
        try:
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except aws.ClientError as error:
            if _code(error) in _ABSENT:
                return None
            raise _translated(error) from error
        except (aws.ConnectionError, aws.HTTPClientError) as error:
            message = f"the trail bucket did not answer: {type(error).__name__}"
            raise Transient(message) from error
        return bytes(body)


def _translated(error: aws.ClientError) -> Exception:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if _code(error) in _AGAIN or status >= _SERVER_FAULT:
        return Transient(f"the trail bucket answered {_code(error)}: try again in a moment")
    return error


def _code(error: aws.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))
