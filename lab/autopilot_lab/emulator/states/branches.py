"""Strands that run at the same time under one Parallel or Map state.

The first failure ends the others at once (developer guide, "Parallel workflow state"): their
states are recorded as aborted, but a task that already runs elsewhere goes on there. Order of the
abort events: as recorded on AWS for a Map of Lambda tasks that time out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from autopilot_lab.emulator.clock import Task, TaskKilled
from autopilot_lab.emulator.states.documents import Document
from autopilot_lab.emulator.states.errors import StatesError
from autopilot_lab.emulator.states.promises import Promise
from autopilot_lab.emulator.states.strand import Strand
from autopilot_lab.emulator.states.visit import Visit


@dataclass(eq=False)
class Branch:
    """One strand with its input; `iteration` holds the details of a Map's iteration events."""

    strand: Strand
    document: Document
    iteration: dict[str, object] | None = None
    output: Document | None = None
    started: bool = False

    def carry_out(self, previous: int) -> int:
        """Run the strand, keep its output, and return the id of its last event.

        A branch points to the start of its state; an iteration to the event before it on the same
        worker, `previous`.
        """
        self.started = True
        if self.iteration is None:
            self.output = self.strand.go(self.document)
            return self.strand.previous
        self.strand.previous = previous
        self.strand.record("MapIterationStarted", self.iteration)
        self.strand.runtime.scheduler.sleep(0)  # all start before any goes on
        self.output = self.strand.go(self.document)
        return self.strand.remark("MapIterationSucceeded", self.iteration)

    def end(self, kind: str, previous: int) -> None:
        """Record, because of an event, that the iteration ended and its state was aborted."""
        if self.iteration is not None:
            self.strand.execution.history.add(kind, previous, self.iteration)
        self.strand.abort(previous)


class Branches:
    """All branches of one attempt, at most `concurrency_max` of them at once."""

    def __init__(self, visit: Visit, branches: Sequence[Branch], concurrency_max: int) -> None:
        self._visit = visit
        self._branches = branches
        self._waiting = iter(branches)
        self._workers: list[Task] = []
        self._busy = min(concurrency_max, len(branches))
        self._last = visit.strand.previous
        self._ended = Promise(visit.runtime.scheduler, f"{visit.state.name} branches")

    def run(self) -> list[Document]:
        """Run all branches and return their outputs in the order of the branches.

        Raises the `StatesError` of the first branch that fails.
        """
        scheduler = self._visit.runtime.scheduler
        name = f"{self._visit.execution.name} {self._visit.state.name}"
        for number in range(self._busy):
            work = partial(self._work, self._last)
            self._workers.append(scheduler.spawn(work, name=f"{name} {number}"))
        try:
            if self._branches:
                self._ended.wait()
        except TaskKilled:
            self._kill_others()
            raise
        finally:
            self._visit.strand.previous = self._last
        return [branch.output for branch in self._branches if branch.output is not None]

    def _work(self, previous: int) -> None:
        for branch in self._waiting:
            try:
                self._last = branch.carry_out(previous)
            except StatesError as error:
                self._fail(branch, error)
                return
            except Exception as defect:  # noqa: BLE001  # the waiting strand must hear of it
                self._ended.settle(error=defect)
                return
            previous = branch.strand.previous
        self._busy -= 1
        if self._busy == 0:
            self._ended.settle()

    def _fail(self, failed: Branch, error: StatesError) -> None:
        self._kill_others()
        self._last = previous = failed.strand.previous
        try:
            failed.end("MapIterationFailed", previous)
            for branch in self._branches:
                if branch.started and branch.output is None and branch is not failed:
                    branch.end("MapIterationAborted", previous)
        except StatesError as full:
            error = full
        self._ended.settle(error=error)

    def _kill_others(self) -> None:
        current = self._visit.runtime.scheduler.current
        for worker in self._workers:
            if worker is not current:
                worker.kill()
