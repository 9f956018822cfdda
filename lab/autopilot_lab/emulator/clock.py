"""The virtual clock: one thread, many cooperative tasks, and time that moves only when all wait.

Every activity in the lab (a handler, an execution, a router, a schedule) is a *task*: a greenlet
that runs until it sleeps or waits for another task. The scheduler then wakes whichever task is
due next and moves the clock to that instant, so that hours of waiting cost no real time and the
same seed gives the same order of events, always.

Times are Unix seconds (float); durations are seconds.
"""

from __future__ import annotations

import heapq
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import time_machine
from greenlet import GreenletExit, getcurrent, greenlet


class TaskKilled(GreenletExit):
    """Thrown into a task that is ended from outside; no handler may swallow it."""


class NothingScheduled(RuntimeError):
    """A wait from outside the tasks can never end, because no task is due any more."""


class TaskTimeout(Exception):
    """A bounded wait for another task ran out."""


@dataclass(eq=False)
class Task:
    """One cooperative activity, its result, and the process environment it owns."""

    name: str
    scheduler: Scheduler
    done: bool = False
    result: Any = None
    error: BaseException | None = None
    locals: dict[str, Any] = field(default_factory=dict)
    _greenlet: greenlet | None = None
    _variables: dict[bytes, bytes] | None = None
    _waiters: list[Task] = field(default_factory=list)
    _wake_token: int = 0

    def wait(self, timeout_seconds: float | None = None) -> Any:
        """Wait, in virtual time, until this task ends; return its result or raise its error.

        Raises `TaskTimeout` when `timeout_seconds` pass first; the task itself goes on.
        """
        if not self.done:
            self.scheduler._wait_for(self, timeout_seconds)
        if self.error is not None:
            raise self.error
        return self.result

    def kill(self) -> None:
        """End this task now, wherever it stands. Ending an ended task does nothing."""
        self.scheduler._kill(self)


