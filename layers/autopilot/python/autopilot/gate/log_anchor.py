"""The head of a region's trail as a record of the ledger, outside the bucket it speaks of."""

from __future__ import annotations

from autopilot.domain.permit import issue_record
from autopilot.domain.trail_head import TrailHead
from autopilot.domain.writes import ConditionalWrite, ConditionFailed, Equals, Missing, Set
from autopilot.gate.door import Door


class LedgerAnchor:
    """An `Anchor` over the record `log/<region>`."""

    def __init__(self, door: Door, region: str) -> None:
        """Keep the head of the log of `region`."""
        self._door = door
        self._record = f"log/{region}"

    def read(self) -> TrailHead:
        """The head as it stands; an empty one before the first change."""
        item = self._door.ledger.read(self._record)
        return TrailHead.of(item) if item else TrailHead()

    def swap(self, old: TrailHead, new: TrailHead) -> bool:
        """Put `new` where `old` stands; a change whose answer was lost counts as applied."""
        write = ConditionalWrite(
            self._record,
            tuple(Set((name,), value) for name, value in new.to_item().items()),
            conditions=(
                Equals(("revision",), old.revision) if old.revision else Missing(("record",)),
            ),
        )
        try:
            self._door.ledger.write(write, issue_record("anchor", write))
        except ConditionFailed as failure:
            return failure.item is not None and TrailHead.of(failure.item) == new
        return True
