"""Requests and time: who waits for whom."""

from __future__ import annotations

import time
from queue import SimpleQueue

from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.wire import Request, Response
from autopilot_lab.serve.exchange import Exchange, Inbox, Stop
from autopilot_lab.serve.loop import Loop, RealPace, StandingPace

START = 1_700_000_000.0
REQUEST = Request("GET", "/", {}, b"")


def test_time_stands_still_but_for_requests() -> None:
    """A request's ten seconds pass at once; what is due after them waits for the next one."""
    inbox: Inbox = SimpleQueue()
    scheduler = Scheduler(start=START)
    happened: list[float] = []

    def answer(_request: Request) -> Response:
        scheduler.sleep(10)
        inbox.put(Stop())
        return Response(200)

    exchange = Exchange(REQUEST)
    inbox.put(exchange)
    with scheduler.running():
        for seconds in (4, 9, 11):
            scheduler.call_at(START + seconds, lambda: happened.append(scheduler.now))
        Loop(scheduler, inbox, answer).run(StandingPace())
    assert exchange.wait() == Response(200)
    assert happened == [START + 4, START + 9]


def test_real_time_passes_by_itself() -> None:
    """A tenth of a second of virtual time takes a tenth of a real one, and not less."""
    inbox: Inbox = SimpleQueue()
    scheduler = Scheduler(start=START)
    begun = time.perf_counter()
    with scheduler.running():
        scheduler.call_at(START + 0.1, lambda: inbox.put(Stop()))
        Loop(scheduler, inbox, lambda _: Response(200)).run(RealPace(START))
        assert time.perf_counter() - begun >= 0.1
        assert scheduler.now >= START + 0.1


def test_whoever_still_waits_at_the_end_is_let_go() -> None:
    """Stopping answers open requests with nothing, so that no connection hangs."""
    inbox: Inbox = SimpleQueue()
    scheduler = Scheduler(start=START)

    def answer(_request: Request) -> Response:
        inbox.put(Stop())
        scheduler.sleep(3600)
        return Response(200)

    exchange = Exchange(REQUEST)
    inbox.put(exchange)
    with scheduler.running():
        Loop(scheduler, inbox, answer).run(RealPace(START))
    assert exchange.wait() is None


def test_a_request_that_breaks_does_not_end_the_lab() -> None:
    """The next request is answered after one whose handling raised."""
    inbox: Inbox = SimpleQueue()
    scheduler = Scheduler(start=START)

    def answer(request: Request) -> Response:
        if request.url == "/broken":
            raise RuntimeError("broken")
        inbox.put(Stop())
        return Response(204)

    broken, whole = Exchange(Request("GET", "/broken", {}, b"")), Exchange(REQUEST)
    inbox.put(broken)
    inbox.put(whole)
    with scheduler.running():
        Loop(scheduler, inbox, answer).run(StandingPace())
    assert broken.wait() is None
    assert whole.wait() == Response(204)
