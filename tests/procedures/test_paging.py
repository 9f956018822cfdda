"""Somebody is told, once, whatever fails on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time
from typing import Any

import pytest

from autopilot.domain.calendar import BusinessHours, Calendar
from autopilot.domain.notice import Notice
from autopilot.domain.page import Page
from autopilot.domain.permit import Permit
from autopilot.domain.severity import Severity
from autopilot.domain.writes import ConditionalWrite
from autopilot.errors import Transient, Unanswered
from autopilot.gate.gate import Gate
from autopilot.ports import LedgerStore
from autopilot.procedures.paging import SENDING_SECONDS, OncePager
from tests.gate.memory_ledger import MemoryLedger
from tests.gate.service import SettableClock

HOURS = BusinessHours(
    Calendar(working_days=("Monday",), opens=time(9), closes=time(17)), "Europe/Berlin"
)
PAGE = Page(
    key="contain/1",
    thread="incident-1",
    severity=Severity.P0,
    title="contained",
    seen="an alarm",
    done="moved",
    decide="",
)


class Way:
    """A way that works, refuses, or does not answer."""

    def __init__(self, name: str, trouble: type[Transient] | None = None) -> None:
        """Works unless there is trouble."""
        self.name = name
        self.trouble = trouble
        self.told: list[Notice] = []
        self.asked = 0

    def deliver(self, notice: Notice) -> None:
        """Take the notice; a way that does not answer took it all the same."""
        self.asked += 1
        if self.trouble is not Transient:
            self.told.append(notice)
        if self.trouble is not None:
            raise self.trouble(f"{self.name} is in trouble")


class DownLedger(MemoryLedger):
    """A ledger that answers no write."""

    def write(self, write: ConditionalWrite, permit: Permit) -> Mapping[str, Any]:
        """No answer."""
        permit.demand(write)
        raise Transient(write.record)


class Desk:
    """A pager with three ways, over one ledger and clock that other senders may share."""

    def __init__(
        self, *troubles: type[Transient] | None, ledger: LedgerStore | None = None
    ) -> None:
        """Troubles of the ways, in order."""
        self.ledger = ledger or MemoryLedger()
        self.clock = SettableClock()
        self.gate = Gate(self.ledger, self.clock)
        names = ("home", "standby", "channel")
        padded = (*troubles, None, None, None)
        self.ways = [Way(name, trouble) for name, trouble in zip(names, padded, strict=False)]
        self.waited: list[float] = []

    def pager(
        self,
        sender: str = "report/eu-west-1",
        meanwhile: Callable[[], object] = lambda: None,
    ) -> OncePager:
        """The pager of one sender; `meanwhile` happens while it waits."""

        def wait(seconds: float) -> None:
            self.waited.append(seconds)
            self.clock.pass_seconds(seconds)
            meanwhile()

        return OncePager(
            service="hybrid-routing",
            sender=sender,
            channels=self.ways,
            gate=self.gate,
            hours=lambda: HOURS,
            clock=self.clock,
            wait=wait,
        )

    @property
    def asked(self) -> list[int]:
        """How often each way was asked."""
        return [way.asked for way in self.ways]


def record(desk: Desk) -> Mapping[str, Any]:
    """What the ledger keeps of the page."""
    found = desk.gate.find_record("page/contain/1")
    assert found is not None
    return found


def test_the_nearest_topic_is_enough() -> None:
    """The other ways are not asked, and the record says which way it went, when, until when."""
    desk = Desk()
    assert desk.pager().page(PAGE) == "home"
    assert desk.asked == [1, 0, 0]
    kept = record(desk)
    assert (kept["done"], kept["severity"], kept["thread"]) == ("home", "P0", "incident-1")
    assert kept["due_ms"] == desk.clock.now_ms() + 5 * 60_000


@pytest.mark.parametrize("trouble", [Transient, Unanswered])
def test_a_way_in_trouble_is_left_for_the_next(trouble: type[Transient]) -> None:
    """Also one that may have taken the page: a double is better than silence."""
    desk = Desk(trouble, trouble)
    assert desk.pager().page(PAGE) == "channel"
    assert desk.asked == [1, 1, 1]
    assert len(record(desk)["tried"]) == 2


def test_the_same_page_again_tells_nobody_again() -> None:
    """A retried function, a second region and a replayed state all find it told."""
    desk = Desk()
    first = desk.pager().page(PAGE)
    for sender in ("report/eu-west-1", "contain/eu-central-1"):
        desk.clock.pass_seconds(3600)
        assert desk.pager(sender).page(PAGE) == first
    assert desk.asked == [1, 0, 0]


def test_another_page_of_the_same_thread_is_told() -> None:
    """The key is what a page is about."""
    desk = Desk()
    desk.pager().page(PAGE)
    other = Page("ramp/1/done", "incident-1", Severity.P3, "done", "it ended", "", "")
    desk.pager().page(other)
    assert desk.asked == [2, 0, 0]


def test_a_sender_that_died_before_it_told_is_followed() -> None:
    """The next one waits until its turn is over, then tells."""
    desk = Desk()
    dead_ms = desk.clock.now_ms() + SENDING_SECONDS * 1000
    desk.gate.take_turn("page/contain/1", holder="dead", until_ms=dead_ms)
    desk.clock.pass_seconds(1)
    assert desk.pager().page(PAGE) == "home"
    assert desk.waited == [SENDING_SECONDS - 1]
    assert desk.asked == [1, 0, 0]


def test_a_sender_that_is_at_it_is_waited_for() -> None:
    """When it told people meanwhile, nobody hears it twice."""
    desk = Desk()
    until_ms = desk.clock.now_ms() + SENDING_SECONDS * 1000
    desk.gate.take_turn("page/contain/1", holder="other", until_ms=until_ms)

    def told() -> None:
        desk.gate.end_turn("page/contain/1", "standby", {}, holder="other")

    assert desk.pager(meanwhile=told).page(PAGE) == "standby"
    assert desk.asked == [0, 0, 0]


def test_a_page_that_others_keep_taking_is_left_to_them_for_now() -> None:
    """The caller asks again; nothing waits without a bound."""
    desk = Desk()
    desk.gate.take_turn("page/contain/1", holder="a", until_ms=desk.clock.now_ms() + 1000)

    def taken() -> None:
        until_ms = desk.clock.now_ms() + 1000
        desk.gate.take_turn("page/contain/1", holder="b", until_ms=until_ms)

    with pytest.raises(Transient, match="is being told by b"):
        desk.pager(meanwhile=taken).page(PAGE)
    assert desk.asked == [0, 0, 0]


def test_a_page_that_nobody_took_may_be_tried_again_at_once() -> None:
    """The turn is given back, so that a retry need not wait for it."""
    desk = Desk(Transient, Unanswered, Transient)
    with pytest.raises(Transient, match=r"nobody could be told .*home .*standby .*channel"):
        desk.pager().page(PAGE)
    desk.ways[1].trouble = None
    assert desk.pager().page(PAGE) == "standby"
    assert desk.waited == []


def test_a_ledger_that_is_down_holds_no_page_back() -> None:
    """Once is then best effort: whoever asks again tells people again."""
    desk = Desk(Transient, ledger=DownLedger())
    assert desk.pager().page(PAGE) == "standby"
    assert desk.pager().page(PAGE) == "standby"
    assert desk.asked == [2, 2, 0]
    assert desk.waited == []


def test_a_page_says_when_an_answer_is_due() -> None:
    """In the zone of the service, and in UTC."""
    desk = Desk()
    desk.pager().page(PAGE)
    told = desk.ways[0].told[0]
    assert told.due == HOURS.words(desk.clock.now_ms() + 5 * 60_000)
    assert told.due in told.mail


def test_whoever_reached_nobody_does_not_undo_that_another_did() -> None:
    """A slow sender whose turn was taken over, and done, gives nothing back."""
    desk = Desk()
    desk.gate.take_turn("page/contain/1", holder="slow", until_ms=desk.clock.now_ms())
    assert desk.pager().page(PAGE) == "home"
    desk.gate.end_turn("page/contain/1", "", {}, holder="slow")
    assert record(desk)["done"] == "home"
