"""Single keys from a terminal, without waiting for the end of a line."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from types import TracebackType
from typing import Any, Final, Self

_SUSPEND_OFF: Final = bytes([0])


class Keyboard:
    """The keys pressed on standard input while it is open; none when that is no terminal."""

    def __init__(self) -> None:
        """Look at standard input; change nothing before the keyboard is entered."""
        self.present = sys.stdin is not None and sys.stdin.isatty()
        self._saved: list[Any] | None = None

    def __enter__(self) -> Self:
        """Let the terminal hand over each key at once, and not show it."""
        if self.present:
            self._saved = termios.tcgetattr(sys.stdin)
            tty.setcbreak(sys.stdin)
            self._without_suspend()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the terminal back as it was."""
        if self._saved is not None:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._saved)
            self._saved = None

    def _without_suspend(self) -> None:
        """A suspended view would leave its screen and its settings to the shell."""
        settings = termios.tcgetattr(sys.stdin)
        settings[6][termios.VSUSP] = _SUSPEND_OFF
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, settings)

    def key(self, wait_seconds: float) -> str:
        """The next key within that much real time, or "" when there was none.

        `select` waits in real time, whatever clock `time.sleep` obeys.
        """
        watched = [sys.stdin] if self.present else []
        ready, _, _ = select.select(watched, [], [], max(0.0, wait_seconds))
        if not ready:
            return ""
        pressed = os.read(sys.stdin.fileno(), 1)
        self.present = bool(pressed)  # the terminal is gone when there is nothing to read
        return pressed.decode("ascii", "replace")
