"""Something that a task waits for and another one brings about, in virtual time."""

from __future__ import annotations

from typing import Any

from autopilot_lab.emulator.clock import Scheduler, Task


class Promise:
    """A result that is not there yet; whoever has it settles the promise, once."""

    def __init__(self, scheduler: Scheduler, name: str) -> None:
        # A task that is never started is exactly that: it can be waited for, and ended by hand.
        self._task = Task(name=name, scheduler=scheduler)
        self._scheduler = scheduler

    @property
    def settled(self) -> bool:
        """Whether the result, or an error, is there."""
        return self._task.done

    def settle(self, result: Any = None, error: BaseException | None = None) -> None:
        """Give the result, or the error, and wake everybody who waits. Later calls do nothing."""
        if self._task.done:
            return
        self._task.result, self._task.error, self._task.done = result, error, True
        for waiter in self._task._waiters:
            self._scheduler._push(self._scheduler.now, waiter, waiter._wake_token)
        self._task._waiters.clear()

    def wait(self, timeout_seconds: float | None = None) -> Any:
        """Return the result or raise the error. Raises `TaskTimeout` after `timeout_seconds`."""
        return self._task.wait(timeout_seconds)
