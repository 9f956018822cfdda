"""The clock of the machine the code runs on."""

from __future__ import annotations

import time


class SystemClock:
    """Tells Unix milliseconds, and lets them pass."""

    def now_ms(self) -> int:
        """The present instant."""
        return int(time.time() * 1000)

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        time.sleep(seconds)
