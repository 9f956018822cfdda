"""What follows from a look: respond, watch on, close, or hand over to people. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from autopilot.domain.incident import RESPONSES, Situation
from autopilot.domain.verdict import State

if TYPE_CHECKING:
    from autopilot.domain.incident import Classified, Facts
    from autopilot.domain.incident_section import Incident
    from autopilot.domain.verdict import Verdict
    from autopilot.procedures.incident_response.memory import Memory

ROUNDS_MAX: Final = 3  #: runbooks of one incident: a second route may fail, and a third
#: The reflex's write and the run's first look may come in either order: the reflex gets this long.
REFLEX_SECONDS: Final = 15
_OF_A_ROUTE: Final = frozenset({"traffic_ramp"})  #: runbooks that need to know which route fails
_BY_ADVICE_ONLY: Final = frozenset(
    {Situation.SECURITY_FINDING, Situation.DATA_AT_RISK, Situation.AUTOMATION_FAILING}
)


class Decision(StrEnum):
    """What the machine does next."""

    RESPOND = "respond"  #: run the runbook
    WATCH = "watch"  #: look again
    CLOSE = "close"  #: verified: nothing is wrong any more
    HAND_OVER = "hand_over"  #: people must go on from here


@dataclass(frozen=True, slots=True)
class Step:
    """A decision, and the sentence that explains it."""

    decision: Decision
    outcome: str  #: how the incident ends; empty while it goes on
    summary: str


def is_wrong(memory: Memory, classified: Classified, facts: Facts) -> bool:
    """Whether something is wrong now, rather than contained, left, or not to be measured."""
    if classified.situation is Situation.REGION_LOST and memory.left_region:
        return bool(facts.unhealthy())
    if classified.situation is Situation.PATH_LOST:
        return bool(facts.unhealthy())
    return classified.situation not in {Situation.NOTHING_WRONG, *_BY_ADVICE_ONLY}


def decide(
    memory: Memory, classified: Classified, facts: Facts, settings: Incident, *, now_ms: int
) -> Step:
    """What follows, before anything is verified. Unknown never acts; the watch has an end."""
    if is_wrong(memory, classified, facts):
        return _while_wrong(memory, classified, settings, now_ms)
    if (now_ms - memory.trouble_ms) < needed_quiet_ms(memory, classified, settings):
        return Step(Decision.WATCH, "", "Nothing is wrong now; it has to stay so for a while.")
    return Step(Decision.CLOSE, _ending(memory, classified), "Nothing was wrong for long enough.")


def needed_quiet_ms(memory: Memory, classified: Classified, settings: Incident) -> int:
    """How long nothing must be wrong: longer when something was done, or was wrong before."""
    was_wrong = memory.contained or memory.nested or _was_measured(memory)
    quiet = classified.situation in _BY_ADVICE_ONLY or not was_wrong
    return 60_000 * (settings.quiet_minutes if quiet else settings.verify_minutes)


def verified(step: Step, whole: Verdict, memory: Memory, settings: Incident, now_ms: int) -> Step:
    """The decision to close, once the whole service is surely well over the quiet time."""
    if step.decision is not Decision.CLOSE or step.outcome == "advised":
        return step
    if whole.state is State.HEALTHY:
        return Step(Decision.CLOSE, step.outcome, f"The service is healthy: {whole.reason}.")
    if _is_late(memory, settings, now_ms):
        return Step(Decision.HAND_OVER, "handed_over", f"Not verified: {whole.reason}.")
    return Step(Decision.WATCH, "", f"Not verified yet: {whole.reason}.")


def act_from_ms(memory: Memory, settings: Incident) -> int:
    """No runbook before this instant: what the reflex did must have had time to show."""
    if memory.contained:
        return memory.contained_ms + settings.settle_seconds * 1000
    return memory.begun_ms + REFLEX_SECONDS * 1000


def _while_wrong(memory: Memory, classified: Classified, settings: Incident, now_ms: int) -> Step:
    if _is_late(memory, settings, now_ms):
        minutes = settings.watch_minutes_max
        return Step(Decision.HAND_OVER, "handed_over", f"Still wrong after {minutes} minutes.")
    held_back = _held_back(memory, classified)
    if held_back:
        return Step(Decision.WATCH, "", held_back)
    if classified.situation is not Situation.REGION_LOST and now_ms < act_from_ms(memory, settings):
        return Step(Decision.WATCH, "", "What the reflex did gets time to show.")
    about = f" on {classified.route}" if classified.runbook in _OF_A_ROUTE else ""
    return Step(Decision.RESPOND, "", f"{classified.runbook}{about}.")


def _held_back(memory: Memory, classified: Classified) -> str:
    """Why no runbook is started; empty when one may be."""
    if classified.situation not in RESPONSES.get(classified.runbook, frozenset()):
        return "Nothing is moved: people decide."
    if classified.runbook in _OF_A_ROUTE and classified.route is None:
        return "Nothing is moved: no route surely fails."
    if memory.failed and classified.situation is not Situation.REGION_LOST:
        return "Nothing more is moved: a runbook of this incident failed."
    if done := _done_before(memory, classified):
        return done
    if len(memory.nested) >= ROUNDS_MAX:
        return f"Nothing more is moved: {ROUNDS_MAX} runbooks were run."
    return ""


def _done_before(memory: Memory, classified: Classified) -> str:
    """What is done at most once for an incident, and was."""
    if classified.situation is Situation.REGION_LOST and memory.failed_over:
        return "Nothing more is moved: the region was left already."
    if classified.situation is Situation.BAD_RELEASE and memory.rolled_back:
        return "Nothing more is moved: the release was rolled back already."
    return ""


def _is_late(memory: Memory, settings: Incident, now_ms: int) -> bool:
    return now_ms - memory.begun_ms >= settings.watch_minutes_max * 60_000


def _was_measured(memory: Memory) -> bool:
    return memory.worst is not None and memory.worst.situation not in {
        Situation.NOTHING_WRONG,
        *_BY_ADVICE_ONLY,
    }


def _ending(memory: Memory, classified: Classified) -> str:
    if memory.contained or memory.nested or _was_measured(memory):
        return "mitigated"
    return "advised" if classified.situation in _BY_ADVICE_ONLY else "nothing_wrong"
