"""Tells people once, by the first way that works; rather twice than never.

The ways are tried in order, each once. A way that timed out may have told people: the next one is
tried all the same, because silence is worse than a double, and both carry the same thread and id.
The ledger keeps each recipient from hearing the same page again: `page/<key>` is taken for some
seconds before anything is sent, and ended with the way it went. Who finds it taken waits for
that; who finds that time over takes it over, since its holder may have died before it sent. A
ledger that does not answer never holds a page back: then it is told without that protection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from autopilot.domain.notice import Notice
from autopilot.errors import Transient, Unanswered
from autopilot.gate.records import Turn

if TYPE_CHECKING:
    from autopilot.domain.calendar import BusinessHours
    from autopilot.domain.page import Page
    from autopilot.gate.gate import Gate
    from autopilot.ports import Channel, Clock

#: Longer than all ways take together, each with its time-outs.
SENDING_SECONDS: Final = 12
_ASKED_MAX: Final = 2  #: a turn that another holds runs out before the second time


class OncePager:
    """A `Pager` over several ways."""

    def __init__(
        self,
        *,
        service: str,
        sender: str,
        channels: Sequence[Channel],
        gate: Gate,
        hours: Callable[[], BusinessHours],
        clock: Clock,
        wait: Callable[[float], None],
    ) -> None:
        """`sender`: function and region; `wait`: seconds to let pass, as `time.sleep`."""
        self._service = service
        self._sender = sender
        self._channels = tuple(channels)
        self._gate = gate
        self._hours = hours
        self._clock = clock
        self._wait = wait

    def page(self, page: Page) -> str:
        """Tell people, unless they were told; return the way. Raises `Transient` when none is."""
        turn = self._taken(page)
        if turn.done:
            return turn.done
        notice = self._notice(page)
        way, failures = self._sent(notice)
        self._ended(notice, turn, way, failures)
        if not way:
            message = f"nobody could be told {notice.subject!r}: {'; '.join(failures)}"
            raise Transient(message)
        return way

    def _taken(self, page: Page) -> Turn:
        """The turn to send, ours unless it is done already."""
        for asked in range(1, _ASKED_MAX + 1):
            now_ms = self._clock.now_ms()
            holder = f"{self._sender}/{now_ms}"
            try:
                turn = self._gate.take_turn(
                    _record(page.key), holder=holder, until_ms=now_ms + SENDING_SECONDS * 1000
                )
            except Transient:
                return Turn(holder, now_ms, "")
            if turn.done or turn.holder == holder:
                return turn
            if asked < _ASKED_MAX:
                self._wait_for(turn, now_ms)
        message = f"{page.key} is being told by {turn.holder}: ask again when that is over"
        raise Transient(message)

    def _wait_for(self, turn: Turn, now_ms: int) -> None:
        self._wait(min(max(turn.until_ms - now_ms, 0), SENDING_SECONDS * 1000) / 1000)

    def _notice(self, page: Page) -> Notice:
        hours = self._hours()
        due_ms = hours.response_due(page.severity, self._clock.now_ms())
        return Notice.of(page, service=self._service, due_ms=due_ms, due=hours.words(due_ms))

    def _sent(self, notice: Notice) -> tuple[str, list[str]]:
        """The way the notice went, or "", and what was in the way before."""
        failures = []
        for channel in self._channels:
            try:
                channel.deliver(notice)
            except Unanswered as error:
                failures.append(f"{error}, so the next way was tried too")
            except Transient as error:
                failures.append(str(error))
            else:
                return channel.name, failures
        return "", failures

    def _ended(self, notice: Notice, turn: Turn, way: str, failures: Sequence[str]) -> None:
        """People know already, or nobody does: a ledger that fails now changes neither."""
        fields = {
            "severity": notice.severity.value,
            "thread": notice.thread,
            "due_ms": notice.due_ms,
            "sender": self._sender,
            "tried": tuple(_clipped(failures)),
        }
        try:
            self._gate.end_turn(_record(notice.key), way, fields, holder=turn.holder)
        except Transient:
            return


def _record(key: str) -> str:
    return f"page/{key}"


def _clipped(failures: Sequence[str]) -> Iterator[str]:
    return (failure[:200] for failure in failures)
