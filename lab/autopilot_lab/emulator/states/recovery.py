"""Retry and Catch: what a Task, Parallel or Map does about an error.

Source: Amazon States Language specification, "Errors"; developer guide, "Handling errors". The
first retrier that matches counts, each with a count of its own; when it is used up, or none
matches, the first catcher that matches takes over; else the strand fails.
"""

from __future__ import annotations

from collections.abc import Callable

from autopilot_lab.emulator.states.definition import Catcher, Retrier
from autopilot_lab.emulator.states.documents import Document
from autopilot_lab.emulator.states.errors import StatesError, matches
from autopilot_lab.emulator.states.execution import Transition
from autopilot_lab.emulator.states.visit import Visit


def recovering(visit: Visit, attempt: Callable[[], Transition]) -> Transition:
    """Attempt a state's work as often as its retriers allow, then let its catchers try.

    Raises the last error when no catcher takes it.
    """
    attempts: dict[Retrier, int] = {}
    while True:
        try:
            return attempt()
        except StatesError as error:
            retrier = _retrier_for(visit, error, attempts)
            if retrier is None:
                return _caught(visit, error)
            delay = _pause(visit, retrier, attempts)
        visit.retries += 1
        visit.runtime.scheduler.sleep(delay)


def _retrier_for(visit: Visit, error: StatesError, attempts: dict[Retrier, int]) -> Retrier | None:
    for retrier in visit.state.retriers:
        if matches(retrier.error_equals, error):
            return retrier if attempts.get(retrier, 0) < retrier.attempts_max else None
    return None


def _pause(visit: Visit, retrier: Retrier, attempts: dict[Retrier, int]) -> float:
    """Count the attempt and return the seconds to wait before it; FULL jitter draws from 0."""
    used = attempts.get(retrier, 0)
    attempts[retrier] = used + 1
    delay = retrier.delay_seconds(used)
    return visit.runtime.rng.uniform(0, delay) if retrier.full_jitter else delay


def _caught(visit: Visit, error: StatesError) -> Transition:
    catcher = _catcher_for(visit, error)
    if catcher is None:
        raise error
    output = error.output()
    return visit.leave(
        catcher.next,
        bindings=visit.bindings(errorOutput=output),
        default=Document.of(output),
        assign=catcher.assign,
        output=catcher.output,
    )


def _catcher_for(visit: Visit, error: StatesError) -> Catcher | None:
    catchers: tuple[Catcher, ...] = visit.state.catchers
    return next((rule for rule in catchers if matches(rule.error_equals, error)), None)
