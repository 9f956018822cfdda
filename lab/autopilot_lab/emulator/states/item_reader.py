"""ItemReader: the items of a distributed Map, read from S3.

Source: developer guide, "ItemReader (Map)". Read by `aws-sdk:s3:getObject` and
`aws-sdk:s3:listObjectsV2` through the task runner. The Arguments shape is the guide's JSONata
example, unverified against AWS.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from autopilot_lab.emulator.states.errors import ITEM_READER_FAILED, StatesError

ITEMS_MAX: Final = 100_000_000
INPUT_TYPES: Final = ("JSON", "JSONL", "CSV")

CallS3 = Callable[[str, dict[str, Any]], Any]
"""Calls an action of S3 with SDK arguments and returns the SDK's result."""


def read_items(
    call: CallS3, action: str, arguments: Mapping[str, Any], configuration: Mapping[str, Any]
) -> list[Any]:
    """Return the items. Raises `States.ItemReaderFailed`, whatever went wrong."""
    try:
        if action == "listObjectsV2":
            items = _listed(call, dict(arguments))
        else:
            body = call("getObject", dict(arguments))["Body"]
            items = _parsed(body, configuration)
        return list(islice(items, configuration.get("MaxItems", ITEMS_MAX)))
    except StatesError as error:
        raise StatesError(ITEM_READER_FAILED, f"{error.name}: {error.cause}") from error
    except (csv.Error, KeyError, TypeError, ValueError) as error:
        cause = f"The items could not be read: {error}"
        raise StatesError(ITEM_READER_FAILED, cause) from error


def _listed(call: CallS3, arguments: dict[str, Any]) -> Iterator[Any]:
    while True:
        page = call("listObjectsV2", arguments)
        yield from page.get("Contents", ())
        token = page.get("NextContinuationToken")
        if not token:
            return
        arguments = {**arguments, "ContinuationToken": token}


def _parsed(body: str, configuration: Mapping[str, Any]) -> Iterator[Any]:
    kind = configuration.get("InputType", "JSON")
    if kind == "CSV":
        return _rows(body, configuration)
    if kind == "JSONL":
        return (json.loads(line) for line in body.splitlines() if line.strip())
    items = json.loads(body)
    if not isinstance(items, list):
        raise TypeError("Attempting to map over non-iterable node.")
    return iter(items)


def _rows(body: str, configuration: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    rows = csv.reader(io.StringIO(body))
    given = configuration.get("CSVHeaderLocation") == "GIVEN"
    headers = configuration["CSVHeaders"] if given else next(rows, [])
    if len(set(headers)) != len(headers):
        raise ValueError("CSV headers cannot contain duplicates.")
    for row in rows:
        if row:
            yield dict(zip(headers, [*row, *[""] * (len(headers) - len(row))], strict=False))
