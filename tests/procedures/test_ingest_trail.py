"""Taking audit events from a queue: what is kept is acknowledged, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from autopilot.audit.inbox import QUARANTINE, WAITING, Inbox
from autopilot.audit.segment import SEGMENT_ENTRIES_MAX, inflate
from autopilot.errors import Transient
from autopilot.procedures.ingest_trail import QUARANTINED, ingest
from tests.audit.memory_trail import Clock, MemoryStore, entry


class RefusingStore(MemoryStore):
    """Refuses so many writes."""

    refusals = 0

    def put_if_absent(self, key: str, body: bytes) -> str | None:
        """Store `body`, or do not."""
        if self.refusals:
            self.refusals -= 1
            raise Transient("the bucket does not answer")
        return super().put_if_absent(key, body)


@dataclass
class Metrics:
    """Remembers what was published."""

    published: list[tuple[str, int]] = field(default_factory=list)

    def publish(self, name: str, value: int) -> None:
        """Note it."""
        self.published.append((name, value))


@dataclass
class Ingest:
    """One function over one bucket."""

    store: RefusingStore = field(default_factory=RefusingStore)
    metrics: Metrics = field(default_factory=Metrics)

    def __call__(self, *bodies: str) -> dict[str, Any]:
        """Deliver a batch of messages; their ids are m0, m1, ..."""
        records = [{"messageId": f"m{at}", "body": body} for at, body in enumerate(bodies)]
        return ingest({"Records": records}, Inbox(self.store, Clock()), self.metrics)

    def events(self) -> list[str]:
        """The event of every line that waits, doubles included."""
        return [json.loads(line)["event"] for line in self.lines(WAITING)]

    def lines(self, prefix: str) -> list[bytes]:
        """Every line of every object below a prefix."""
        stored = [self.store.get(key) for key in self.store.present(prefix)]
        return [line for each in stored if each for line in inflate(each.body)]


@pytest.fixture
def deliver() -> Ingest:
    """A function that has taken nothing yet."""
    return Ingest()


def message(numbers: Sequence[int]) -> str:
    """The body of a message with these events."""
    return "\n".join(entry(number).model_dump_json() for number in numbers)


def failed(answer: dict[str, Any]) -> list[str]:
    """The messages that shall be delivered again."""
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_a_batch_of_messages_is_kept_in_one_object(deliver: Ingest) -> None:
    """Few objects for many messages; all of them are acknowledged."""
    answer = deliver(message([0, 1]), message([2]))
    assert answer == {"batchItemFailures": [], "admitted": 3, "quarantined": 0}
    assert deliver.events() == [f"evt-{each:06d}" for each in range(3)]
    assert len(list(deliver.store.present(WAITING))) == 1


def test_a_message_whose_events_were_kept_comes_again_and_waits_once_more(deliver: Ingest) -> None:
    """The answer got lost: the same bytes at the same instant lie there once."""
    deliver(message([0]))
    assert failed(deliver(message([0]))) == []
    assert deliver.events() == ["evt-000000"]


def test_only_messages_that_could_not_be_kept_come_again(deliver: Ingest) -> None:
    """Messages that fill a segment are kept apart from the next ones, and fail apart."""
    deliver.store.refusals = 1
    answer = deliver(message(range(SEGMENT_ENTRIES_MAX)), message([20_000]))
    assert failed(answer) == ["m0"]
    assert deliver.events() == ["evt-020000"]


@pytest.mark.parametrize("body", ["", "{}", "[1]", "null", "\ud800", "{not json"])
def test_what_is_no_entry_is_kept_with_its_reasons_and_acknowledged(
    deliver: Ingest, body: str
) -> None:
    """Delivered again it would be no entry either; the good ones beside it are kept."""
    answer = deliver(body, message([1]))
    assert answer == {"batchItemFailures": [], "admitted": 1, "quarantined": 1}
    (line,) = deliver.lines(QUARANTINE)
    assert json.loads(line)["problems"]
    assert deliver.events() == ["evt-000001"]
    assert deliver.metrics.published == [(QUARANTINED, 1)]


def test_a_message_whose_nonsense_could_not_be_kept_comes_again_whole(deliver: Ingest) -> None:
    """Its good events wait already; their double is dropped when they are sealed."""
    deliver("{not json")
    deliver.store.refusals = 1
    assert failed(deliver("{not json either")) == ["m0"]
    assert len(deliver.lines(QUARANTINE)) == 1


def test_an_empty_line_is_no_event(deliver: Ingest) -> None:
    """Messages may end with a line feed."""
    assert deliver(message([0]) + "\n\n")["quarantined"] == 0
