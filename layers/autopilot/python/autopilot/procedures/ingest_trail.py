"""Takes audit events of the service from a queue into the region's inbox: none lost, none twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from autopilot.audit.inbox import Inbox
from autopilot.audit.segment import SEGMENT_ENTRIES_MAX
from autopilot.errors import Transient
from autopilot.ports.trail import TrailMetrics

QUARANTINED: Final = "Quarantined"  #: events that were no entries
_EVENTS_MAX: Final = SEGMENT_ENTRIES_MAX

Message: TypeAlias = Mapping[str, Any]


def ingest(delivery: Mapping[str, Any], inbox: Inbox, metrics: TrailMetrics) -> dict[str, Any]:
    """Keep every event of every message; answer which messages must be delivered again.

    A message's body is JSON lines: one event on each line. What is no entry goes to quarantine,
    with its reasons, and its message is done: delivered again it would be no entry either. Only a
    message that could not be kept comes again, so that the others of its batch do not.
    """
    failed: list[str] = []
    admitted = quarantined = 0
    for group in _groups(delivery["Records"]):
        try:
            received = inbox.receive(line for message in group for line in _lines(message))
        except Transient:
            failed += [str(message["messageId"]) for message in group]
            continue
        admitted += received.admitted
        quarantined += len(received.quarantined)
    if quarantined:
        metrics.publish(QUARANTINED, quarantined)
    return {
        "batchItemFailures": [{"itemIdentifier": each} for each in failed],
        "admitted": admitted,
        "quarantined": quarantined,
    }


def _groups(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Messages that are kept together: few objects for many messages, and none too large."""
    group: list[Message] = []
    events = 0
    for message in messages:
        count = sum(1 for _ in _lines(message))
        if group and events + count > _EVENTS_MAX:
            yield group
            group, events = [], 0
        group.append(message)
        events += count
    if group:
        yield group


def _lines(message: Message) -> Iterator[bytes]:
    """The events of a message; an empty line is none, an empty message is one that is no entry."""
    lines = [line for line in str(message["body"]).split("\n") if line.strip()]
    yield from (line.encode(errors="surrogatepass") for line in lines or [""])
