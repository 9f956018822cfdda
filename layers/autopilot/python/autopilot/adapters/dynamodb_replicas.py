"""The replicas of one strongly consistent global table: whichever answers, answers for all."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from botocore import exceptions as aws

from autopilot.adapters.dynamodb_expressions import item_of
from autopilot.domain.writes import ConditionFailed
from autopilot.errors import Transient

CONFLICT_ATTEMPTS_MAX: Final = 4
CONFLICT_WAIT_SECONDS: Final = 0.05
_NEXT_REPLICA: Final = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
    }
)
_SERVER_FAULT: Final = 500
_Answer = TypeVar("_Answer")


class Replicas:
    """Clients of DynamoDB, one for each replica, in the order they are tried."""

    def __init__(self, clients: Sequence[Any], *, of: str) -> None:
        """Try `clients`; `of` names the table in messages."""
        self._clients = tuple(clients)
        self._of = of

    def ask(self, call: Callable[[Any], _Answer]) -> _Answer:
        """Ask one replica after the other until one answers.

        Raises `ConditionFailed` with the item as it stood, `Transient` when none answered.
        """
        silent = []
        for replica in self._clients:
            try:
                return _without_conflict(replica, call, self._of)
            except (aws.ConnectionError, aws.HTTPClientError) as error:
                silent.append(f"{replica.meta.region_name}: {type(error).__name__}")
            except aws.ClientError as error:
                if not _is_no_answer(error):
                    raise
                silent.append(f"{replica.meta.region_name}: {_code(error)}")
        who = ", ".join(silent)
        message = f"{self._of} did not answer ({who}); nothing is known to be changed"
        raise Transient(message)


def _without_conflict(replica: Any, call: Callable[[Any], _Answer], of: str) -> _Answer:
    """Call, again when a write of another region met ours; a failed condition is an answer."""
    for attempt in range(1, CONFLICT_ATTEMPTS_MAX + 1):
        try:
            return call(replica)
        except aws.ClientError as error:
            if _code(error) == "ConditionalCheckFailedException":
                raise ConditionFailed(_item_in(error)) from error
            if _code(error) != "ReplicatedWriteConflictException":
                raise
            time.sleep(_conflict_wait_seconds(replica.meta.region_name, attempt))
    message = f"{of} refused {CONFLICT_ATTEMPTS_MAX} writes that met those of another region"
    raise Transient(message)


def _conflict_wait_seconds(region: str, attempt: int) -> float:
    """Grows with the attempt and differs by region, so that two regions do not meet again."""
    spread: float = zlib.crc32(f"{region}/{attempt}".encode()) / 2**32
    return CONFLICT_WAIT_SECONDS * (0.5 + spread) * (1 << (attempt - 1))


def _is_no_answer(error: aws.ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return _code(error) in _NEXT_REPLICA or status >= _SERVER_FAULT


def _code(error: aws.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def _item_in(error: aws.ClientError) -> Mapping[str, Any] | None:
    answer: Mapping[str, Any] = error.response
    return item_of(answer["Item"]) if "Item" in answer else None
