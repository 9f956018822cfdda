"""What a drill leaves behind in queues, records, logs, histories and trails, as it lies there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from moto.sqs.models import sqs_backends

from autopilot.adapters.dynamodb_expressions import item_of
from autopilot.audit.pack import read as unpack
from autopilot.audit.segment import inflate
from autopilot_lab.drill.evidence import DeadLetter, Remain
from autopilot_lab.drill.installation import Installation
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.states import Execution

#: Fields of a run's history that repeat what the run was given.
_GIVEN: Final = ("input", "parameters")
#: How the places of what runs were given begin.
INPUT_OF: Final = "input of "


def dead_letters(installation: Installation, start: float) -> list[DeadLetter]:
    """Every message in a queue of the product, in order of region, queue and arrival."""
    return [
        DeadLetter(_sent_at(message) - start, name, region, str(message.body))
        for region in installation.regions
        for name, queue in sorted(sqs_backends[ACCOUNT][region].queues.items())
        for message in queue._messages
    ]


def _sent_at(message: Any) -> float:
    return float(message.sent_timestamp) / 1000


def records(installation: Installation) -> list[Mapping[str, Any]]:
    """Every item of the ledger's table."""
    client = installation.aws.client("dynamodb", installation.regions[0])
    pages = client.get_paginator("scan").paginate(TableName=installation.ledger_table)
    return [item_of(item) for page in pages for item in page["Items"]]


def remains(installation: Installation) -> Iterator[Remain]:
    """Every text that people or programs can read afterwards.

    Dead letters are not among them: such a queue holds the event as it came, which is its purpose
    (docs/privacy.md says for how long, and who reads it). What a run was given has places of its
    own, because Step Functions keeps it as whoever started the run wrote it.
    """
    yield from _logged(installation)
    for execution in installation.aws.engine.list():
        yield from _of_run(execution)
    for record in records(installation):
        yield Remain(f"record {record['record']}", _text(record))
    yield from _objects(installation)


def _logged(installation: Installation) -> Iterator[Remain]:
    log = installation.aws.log
    for event in log.of("invocation"):
        yield Remain(f"log of {event['function']}", "\n".join(event["lines"]))
        yield Remain(f"answer of {event['function']}", _text(event.get("answer", "")))
        yield Remain(f"error of {event['function']}", f"{event['error']} {event['message']}")
    for event in log.of("page"):
        yield Remain("page", f"{event['subject']} {event['message']}")


def _of_run(execution: Execution) -> Iterator[Remain]:
    given: list[str] = [execution.input.text]
    made: list[str] = []
    for event in (execution.describe(), *execution.history.events()):
        details = next((v for k, v in event.items() if k.endswith("EventDetails")), event)
        for key, value in _parted(details):
            passed_on = key in _GIVEN or _same(value, execution.input.value)
            (given if passed_on else made).append(_text(value))
    yield Remain(f"{INPUT_OF}{execution.name}", "\n".join(given))
    yield Remain(f"history of {execution.name}", "\n".join(made))


def _parted(details: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The details of an event, each variable that a state assigned by itself."""
    for key, value in details.items():
        if key == "assignedVariables":
            yield from value.items()
        else:
            yield key, value


def _objects(installation: Installation) -> Iterator[Remain]:
    for region, stack in installation.stacks.items():
        client = installation.aws.client("s3", region)
        for bucket in (stack.outputs["TrailBucket"], stack.outputs["ArchiveBucket"]):
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                for found in page.get("Contents", ()):
                    body = client.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
                    yield Remain(f"object {found['Key']}", _read(found["Key"], body))


def _read(key: str, body: bytes) -> str:
    """An object's text, as whoever can read the object would get at it."""
    if key.endswith(".pack.zst"):
        readable = b"\n".join(line for _, stored in unpack(body) for line in inflate(stored))
    else:
        readable = b"\n".join(inflate(body)) if key.endswith(".zst") else body
    return readable.decode("utf-8", "replace")


def _same(text: Any, given: Any) -> bool:
    """Whether a text is what the run was given, however it is spaced."""
    try:
        return bool(json.loads(text) == given)
    except (TypeError, ValueError):
        return False


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
