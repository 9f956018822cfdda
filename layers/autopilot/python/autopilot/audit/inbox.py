"""Admitted entries that wait to be sealed, and what was delivered and is no entry.

An acknowledged delivery lies here or in the log. Delivered twice, it may lie here twice: doubles
are dropped when a segment is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from autopilot.audit.entry import Entry, Quarantined, admit, parse_line
from autopilot.audit.segment import SEGMENT_ENTRIES_MAX, compress, inflate, sha256_of
from autopilot.ports import Clock
from autopilot.ports.trail import TrailStore

SKEW_MS: Final = 300_000  #: how far an event's clock may run ahead of ours
WAITING: Final = "inbox/"
QUARANTINE: Final = "quarantine/"
_LISTED_MAX: Final = 1_000  #: objects that one pass looks at


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one delivery."""

    admitted: int
    quarantined: tuple[Quarantined, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Entries that wait, and the keys under which they do."""

    entries: tuple[Entry, ...]
    keys: tuple[str, ...]


class Inbox:
    """The entries of one region that are not in its log yet."""

    def __init__(self, store: TrailStore, clock: Clock) -> None:
        """Keep them in `store`, beside the log and not below its prefix."""
        self._store = store
        self._clock = clock

    def receive(self, delivered: Iterable[bytes]) -> Received:
        """Keep every event of a delivery; when this returns, it may be acknowledged."""
        now_ms = self._clock.now_ms()
        admitted = [admit(raw, now_ms=now_ms, skew_ms=SKEW_MS) for raw in delivered]
        bad = tuple(each for each in admitted if isinstance(each, Quarantined))
        good = [each for each in admitted if isinstance(each, Entry)]
        self.keep(good)
        self._put(QUARANTINE, [each.line() for each in bad])
        return Received(len(good), bad)

    def keep(self, entries: Sequence[Entry]) -> None:
        """Keep entries of our own, such as the journal's."""
        for at in range(0, len(entries), SEGMENT_ENTRIES_MAX):
            self._put(WAITING, [each.line() for each in entries[at : at + SEGMENT_ENTRIES_MAX]])

    def is_empty(self) -> bool:
        """Whether nothing waits; one call, so that looking each minute costs next to nothing."""
        return next(self._store.present(WAITING), None) is None

    def waiting(self) -> Waiting:
        """The oldest that fit one segment: whole objects only, so that a key can be removed."""
        entries: list[Entry] = []
        keys: list[str] = []
        for key in islice(self._store.present(WAITING), _LISTED_MAX):
            stored = self._store.get(key)
            found = [parse_line(line) for line in inflate(stored.body)] if stored else []
            if len(entries) + len(found) > SEGMENT_ENTRIES_MAX:
                break
            entries += found
            keys.append(key)
        return Waiting(tuple(entries), tuple(keys))

    def forget(self, keys: Iterable[str]) -> None:
        """Take away what is in the log."""
        for key in keys:
            self._store.remove(key)

    def _put(self, prefix: str, lines: Sequence[bytes]) -> None:
        """Under instant and content: what is put again, because no answer came, lies there once."""
        if lines:
            body = compress(lines)
            key = f"{prefix}{self._clock.now_ms():015d}-{sha256_of(body)[:32]}.jsonl.zst"
            self._store.put_if_absent(key, body)
