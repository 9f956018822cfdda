"""The lab's own thread: takes requests, runs them as tasks, and lets virtual time pass."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from queue import Empty
from typing import Final, Protocol

from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.wire import Request, Response
from autopilot_lab.serve.exchange import Exchange, Inbox, Stop

#: A request is noticed at once; this bounds the wait of a signal handler for its turn.
_PATIENCE_SECONDS: Final = 0.25

#: Answers a request inside its task; None leaves it without an answer.
Answer = Callable[[Request], Response | None]


class Pace(Protocol):
    """How virtual time goes with real time."""

    def horizon(self, *, busy: bool) -> float:
        """The instant up to which the lab may run now; `busy` while requests are open."""
        ...


class RealPace:
    """A second of virtual time for each real one."""

    def __init__(self, start: float) -> None:
        self._ahead = start - time.perf_counter()

    def horizon(self, *, busy: bool) -> float:  # noqa: ARG002 - time passes for everybody alike
        """The present."""
        return self._ahead + time.perf_counter()


class StandingPace:
    """Time stands still, but for requests: they take what they take, at full speed."""

    def horizon(self, *, busy: bool) -> float:
        """The end of time while a request is open, else never."""
        return math.inf if busy else -math.inf


class Loop:
    """Runs the scheduler and the requests until it is told to stop."""

    def __init__(self, scheduler: Scheduler, inbox: Inbox, answer: Answer) -> None:
        self._scheduler = scheduler
        self._inbox = inbox
        self._answer = answer
        self._open: dict[int, Exchange] = {}
        self._requests = 0

    def run(self, pace: Pace) -> None:
        """Serve until a `Stop` comes out of the inbox; what is open then stays unanswered."""
        try:
            while self._take(wait_seconds=self._advance(pace)):
                pass
        finally:
            for exchange in self._open.values():
                exchange.answer(None)

    def _advance(self, pace: Pace) -> float:
        """Run what is due next, if it is time; return for how many seconds nothing will be."""
        horizon = pace.horizon(busy=bool(self._open))
        due = self._scheduler.next_due
        if due is not None and due <= horizon:
            self._scheduler.run_until(due)
            return 0.0
        if math.isfinite(horizon):
            self._scheduler.run_until(horizon)
        return _PATIENCE_SECONDS if due is None else min(due - horizon, _PATIENCE_SECONDS)

    def _take(self, *, wait_seconds: float) -> bool:
        """Start the next request, if one comes in time; False when the lab is to stop."""
        try:
            item = self._inbox.get(timeout=wait_seconds) if wait_seconds else self._inbox.get(False)
        except Empty:
            return True
        if isinstance(item, Stop):
            return False
        self._requests += 1
        number = self._requests
        self._open[number] = item
        self._scheduler.spawn(lambda: self._serve(number, item), name=f"request {number}")
        return True

    def _serve(self, number: int, exchange: Exchange) -> None:
        """The body of a request's task."""
        answer = None
        try:
            answer = self._answer(exchange.request)
        finally:
            del self._open[number]
            exchange.answer(answer)