class Scheduler:
    """Runs tasks in virtual time. Use `running()` around everything that reads the clock."""

    def __init__(self, *, start: float) -> None:
        self.now = float(start)
        self._sequence = 0
        self._due: list[tuple[float, int, Task | Callable[[], None], int]] = []
        self._hub = getcurrent()
        self._current: Task | None = None
        self._travel: Any = None
        self._outer_variables: dict[bytes, bytes] = {}
        self._installed: dict[bytes, bytes] | None = None

    # -- the outside ---------------------------------------------------------------------------

    @contextmanager
    def running(self) -> Iterator[Scheduler]:
        """Put `time.time`, `datetime.now` and `time.sleep` under this clock until the exit."""
        clock: Any = time  # how its stub spells the type of `seconds` differs between versions
        real_sleep = clock.sleep
        traveller = time_machine.travel(self.now, tick=False)
        self._hub = getcurrent()
        self._travel = traveller.start()
        clock.sleep = self.sleep
        try:
            yield self
        finally:
            self._abandon_all()
            clock.sleep = real_sleep
            traveller.stop()
            self._travel = None

    @property
    def next_due(self) -> float | None:
        """The instant at which something is due next, None when nothing is."""
        return self._due[0][0] if self._due else None

    def run_until(self, instant: float) -> None:
        """Run every task that is due up to `instant`, and leave the clock there."""
        self._require_hub("run_until")
        while self._due and self._due[0][0] <= instant:
            self._run_next()
        self._move_to(max(instant, self.now))

    def run(self, seconds: float) -> None:
        """Run for `seconds` of virtual time."""
        self.run_until(self.now + seconds)

    # -- the inside ----------------------------------------------------------------------------

    @property
    def current(self) -> Task | None:
        """The task that is running now, or None outside all tasks."""
        return self._current

    def spawn(
        self,
        function: Callable[[], Any],
        *,
        name: str,
        environment: Mapping[str, str] | None = None,
        delay_seconds: float = 0.0,
    ) -> Task:
        """Start `function` as a task of its own, `delay_seconds` from now.

        `environment` is the whole process environment the task sees; None keeps the outer one.
        """
        task = Task(name=name, scheduler=self, _variables=_encoded(environment))
        task._greenlet = greenlet(lambda: self._body(task, function), parent=self._hub)
        self._push(self.now + delay_seconds, task, task._wake_token)
        return task

    def call_at(self, instant: float, function: Callable[[], None]) -> None:
        """Call a function that does not wait (it runs in no task) at an instant."""
        self._push(max(instant, self.now), function, 0)

    def sleep(self, seconds: float) -> None:
        """Let `seconds` of virtual time pass. Outside all tasks, runs the others meanwhile."""
        task = self._current
        if task is None:
            self.run(max(seconds, 0.0))
            return
        self._push(self.now + max(seconds, 0.0), task, task._wake_token)
        self._park(task)

    # -- how it works --------------------------------------------------------------------------

    def _push(self, instant: float, item: Task | Callable[[], None], token: int) -> None:
        self._sequence += 1
        heapq.heappush(self._due, (instant, self._sequence, item, token))

    def _run_next(self) -> None:
        instant, _, item, token = heapq.heappop(self._due)
        if not isinstance(item, Task):
            self._move_to(max(instant, self.now))
            item()
            return
        if item.done or token != item._wake_token:
            return
        self._move_to(max(instant, self.now))
        self._enter(item)

    def _enter(self, task: Task, *throw: BaseException) -> None:
        previous, self._current = self._current, task
        self._install(task)
        work = _work_of(task)
        try:
            if throw:
                work.throw(throw[0])
            else:
                work.switch()
        finally:
            self._current = previous
            self._install(previous)

    def _park(self, task: Task) -> None:
        """Give up the thread until somebody wakes this task."""
        self._hub.switch()
        task._wake_token += 1

    def _wait_for(self, target: Task, timeout_seconds: float | None) -> None:
        task = self._current
        if task is None:
            self._run_until_done(target, timeout_seconds)
            return
        target._waiters.append(task)
        if timeout_seconds is not None:
            self._push(self.now + timeout_seconds, task, task._wake_token)
        try:
            self._park(task)
        finally:
            if task in target._waiters:
                target._waiters.remove(task)
        if not target.done:
            raise TaskTimeout(f"{target.name} did not end within {timeout_seconds} s")

    def _run_until_done(self, target: Task, timeout_seconds: float | None) -> None:
        limit = None if timeout_seconds is None else self.now + timeout_seconds
        while not target.done:
            if not self._due:
                raise NothingScheduled(f"{target.name} waits for something that never comes")
            if limit is not None and self._due[0][0] > limit:
                self._move_to(limit)
                raise TaskTimeout(f"{target.name} did not end within {timeout_seconds} s")
            self._run_next()

    def _body(self, task: Task, function: Callable[[], Any]) -> None:
        try:
            task.result = function()
        except GreenletExit as killed:
            task.error = killed if isinstance(killed, TaskKilled) else TaskKilled(task.name)
        except Exception as error:  # noqa: BLE001 - whoever waits for the task is given it
            task.error = error
        finally:
            task.done = True
            for waiter in task._waiters:
                self._push(self.now, waiter, waiter._wake_token)
            task._waiters.clear()

    def _kill(self, task: Task) -> None:
        if task.done:
            return
        if task is self._current:
            raise TaskKilled(task.name)
        work = _work_of(task)
        if not work:  # never started: there is no frame to unwind
            task.done, task.error = True, TaskKilled(task.name)
            return
        work.parent, hub = getcurrent(), self._hub
        self._hub, saved = getcurrent(), hub
        try:
            self._enter(task, TaskKilled(task.name))
        finally:
            self._hub = saved

    def _abandon_all(self) -> None:
        for _, _, item, _ in list(self._due):
            if isinstance(item, Task):
                self._kill(item)
        self._due.clear()

    def _move_to(self, instant: float) -> None:
        if instant == self.now:
            return
        self.now = instant
        if self._travel is not None:
            self._travel.move_to(instant)

    def _install(self, task: Task | None) -> None:
        """Make the environment of `task` that of the process; None means the outer one.

        The mapping behind `os.environ` is exchanged whole: writing each name through `putenv` at
        each of a million switches would cost more than all handlers together.
        """
        own = None if task is None else task._variables
        if own is self._installed:
            return
        if self._installed is None:
            self._outer_variables = _variables()._data
        _variables()._data = self._outer_variables if own is None else own
        self._installed = own

    def _require_hub(self, call: str) -> None:
        if self._current is not None:
            raise RuntimeError(f"{call} was called inside task {self._current.name}; use sleep")


def _work_of(task: Task) -> greenlet:
    if task._greenlet is None:
        raise RuntimeError(f"{task.name} is a promise: it has no work of its own to run or end")
    return task._greenlet


def _encoded(environment: Mapping[str, str] | None) -> dict[bytes, bytes] | None:
    if environment is None:
        return None
    return {os.fsencode(name): os.fsencode(text) for name, text in environment.items()}


def _variables() -> Any:
    """`os.environ`, whose encoded mapping is private but the same in every CPython since 3.1."""
    return os.environ
