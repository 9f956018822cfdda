"""Exit codes of every command."""

from __future__ import annotations

from typing import Final

EXIT_HELD: Final = 0  #: everything that was expected held
EXIT_NOT_HELD: Final = 1  #: the command did its work, and the answer is no
EXIT_BAD_INPUT: Final = 2  #: nothing was done; the message says what to give instead
EXIT_CONTROL_FAILED: Final = 3  #: a compliance control fails, or could not be judged
EXIT_INTERRUPTED: Final = 130  #: stopped by Ctrl-C, as shells report it (128 + SIGINT)
