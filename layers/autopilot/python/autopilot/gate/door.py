"""The way through the gate: one conditional write, and what its answer means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from autopilot.domain.permit import LEDGER, Permit
from autopilot.domain.writes import ConditionalWrite, ConditionFailed, Path, Set
from autopilot.errors import Inconsistent
from autopilot.gate.acts import Attempt, demands, failed
from autopilot.gate.ledger import LedgerView
from autopilot.gate.refusal import no_ledger, refusal
from autopilot.ports import Clock, LedgerStore

Issue: TypeAlias = Callable[[str, ConditionalWrite], Permit]
#: Says whether the item shows that this very change was applied before.
Recognise: TypeAlias = Callable[[LedgerView], bool]
PLANNER: Final = "planner"  #: record of the planner lease


@dataclass(frozen=True, slots=True)
class Passed:
    """The item after the change; `repeated` when an earlier try had made it."""

    view: LedgerView
    repeated: bool


class Door:
    """Reads the ledger item, and writes it when everything the act demands holds."""

    def __init__(self, ledger: LedgerStore, clock: Clock) -> None:
        """Decide over `ledger`, at the instants of `clock`."""
        self.ledger = ledger
        self.clock = clock

    def read(self) -> LedgerView:
        """The item as it stands; raise `GateRefused` when there is none."""
        item = self.ledger.read(LEDGER)
        if item is None:
            raise no_ledger("read")
        return LedgerView.of(item)

    def check(self, attempt: Attempt, view: LedgerView) -> None:
        """Raise `GateRefused` when `view` shows already that the write would be refused."""
        if stopping := failed(attempt, view.item):
            raise refusal(attempt, stopping, view.item)

    def write(
        self,
        attempt: Attempt,
        sets: tuple[Set, ...],
        *,
        issue: Issue,
        recognise: Recognise,
        removes: tuple[Path, ...] = (),
    ) -> Passed:
        """Make the change in one write; raise `GateRefused` naming all that stood in the way.

        A refusal whose item shows the change (`recognise`) is the echo of our own write, whose
        answer was lost: a success.
        """
        write = ConditionalWrite(LEDGER, sets, removes, demands(attempt))
        try:
            item = self.ledger.write(write, issue(attempt.act, write))
        except ConditionFailed as failure:
            return self._echo(attempt, failure.item, recognise)
        return Passed(LedgerView.of(item), repeated=False)

    def _echo(
        self, attempt: Attempt, item: Mapping[str, Any] | None, recognise: Recognise
    ) -> Passed:
        if item is not None and recognise(view := LedgerView.of(item)):
            return Passed(view, repeated=True)
        if stopping := failed(attempt, item):
            raise refusal(attempt, stopping, item)
        message = f"the store refused {attempt.act}, but every condition holds on what it returned"
        raise Inconsistent(message)
