"""A Map Run: the executions of one distributed Map, at most so many at once.

Source: developer guide, "Using Map state in Distributed mode", "Setting failure thresholds"; API
reference, DescribeMapRun.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from autopilot_lab.emulator.clock import Scheduler, Task, TaskKilled
from autopilot_lab.emulator.states.documents import Document
from autopilot_lab.emulator.states.errors import EXCEEDED_TOLERATED_FAILURE, StatesError
from autopilot_lab.emulator.states.execution import Execution
from autopilot_lab.emulator.states.promises import Promise


@dataclass(frozen=True, slots=True)
class Batch:
    """The input of one execution, and how many items are in it."""

    document: Document
    items: int


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How many failed items a Map Run bears, as a count and as a percentage; the lower holds."""

    count: int = 0
    percentage: float = 0.0
    by_count: bool = True
    by_percentage: bool = False

    def is_exceeded(self, failed: int, total: int) -> bool:
        """Tell whether so many failed items of all items are too many."""
        if failed == 0:
            return False
        too_many = self.by_count and failed > self.count
        return too_many or (self.by_percentage and failed * 100 > self.percentage * total)


@dataclass(eq=False)
class MapRun:
    """One run of a distributed Map. Times are Unix seconds."""

    arn: str
    execution_arn: str
    concurrency_max: int
    tolerance: Tolerance
    started_at: float
    scheduler: Scheduler = field(repr=False)
    status: Literal["RUNNING", "SUCCEEDED", "FAILED", "ABORTED"] = "RUNNING"
    stopped_at: float | None = None
    batches: Sequence[Batch] = ()
    executions: list[Execution | None] = field(default_factory=list)

    def run(self, batches: Sequence[Batch], start: Callable[[Document], Execution]) -> None:
        """Run one execution per batch and wait for all.

        Raises `States.ExceedToleratedFailureThreshold`, after the executions that still run were
        left aborted by `abort`.
        """
        self.batches = batches
        self.executions = [None] * len(batches)
        waiting = iter(range(len(batches)))
        ended = Promise(self.scheduler, f"{self.arn} end")
        workers = min(self.concurrency_max, len(batches))
        busy = workers

        def work() -> None:
            nonlocal busy
            for index in waiting:
                execution = start(batches[index].document)
                self.executions[index] = execution
                execution.wait()
                if self.tolerance.is_exceeded(self._items("FAILED"), self._items_total()):
                    ended.settle(error=_threshold_exceeded())
                    return
            busy -= 1
            if busy == 0:
                ended.settle()

        tasks = [self.scheduler.spawn(work, name=f"{self.arn} {n}") for n in range(workers)]
        try:
            if tasks:
                ended.wait()
        except (StatesError, TaskKilled):
            _kill(tasks)
            raise

    def close(self, status: Literal["SUCCEEDED", "FAILED", "ABORTED"]) -> None:
        """Note how the run ended."""
        self.status, self.stopped_at = status, self.scheduler.now

    def running(self) -> list[Execution]:
        """Return the executions that have not ended."""
        return [item for item in self.executions if item is not None and item.running]

    def describe(self) -> dict[str, Any]:
        """Return what DescribeMapRun returns (botocore model, DescribeMapRunOutput)."""
        described: dict[str, Any] = {
            "mapRunArn": self.arn,
            "executionArn": self.execution_arn,
            "status": self.status,
            "startDate": datetime.fromtimestamp(self.started_at, UTC),
            "maxConcurrency": self.concurrency_max,
            "toleratedFailureCount": self.tolerance.count,
            "toleratedFailurePercentage": self.tolerance.percentage,
            "itemCounts": self._counts(lambda batch: batch.items),
            "executionCounts": self._counts(lambda _batch: 1),
            "redriveCount": 0,
        }
        if self.stopped_at is not None:
            described["stopDate"] = datetime.fromtimestamp(self.stopped_at, UTC)
        return described

    def _counts(self, weight: Callable[[Batch], int]) -> dict[str, int]:
        counts = dict.fromkeys(
            ("pending", "running", "succeeded", "failed", "timedOut", "aborted"), 0
        )
        for batch, execution in zip(self.batches, self.executions, strict=True):
            counts[_COUNTED_AS[execution.status if execution else None]] += weight(batch)
        total = sum(weight(batch) for batch in self.batches)
        return {**counts, "total": total, "resultsWritten": counts["succeeded"]}

    def _items(self, status: str) -> int:
        return sum(
            batch.items
            for batch, execution in zip(self.batches, self.executions, strict=True)
            if execution is not None and _OUTCOME.get(execution.status) == status
        )

    def _items_total(self) -> int:
        return sum(batch.items for batch in self.batches)


_COUNTED_AS = {
    None: "pending",
    "RUNNING": "running",
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "TIMED_OUT": "timedOut",
    "ABORTED": "aborted",
}

_OUTCOME = {"FAILED": "FAILED", "TIMED_OUT": "FAILED", "ABORTED": "FAILED"}


def _threshold_exceeded() -> StatesError:
    cause = "The specified tolerated failure threshold was exceeded"
    return StatesError(EXCEEDED_TOLERATED_FAILURE, cause)


def _kill(tasks: Sequence[Task]) -> None:
    for task in tasks:
        task.kill()
