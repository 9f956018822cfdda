"""The live view: shows a drill in a terminal at a pace that people can follow."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from time import perf_counter
from types import FrameType, TracebackType
from typing import Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from autopilot_lab.drill.live.gathering import Gathering
from autopilot_lab.drill.live.keyboard import Keyboard
from autopilot_lab.drill.live.moment import SLICE_SECONDS, Moment
from autopilot_lab.drill.live.pace import Pace
from autopilot_lab.drill.live.screen import COLUMNS_MIN, ROWS_MIN, Controls, screen
from autopilot_lab.drill.reading import ReadScenario
from autopilot_lab.drill.story import clock

_FRAME_SECONDS: Final = 1 / 12
_IDLE_SECONDS: Final = 0.5  #: between two looks at the keyboard while time is stopped
_DEBT_SECONDS: Final = 0.25  #: a pace that the machine cannot keep is not made up for
#: A terminal that knows them shows each frame at once; every other one ignores them.
_BEGIN_FRAME: Final = "\x1b[?2026h"
_END_FRAME: Final = "\x1b[?2026l"
_INSTALLING: Final = " installing the product's own templates into the embedded AWS …"


def can_show(console: Console) -> bool:
    """Whether standard output is a terminal that is able, and large enough, for the view."""
    able = console.file.isatty() and not console.is_dumb_terminal
    unicode = (console.encoding or "").lower().startswith("utf")
    return able and unicode and console.width >= COLUMNS_MIN and console.height >= ROWS_MIN


class LiveView:
    """Shows the moments it is called with; as a context manager it owns the terminal."""

    def __init__(self, read: ReadScenario, console: Console, *, speed: float | None) -> None:
        """`speed` is in virtual seconds per real second; 0 for no waiting, None to choose."""
        self.reached = float("-inf")  #: the second of the drill that was looked at last
        self._read = read
        self._console = console
        self._pace = Pace(
            speed=speed,
            horizon=read.scenario.horizon,
            expected=[event.at for event in read.scenario.timeline],
        )
        self._keyboard = Keyboard()
        self._gathering: Gathering | None = None
        self._due = self._drawn = 0.0  #: real instants: of the next slice, of the last frame
        self._in_slice = False
        self._stop: BaseException | None = None
        self._signals, self._terminal = ExitStack(), ExitStack()
        self._live: Live | None = None

    @property
    def where(self) -> str:
        """How far the drill had come, in words."""
        if self.reached < 0:
            return "before it began"
        return f"at {clock(self.reached)} of {clock(self._read.scenario.horizon)}"

    # -- the terminal ------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Take the terminal, and say that the product is being installed."""
        for number in (signal.SIGINT, signal.SIGTERM):
            before = signal.signal(number, self._on_signal)
            self._signals.callback(signal.signal, number, before)
        with ExitStack() as opening:
            opening.enter_context(self._keyboard)
            self._live = opening.enter_context(_live(self._console))
            self._terminal = opening.pop_all()
        self._show([Text(f" {self._read.scenario.title}", style="bold"), Text(_INSTALLING)])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the terminal back as it was."""
        self._leave()
        self._signals.close()
        if self._stop is not None and error is None:
            raise self._stop

    def _leave(self) -> None:
        """Give the terminal back; the drill may go on."""
        self._live = None
        self._terminal.close()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        """Stop between two slices: an exception must not surface inside a simulated function.

        Whoever asks twice does not want to wait for that.
        """
        asked_before = self._stop is not None
        self._stop = KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number)
        if asked_before or not self._in_slice:
            raise self._stop

    # -- moments -----------------------------------------------------------------------------------

    def __call__(self, moment: Moment) -> None:
        """Look, show it when a frame is due, and let real time pass."""
        self._in_slice = False
        if self._stop is not None:
            raise self._stop
        self.reached = moment.second
        if self._live is not None:
            self._watch(moment)
        self._in_slice = True

    def _watch(self, moment: Moment) -> None:
        gathering = self._gathering = self._gathering or Gathering(moment)
        if gathering.look(moment):
            self._pace.note_news(moment.second)
        rate = self._rate(moment, gathering)
        wait = 0.0 if rate is None else SLICE_SECONDS / rate
        self._due = max(self._due, perf_counter() - _DEBT_SECONDS) + wait
        if rate is None:
            self._due = perf_counter()
        self._draw(moment, gathering)
        while self._heed(self._keyboard.key(self._wait_seconds())):
            self._draw(moment, gathering)

    def _wait_seconds(self) -> float:
        return _IDLE_SECONDS if self._pace.paused else self._due - perf_counter()

    def _rate(self, moment: Moment, gathering: Gathering) -> float | None:
        return self._pace.rate(moment.second, is_run_open=gathering.is_run_open)

    def _heed(self, key: str) -> bool:
        """Do what the key says; say whether this moment is to be shown any longer."""
        if key in _KEYS:
            _KEYS[key](self._pace)
            self._drawn = 0.0
        elif key == _SKIP:
            self._leave()
        return self._live is not None and self._wait_seconds() > 0

    def _draw(self, moment: Moment, gathering: Gathering) -> None:
        if self._live is None or perf_counter() - self._drawn < _FRAME_SECONDS:
            return
        self._drawn = perf_counter()
        controls = Controls(
            self._rate(moment, gathering), self._pace.paused, self._keyboard.present
        )
        size = self._console.size
        self._show(screen(gathering.scene(moment), controls, size.width, size.height))

    def _show(self, lines: Sequence[Text]) -> None:
        if self._live is not None:
            self._console.file.write(_BEGIN_FRAME)
            self._live.update(Group(*lines), refresh=True)
            self._console.file.write(_END_FRAME)
            self._console.file.flush()


def _live(console: Console) -> Live:
    """Refreshed by hand: a thread of its own would look while the drill moves."""
    return Live(
        console=console,
        screen=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )


_SKIP: Final = "q"
_KEYS: Final[Mapping[str, Callable[[Pace], None]]] = {
    "+": Pace.faster,
    "=": Pace.faster,  # the same key without shift
    "-": Pace.slower,
    " ": Pace.pause_or_go_on,
}
