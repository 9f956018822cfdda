"""Whether the whole load could move to this region, if the other were lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from autopilot.domain.health_score import Finding
from autopilot.domain.preflight import Answer
from autopilot.domain.severity import Severity
from autopilot.domain.verdict import State

if TYPE_CHECKING:
    from autopilot.domain.preflight import Check, Preflight

#: What stands in the way only at this moment: a sweep is made while all is well, by day or night.
_OF_THE_MOMENT: Final = frozenset({"lease", "stop-lever", "calendar", "orchestrator"})


def findings(preflight: Preflight) -> Iterator[Finding]:
    """One for each NO-GO, and one that says GO when there is none.

    What could not be read is unknown, as everywhere in a sweep: it stands in the way of a move, but
    shows no harm.
    """
    against = [check for check in preflight.with_answer(Answer.NO_GO) if _lasts(check)]
    yield from (_finding(preflight, check) for check in against)
    if not against:
        warnings = len(preflight.with_answer(Answer.WARN))
        said = f"the load could move here: {len(preflight.checks)} checks, {warnings} warnings"
        yield Finding("preflight", preflight.target, State.HEALTHY, said)


def _lasts(check: Check) -> bool:
    return check.kind not in _OF_THE_MOMENT or not check.is_read


def _finding(preflight: Preflight, check: Check) -> Finding:
    state = State.UNHEALTHY if check.is_read else State.UNKNOWN
    said = f"NO-GO: {check.observed}, wanted {check.limit}: {check.reason}"
    subject = f"{preflight.target} {check.name}"
    return Finding("preflight", subject, state, said, Severity.P2, check.to_json())
