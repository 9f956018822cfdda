"""What goes between the threads that speak HTTP and the one that runs the lab.

Virtual time holds for `time` and `queue.Queue` in every thread of the process; a `SimpleQueue`
waits by the real clock.
"""

from __future__ import annotations

from queue import SimpleQueue
from typing import TypeAlias

from autopilot_lab.emulator.wire import Request, Response


class Exchange:
    """One request on its way to the lab, and its answer on the way back."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._answers: SimpleQueue[Response | None] = SimpleQueue()

    def answer(self, response: Response | None) -> None:
        """Send the answer; None closes the connection without one. Only the first counts."""
        self._answers.put(response)

    def wait(self) -> Response | None:
        """Wait, in real time, for the answer."""
        return self._answers.get()


class Stop:
    """Put into the inbox to end the lab."""


Inbox: TypeAlias = SimpleQueue[Exchange | Stop]
