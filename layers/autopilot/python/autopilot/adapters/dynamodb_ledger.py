"""The ledger in DynamoDB: one conditional write is one `UpdateItem`.

The table is a global table with multi-region strong consistency, so every replica answers for
all: a replica that does not answer is left for the next one. That may apply a write whose answer
was lost a second time, which its conditions refuse; the caller recognises its own entry in the
item that comes back.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from botocore import exceptions as aws

from autopilot.adapters.dynamodb_expressions import (
    attributes_of,
    item_of,
    update_arguments,
)
from autopilot.domain.permit import Permit, SwitchPermit
from autopilot.domain.switches import SwitchChange
from autopilot.domain.writes import ConditionalWrite, ConditionFailed
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


class DynamoDbLedger:
    """A `LedgerStore` over the replicas of one table, the nearest first."""

    def __init__(self, *, clients: Sequence[Any], table: str, service: str) -> None:
        """Use `clients`, one of DynamoDB for each replica, in the order they are tried."""
        self._table = table
        self._service = service
        self._replicas = tuple(clients)

    def read(self, record: str, *, consistent: bool = True) -> Mapping[str, Any] | None:
        """The item as it stands, or None; strongly consistent unless told otherwise."""
        answer = self._ask(
            lambda replica: replica.get_item(
                TableName=self._table, Key=self._key(record), ConsistentRead=consistent
            )
        )
        return item_of(answer["Item"]) if "Item" in answer else None

    def query(self, prefix: str, *, limit: int = 100) -> Sequence[Mapping[str, Any]]:
        """At most `limit` items whose `record` begins with `prefix`, in order of `record`."""
        answer = self._ask(
            lambda replica: replica.query(
                TableName=self._table,
                KeyConditionExpression="#service = :service AND begins_with(#record, :prefix)",
                ExpressionAttributeNames={"#service": "service", "#record": "record"},
                ExpressionAttributeValues=attributes_of(
                    {":service": self._service, ":prefix": prefix}
                ),
                ConsistentRead=True,
                Limit=limit,
            )
        )
        return [item_of(item) for item in answer["Items"]]

    def write(self, write: ConditionalWrite, permit: Permit) -> Mapping[str, Any]:
        """Apply `write` as `permit` allows; return the item afterwards.

        Raises `ConditionFailed` with the item as it stood, `Transient` when no replica answered.
        """
        permit.demand(write)
        return self._apply(write)

    def carry_out(
        self, write: ConditionalWrite, change: SwitchChange, permit: SwitchPermit
    ) -> Mapping[str, Any]:
        """Apply the write that carries out a change of a switch which the ledger itself keeps.

        Raises as `write` does.
        """
        permit.demand(change)
        return self._apply(write)

    def _apply(self, write: ConditionalWrite) -> Mapping[str, Any]:
        arguments = update_arguments(write)
        answer = self._ask(
            lambda replica: replica.update_item(
                TableName=self._table,
                Key=self._key(write.record),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **arguments,
            )
        )
        return item_of(answer["Attributes"])

    def _key(self, record: str) -> dict[str, Any]:
        return attributes_of({"service": self._service, "record": record})

    def _ask(self, call: Callable[[Any], _Answer]) -> _Answer:
        """Ask one replica after the other until one answers."""
        silent = []
        for replica in self._replicas:
            try:
                return _without_conflict(replica, call)
            except (aws.ConnectionError, aws.HTTPClientError) as error:
                silent.append(f"{replica.meta.region_name}: {type(error).__name__}")
            except aws.ClientError as error:
                if not _is_no_answer(error):
                    raise
                silent.append(f"{replica.meta.region_name}: {_code(error)}")
        message = f"the ledger did not answer ({', '.join(silent)}); nothing is known to be changed"
        raise Transient(message)


def _without_conflict(replica: Any, call: Callable[[Any], _Answer]) -> _Answer:
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
    message = f"the ledger refused {CONFLICT_ATTEMPTS_MAX} writes that met those of another region"
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
