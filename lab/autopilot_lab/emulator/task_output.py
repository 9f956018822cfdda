"""Standard output by task: what a handler prints belongs to its invocation."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from autopilot_lab.emulator.clock import Scheduler

LINES_MAX = 500


class _TaskOutput(io.TextIOBase):
    """Writes to the lines of the current task, or to the stream outside all tasks.

    One object for the whole process, because log handlers keep the stream they were made with.
    """

    def __init__(self) -> None:
        self.scheduler: Scheduler | None = None
        self.outside: TextIO | None = None

    def write(self, text: str) -> int:
        task = self.scheduler.current if self.scheduler is not None else None
        if task is None or "lines" not in task.locals:
            stream = self.outside or sys.__stdout__
            return stream.write(text) if stream is not None else len(text)
        lines: list[str] = task.locals["lines"]
        *whole, task.locals["unfinished"] = (task.locals.get("unfinished", "") + text).split("\n")
        if len(lines) < LINES_MAX:
            lines.extend(whole)
        return len(text)

    def flush(self) -> None:
        if self.outside is not None and not self.outside.closed:
            self.outside.flush()

    def writable(self) -> bool:
        return True


_OUTPUT = _TaskOutput()


@contextmanager
def captured(scheduler: Scheduler) -> Iterator[None]:
    """Send what tasks print to `task.locals["lines"]`, where there is such a list."""
    _OUTPUT.scheduler = scheduler
    stand_in()
    try:
        yield
    finally:
        if sys.stdout is _OUTPUT:
            sys.stdout = _OUTPUT.outside
        _OUTPUT.scheduler = _OUTPUT.outside = None


def stand_in() -> None:
    """Stand in for standard output again, should somebody have replaced it meanwhile."""
    if sys.stdout is not _OUTPUT:
        _OUTPUT.outside, sys.stdout = sys.stdout, _OUTPUT
