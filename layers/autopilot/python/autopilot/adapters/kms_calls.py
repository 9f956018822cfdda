"""One call to KMS: what its errors mean."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from botocore import exceptions as aws

from autopilot.errors import Refused, Transient

_AGAIN: Final = frozenset(
    {"ThrottlingException", "KMSInternalException", "DependencyTimeoutException"}
)
_SERVER_FAULT: Final = 500


def call(client: Any, operation: str, *, refused: Collection[str] = (), **parameters: Any) -> Any:
    """The answer; `Transient` when there is none yet, `Refused` for an error of `refused`."""
    try:
        return getattr(client, operation)(**parameters)
    except aws.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _AGAIN or status >= _SERVER_FAULT:
            message = f"KMS answered {code}: try again in a moment"
            raise Transient(message) from error
        if code in refused:
            message = f"KMS answered {code}: expected what was wrapped in this context"
            raise Refused(message) from error
        raise
    except (aws.ConnectionError, aws.HTTPClientError) as error:
        message = f"KMS did not answer: {type(error).__name__}"
        raise Transient(message) from error
