"""Plays a case: once cleanly, to learn its points, then with one thing going wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from autopilot_lab.assurance.aftermath import LEVER_HOLDS, look
from autopilot_lab.assurance.bench import START, Bench
from autopilot_lab.assurance.case import Case
from autopilot_lab.assurance.invariants import broken_by
from autopilot_lab.assurance.point import ON_CALLS, ON_PROCESSES, ON_STATES, Blow, Point
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.faults import Fault
from autopilot_lab.emulator.states import Execution

_LOOK_EVERY_SECONDS: Final = 30.0
OUTAGE_SECONDS: Final = 300.0  #: longer than any retries and any lease


@dataclass
class _Callers:
    """Who invoked the function that makes a call, from the log of invocations."""

    bench: Bench
    _known: dict[str, str] = field(default_factory=dict)
    _read: int = 0

    def of(self, invocation: str) -> str:
        """The caller of an invocation; empty for a call that is made in none."""
        log = self.bench.aws.log
        for index in range(self._read, len(log)):
            event = log[index]
            if event["kind"] == "invocation":
                self._known[event["invocation"]] = event["caller"]
        self._read = len(log)
        return self._known.get(invocation, "")


def points_of(bench: Bench, case: Case) -> list[Point]:
    """Play `case` cleanly and name everything that can go wrong in it.

    Raises `AssertionError` when the clean run itself breaks an invariant: then no point says
    anything.
    """
    calls, states = _Counted(bench, case), _States(bench, case)
    found = _play(bench, case)
    if found:
        raise AssertionError(f"{case.name} does not hold without any fault: {found}")
    return [*calls.points(), *states.points()]


def strike(bench: Bench, case: Case, point: Point) -> list[str]:
    """Play `case` with `point`; return what did not hold, in words."""
    if point.blow in ON_STATES:
        _States(bench, case, point)
    else:
        _fault(bench, case, point)
    return _play(bench, case)


def _play(bench: Bench, case: Case) -> list[str]:
    case.begin(bench)
    at_rest = _run_to_rest(bench, case)
    if case.afterwards is not None:
        case.afterwards(bench)
        at_rest = _run_to_rest(bench, case) and at_rest
    aftermath = look(bench, by_hand=case.by_hand, came_to_rest=at_rest)
    return [*broken_by(aftermath), *case.check(aftermath)]


def _run_to_rest(bench: Bench, case: Case) -> bool:
    """Let time pass until nothing has been going on for the case's quiet time."""
    scheduler = bench.aws.scheduler
    begun = quiet_since = scheduler.now
    while scheduler.now < begun + case.horizon_seconds:
        scheduler.run(_LOOK_EVERY_SECONDS)
        if _is_busy(bench):
            quiet_since = scheduler.now
        elif scheduler.now - quiet_since >= case.quiet_seconds:
            return True
    return False


def _is_busy(bench: Bench) -> bool:
    if any(execution.running for execution in bench.aws.engine.list()):
        return True
    view = bench.installation.gate.read()
    held = bool(view.lease.holder) and not view.lever.engaged
    return held or any(True for _ in view.journal())


class _Counted:
    """Watches the calls that are the case's own, in a clean run."""

    def __init__(self, bench: Bench, case: Case) -> None:
        self._bench, self._case = bench, case
        self._callers = _Callers(bench)
        self.seen: list[Call] = []
        bench.aws.faults.add(Fault(when=self._see))

    def _see(self, call: Call) -> bool:
        if _is_own(call, self._case, self._callers, self._bench):
            self.seen.append(call)
        return False

    def points(self) -> Iterator[Point]:
        """Every blow on every call."""
        for number, call in enumerate(self.seen, start=1):
            place = f"{call.service}:{call.operation} by {call.caller}"
            for blow in (*ON_CALLS, *(ON_PROCESSES if call.invocation else ())):
                yield Point(self._case.name, number, blow, lasting=False, place=place)
            for blow in ON_CALLS:
                yield Point(self._case.name, number, blow, lasting=True, place=place)


class _States:
    """Watches the states that the case's run leaves; at the point's, does what it says."""

    def __init__(self, bench: Bench, case: Case, point: Point | None = None) -> None:
        self._bench, self._case, self._point = bench, case, point
        self.left: list[str] = []
        lifecycle = bench.aws.engine._lifecycle
        tell = lifecycle._on_event

        def listen(execution: Execution, event: dict[str, Any]) -> None:
            if tell is not None:
                tell(execution, event)
            self._hear(execution, event)

        lifecycle._on_event = listen

    def points(self) -> Iterator[Point]:
        """Every blow after every state."""
        for number, state in enumerate(self.left, start=1):
            for blow in ON_STATES:
                yield Point(self._case.name, number, blow, place=state)

    def _hear(self, execution: Execution, event: Mapping[str, Any]) -> None:
        kind = str(event["type"])
        if execution.name != self._case.run or not kind.endswith("StateExited"):
            return
        self.left.append(str(event["stateExitedEventDetails"]["name"]))
        if self._point is not None and len(self.left) == self._point.number:
            self._do(execution, self._point.blow)

    def _do(self, execution: Execution, blow: Blow) -> None:
        """At this very instant, but not inside the engine's own step."""
        scheduler = self._bench.aws.scheduler
        act = self._stop if blow is Blow.STOPPED else self._engage
        scheduler.call_at(scheduler.now, lambda: act(execution))

    def _stop(self, execution: Execution) -> None:
        self._bench.aws.engine.stop(execution.arn)

    def _engage(self, _: Execution) -> None:
        self._bench.installation.gate.engage_lever(by="an operator", reason="assurance")
        self._bench.aws.log.add(LEVER_HOLDS)


def _fault(bench: Bench, case: Case, point: Point) -> None:
    """The point's fault, on the case's own call of that number.

    A lasting one strikes every own call of that operation for `OUTAGE_SECONDS` from then on.
    """
    callers, struck = _Callers(bench), _Struck(point)

    def when(call: Call) -> bool:
        own = _is_own(call, case, callers, bench)
        return own and struck.by(call, bench.aws.scheduler.now)

    bench.aws.faults.add(Fault(kind=point.blow.value, when=when))


@dataclass
class _Struck:
    """Counts own calls, and knows which of them are struck."""

    point: Point
    counted: int = 0
    operation: tuple[str, str] | None = None
    until: float = 0.0

    def by(self, call: Call, now: float) -> bool:
        """Count `call`; say whether it is struck."""
        self.counted += 1
        this = (call.service, call.operation)
        if self.counted == self.point.number:
            self.operation, self.until = this, now + OUTAGE_SECONDS
            return True
        return self.point.lasting and this == self.operation and now < self.until


def _is_own(call: Call, case: Case, callers: _Callers, bench: Bench) -> bool:
    if bench.aws.scheduler.now < START + case.from_seconds:
        return False
    return case.owns(call.caller, callers.of(call.invocation))
