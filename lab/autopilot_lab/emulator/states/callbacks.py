"""Task tokens: states that wait until somebody reports back.

Source: developer guide, "Wait for a callback with task token"; API reference, SendTaskSuccess,
SendTaskFailure, SendTaskHeartbeat.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from autopilot_lab.emulator.clock import Scheduler, TaskTimeout
from autopilot_lab.emulator.states.documents import Document
from autopilot_lab.emulator.states.errors import (
    HEARTBEAT_TIMEOUT,
    TIMEOUT,
    InvalidOutput,
    StatesError,
    TaskDoesNotExist,
    TaskTimedOut,
)
from autopilot_lab.emulator.states.promises import Promise


@dataclass(eq=False)
class Callback:
    """One state that waits for its token; `heard_at` is the last instant it was heard of."""

    token: str
    answer: Promise
    heard_at: float
    open: bool = True

    def wait(
        self, scheduler: Scheduler, timeout_seconds: float | None, heartbeat_seconds: float | None
    ) -> Document:
        """Wait for the report, the time-out, or a heartbeat that does not come.

        Raises `StatesError`: the one that was reported, or `States.Timeout`.
        """
        deadline = None if timeout_seconds is None else scheduler.now + timeout_seconds
        try:
            while True:
                limits = [
                    limit
                    for limit in (
                        deadline,
                        None if heartbeat_seconds is None else self.heard_at + heartbeat_seconds,
                    )
                    if limit is not None
                ]
                try:
                    return self._received(min(limits, default=None), scheduler.now)
                except TaskTimeout:
                    if deadline is not None and scheduler.now >= deadline:
                        raise StatesError(TIMEOUT) from None
                    if scheduler.now >= self.heard_at + (heartbeat_seconds or 0):
                        raise missed_heartbeat() from None
        finally:
            self.open = False

    def _received(self, limit: float | None, now: float) -> Document:
        received: Document = self.answer.wait(None if limit is None else max(0.0, limit - now))
        return received


class Callbacks:
    """The tokens of one engine."""

    def __init__(self, scheduler: Scheduler, seed: int) -> None:
        self._scheduler = scheduler
        self._seed = seed
        self._issued: dict[str, Callback] = {}

    def issue(self) -> Callback:
        """Make a token that nobody can guess and that is the same for the same seed."""
        number = len(self._issued)
        token = hashlib.sha512(f"task token {self._seed} {number}".encode()).hexdigest()
        callback = Callback(token, Promise(self._scheduler, "task token"), self._scheduler.now)
        self._issued[token] = callback
        return callback

    def succeed(self, token: str, output: str) -> None:
        """Let the state that waits for a token go on with a JSON text as its result.

        Raises `TaskDoesNotExist`, `TaskTimedOut`, or `InvalidOutput` for text that is not
        JSON.
        """
        callback = self._open(token)
        try:
            document = Document.parse(output)
        except ValueError as error:
            raise InvalidOutput(f"the output is not JSON: {error}") from error
        callback.answer.settle(document)

    def fail(self, token: str, error: str | None, cause: str | None) -> None:
        """Let the state that waits for a token fail. Raises as `succeed` does."""
        self._open(token).answer.settle(error=StatesError(error or "", cause))

    def heartbeat(self, token: str) -> None:
        """Note that the worker of a token is alive. Raises as `succeed` does."""
        self._open(token).heard_at = self._scheduler.now

    def _open(self, token: str) -> Callback:
        callback = self._issued.get(token)
        if callback is None:
            raise TaskDoesNotExist(f"no state waits for this task token: {token[:16]}...")
        if not callback.open or callback.answer.settled:
            raise TaskTimedOut("the state that waited for this task token has gone on")
        return callback


def missed_heartbeat() -> StatesError:
    """Return the error for a heartbeat that did not come.

    Recorded on AWS as `States.Timeout`; a catcher matches it as `States.HeartbeatTimeout` too.
    """
    return StatesError(TIMEOUT, also_named=(HEARTBEAT_TIMEOUT,))
