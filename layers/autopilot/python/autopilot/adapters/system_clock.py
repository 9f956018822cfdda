"""The clock of the machine the code runs on."""

from __future__ import annotations

import time


class SystemClock:
    """Tells Unix milliseconds."""

    def now_ms(self) -> int:
        """The present instant."""
        return int(time.time() * 1000)
