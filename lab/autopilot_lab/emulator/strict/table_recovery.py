"""DynamoDB: point-in-time recovery, from a log of the writes that each table took.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html:
a restore makes a *new* table, a plain one of the region that is asked, which cannot be used until
it is ACTIVE. Tags, stream, time to live, deletion protection and recovery are not brought along.
The log holds requests as they came, so that a write costs nothing more; a restore plays them again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from autopilot_lab.emulator import dynamodb_front, wire
from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.global_tables import GlobalTables
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.strict.layer import Answer, StrictLayer, with_json

#: "LatestRestorableDateTime is typically 5 minutes before the current time."
LATEST_SECONDS: Final = 300.0
RETAINED_SECONDS: Final = 35 * 86_400.0
#: How long a restore takes: the lab's figure, AWS gives none.
RESTORE_SECONDS: Final = 600.0

_BATCH: Final = "BatchWriteItem"
_WRITES: Final = ("PutItem", "UpdateItem", "DeleteItem", _BATCH)
_READS: Final = ("GetItem", "Query", "Scan", "BatchGetItem")
_Place = tuple[str, str]  #: region and name; the region is "" for a global table


class _Written(NamedTuple):
    """A write that was carried out: when, and the request."""

    at: float
    operation: str
    request: wire.Request


@dataclass(slots=True)
class _Restored:
    """A table that was restored, and until when it is being made."""

    instant: float
    active_at: float


class TableRecovery:
    """The continuous backups of every table. `now` gives Unix seconds."""

    def __init__(self, *, now: Callable[[], float], tables: GlobalTables) -> None:
        self._now, self._tables = now, tables
        self._log: dict[_Place, list[_Written]] = defaultdict(list)
        self._enabled_at: dict[_Place, float] = {}
        self._restored: dict[_Place, _Restored] = {}

    def register(self, layer: StrictLayer) -> None:
        """Put rules and amendments in force."""
        layer.refuse("dynamodb", (*_WRITES, *_READS), self.require_active)
        layer.refuse("dynamodb", ("DeleteTable",), self.require_made)
        layer.amend("dynamodb", _WRITES, self.remember)
        layer.amend("dynamodb", ("DescribeTable",), self.describe)
        layer.amend("dynamodb", ("DescribeContinuousBackups",), self.describe_backups)
        layer.amend("dynamodb", ("UpdateContinuousBackups",), self.update_backups)
        layer.amend("dynamodb", ("RestoreTableToPointInTime",), self.restore)

    # -- every write -------------------------------------------------------------------------------

    def remember(self, asked: Asked, answer: Answer) -> wire.Response:
        """Keep the request of a write that was carried out."""
        response = answer()
        if not wire.error_code(response):
            written = _Written(self._now(), asked.call.operation, asked.request)
            for name in _tables_of(asked):
                self._log[self._place(asked.call.region, name)].append(written)
        return response

    def require_active(self, asked: Asked) -> None:
        """A table that is being made takes no reads and no writes."""
        if not self._restored:
            return
        for name in _tables_of(asked):
            restored = self._restored.get((asked.call.region, name))
            if restored is not None and self._now() < restored.active_at:
                message = f"Requested resource not found: Table: {name} not found"
                raise AwsError("ResourceNotFoundException", message)

    def require_made(self, asked: Asked) -> None:
        """A table that is being made cannot be deleted."""
        name = asked.text("TableName").rsplit("/", 1)[-1]
        restored = self._restored.get((asked.call.region, name))
        if restored is not None and self._now() < restored.active_at:
            message = f"Attempt to change a resource which is still in use: {name} is CREATING"
            raise AwsError("ResourceInUseException", message)

    # -- backups -----------------------------------------------------------------------------------

    def describe_backups(self, asked: Asked, answer: Answer) -> wire.Response:
        """From when to when the table can be restored, while recovery is on."""
        response = answer()
        if wire.error_code(response):
            return response
        body = json.loads(response.body)
        described = body["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        if described["PointInTimeRecoveryStatus"] == "ENABLED":
            earliest, latest = self._window(asked, asked.text("TableName"))
            described["EarliestRestorableDateTime"] = earliest
            described["LatestRestorableDateTime"] = latest
        return with_json(response, body)

    def update_backups(self, asked: Asked, answer: Answer) -> wire.Response:
        """Recovery that is switched on again begins anew."""
        name = asked.text("TableName").rsplit("/", 1)[-1]
        was_on = _is_recoverable(_table(asked, name))
        response = answer()
        if not wire.error_code(response) and not was_on:
            self._enabled_at[asked.call.region, name] = self._now()
        return response

    def restore(self, asked: Asked, answer: Answer) -> wire.Response:
        """Make a new table of what the source held at the instant."""
        params = asked.params
        source, target = _source_of(asked), str(params["TargetTableName"])
        table = _table(asked, source)
        if table is None:
            raise AwsError("TableNotFoundException", f"Table not found: {source}")
        if not _is_recoverable(table):
            message = "Point in time recovery is not enabled for the source table"
            raise AwsError("PointInTimeRecoveryUnavailableException", message)
        instant = self._instant(asked, source)
        response = answer()
        if wire.error_code(response):
            return response
        made = _table(asked, target)
        if made is None:  # moto has said that it made one
            raise LookupError(target)
        made.billing_mode = table.billing_mode
        self._play(asked, source, target, instant)
        self._restored[asked.call.region, target] = _Restored(
            instant, self._now() + RESTORE_SECONDS
        )
        return self._told(asked, target, response, "TableDescription")

    def describe(self, asked: Asked, answer: Answer) -> wire.Response:
        """A restored table says from when it is, and whether it is being made."""
        response = answer()
        name = asked.text("TableName").rsplit("/", 1)[-1]
        if wire.error_code(response) or (asked.call.region, name) not in self._restored:
            return response
        return self._told(asked, name, response, "Table")

    def _told(self, asked: Asked, name: str, response: wire.Response, key: str) -> wire.Response:
        restored = self._restored[asked.call.region, name]
        body, making = json.loads(response.body), self._now() < restored.active_at
        body[key]["TableStatus"] = "CREATING" if making else "ACTIVE"
        body[key]["RestoreSummary"]["RestoreDateTime"] = restored.instant
        body[key]["RestoreSummary"]["RestoreInProgress"] = making
        return with_json(response, body)

    def _window(self, asked: Asked, name: str) -> tuple[float, float]:
        name = name.rsplit("/", 1)[-1]
        table = _table(asked, name)
        made_at = table.created_at.timestamp() if table is not None else 0.0
        begun = self._enabled_at.get((asked.call.region, name), made_at)
        earliest = max(begun, self._now() - RETAINED_SECONDS)
        return earliest, max(earliest, self._now() - LATEST_SECONDS)

    def _instant(self, asked: Asked, source: str) -> float:
        earliest, latest = self._window(asked, source)
        if asked.params.get("UseLatestRestorableTime"):
            return latest
        wanted = asked.params.get("RestoreDateTime")
        if wanted is None:
            message = "Either RestoreDateTime or UseLatestRestorableTime must be specified"
            raise AwsError("ValidationException", message)
        if not earliest <= float(wanted) <= latest:
            message = f"RestoreDateTime must be between {earliest} and {latest}"
            raise AwsError("InvalidRestoreTimeException", message)
        return float(wanted)

    def _play(self, asked: Asked, source: str, target: str, instant: float) -> None:
        """Carry every write up to the instant out again, on the empty new table."""
        made = _table(asked, target)
        if made is not None:
            made.items.clear()
        for written in self._log[self._place(asked.call.region, source)]:
            if written.at <= instant:
                request = _redirected(written, asked.request.url, source, target)
                dynamodb_front.answer(request)

    def _place(self, region: str, name: str) -> _Place:
        return ("" if self._tables.replicas(name) else region, name)


def _redirected(written: _Written, url: str, source: str, target: str) -> wire.Request:
    params = json.loads(written.request.body)
    if written.operation == _BATCH:
        params["RequestItems"] = {target: params["RequestItems"][source]}
    else:
        params["TableName"] = target
    return replace(written.request, url=url, body=json.dumps(params).encode())


def _tables_of(asked: Asked) -> Iterator[str]:
    """The names of the tables that a call is about."""
    items = asked.params.get("RequestItems")
    for name in items if items is not None else (asked.params["TableName"],):
        yield str(name).rsplit("/", 1)[-1]


def _source_of(asked: Asked) -> str:
    named = asked.text("SourceTableName") or asked.text("SourceTableArn")
    return named.rsplit("/", 1)[-1]


def _table(asked: Asked, name: str) -> Table | None:
    found: Table | None = dynamodb_backends[ACCOUNT][asked.call.region].tables.get(name)
    return found


def _is_recoverable(table: Table | None) -> bool:
    if table is None:
        return False
    described = table.continuous_backups["PointInTimeRecoveryDescription"]
    return bool(described["PointInTimeRecoveryStatus"] == "ENABLED")
