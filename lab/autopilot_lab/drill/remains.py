"""What a drill leaves behind in queues, records, logs, histories and trails, as it lies there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.sqs.models import sqs_backends

from autopilot.adapters.dynamodb_expressions import item_of
from autopilot_lab.drill.evidence import DeadLetter, Remain
from autopilot_lab.drill.installation import Installation
from autopilot_lab.emulator.moto_backend import ACCOUNT


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
    (docs/privacy.md says for how long, and who reads it).
    """
    yield from _logged(installation)
    yield from _histories(installation)
    for record in records(installation):
        yield Remain(f"record {record['record']}", _text(record))
    yield from _objects(installation)


def _logged(installation: Installation) -> Iterator[Remain]:
    log = installation.aws.log
    for event in log.of("invocation"):
        place = f"log of {event['function']}"
        yield Remain(place, "\n".join(event["lines"]))
        yield Remain(f"answer of {event['function']}", _text(event.get("answer", "")))
        yield Remain(f"error of {event['function']}", f"{event['error']} {event['message']}")
    for event in log.of("page"):
        yield Remain("page", f"{event['subject']} {event['message']}")


def _histories(installation: Installation) -> Iterator[Remain]:
    for execution in installation.aws.engine.list():
        place = f"history of {execution.name}"
        yield Remain(place, _text([execution.describe(), execution.history.events()]))


def _objects(installation: Installation) -> Iterator[Remain]:
    for region, stack in installation.stacks.items():
        client, bucket = installation.aws.client("s3", region), stack.outputs["TrailBucket"]
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for found in page.get("Contents", ()):
                body = client.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
                yield Remain(f"object {found['Key']}", body.decode("utf-8", "replace"))


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
