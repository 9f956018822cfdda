"""Which region owns the service's writes: one small record of the ledger, compared and set.

The owner reads it strongly at least every `writer_seconds`, or stops taking writes. Whoever is
given the writes may take them only from `from_ms` on, when the owner before has stopped whatever
it could see: so one region at most takes writes, and a run that dies half way leaves no gap for
anybody to close (docs/failover.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.switches import WRITER, SwitchChange, SwitchState
from autopilot.domain.writes import ConditionalWrite, ConditionFailed, Equals, Missing, Set
from autopilot.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.adapters.dynamodb_ledger import DynamoDbLedger
    from autopilot.domain.permit import SwitchPermit
    from autopilot.ports import Clock

RECORD: Final = "writer"


class LedgerWriter:
    """A `Switch` over that record; its value is a region."""

    def __init__(
        self, *, ledger: DynamoDbLedger, clock: Clock, home: str, hand_over_seconds: int
    ) -> None:
        """Before anybody moved the writes, `home` owns them."""
        self._ledger, self._clock, self._home = ledger, clock, home
        self._hand_over_ms = hand_over_seconds * 1000

    def observe(self) -> SwitchState:
        """The owner, and how often the writes changed hands."""
        return self._state(self._ledger.read(RECORD))

    def change(self, to: str, expected: SwitchState, permit: SwitchPermit) -> SwitchState:
        """Give the writes to `to`, unless somebody else moved them since they were observed."""
        change = SwitchChange(WRITER, to, expected)
        moves = int(expected.revision)
        unmoved = Equals(("moves",), moves) if moves else Missing(("record",))
        write = ConditionalWrite(
            RECORD,
            (
                Set(("region",), to),
                Set(("from_ms",), self._clock.now_ms() + self._hand_over_ms),
                Set(("moves",), moves + 1),
            ),
            conditions=(unmoved,),
        )
        try:
            return self._state(self._ledger.carry_out(write, change, permit))
        except ConditionFailed as failure:
            return self._echo(to, moves, failure.item)

    def _echo(self, to: str, moves: int, item: Mapping[str, Any] | None) -> SwitchState:
        """A refusal that shows our own write is the echo of it: its answer was lost."""
        found = self._state(item)
        if (found.value, found.revision) == (to, str(moves + 1)):
            return found
        message = (
            f"the writes belong to {found.value} after {found.revision} moves, expected {moves}: "
            f"somebody else moved them. Plan again."
        )
        raise Refused(message)

    def _state(self, item: Mapping[str, Any] | None) -> SwitchState:
        if item is None:
            return SwitchState(self._home, "0")
        return SwitchState(str(item["region"]), str(item["moves"]))
