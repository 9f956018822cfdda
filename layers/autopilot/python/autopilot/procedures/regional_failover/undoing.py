"""Puts a failed move back, as far as there is a way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.failover import Kind
from autopilot.domain.switches import ADMISSION, DATABASE, WRITER
from autopilot.procedures.regional_failover.messages import plan_of
from autopilot.procedures.run_messages import cause_of, lease_of

if TYPE_CHECKING:
    from autopilot.domain.switches import SwitchState
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

UNDOING: Final = "undoing"


def undo(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Put back a move that failed. A lost region is not gone back to: what stands stays.

    `undoing` says that a database is still on its way back, and that somebody must look again.
    """
    planned, gate = plan_of(message), dependencies.gate
    if planned.kind is Kind.LOSS:
        said = f"{planned.source} is lost, so nothing goes back to it. {_standing(dependencies)}"
        return {"outcome": "kept", "detail": said}
    held = gate.renew_lease(lease_of(message))
    cause = cause_of(message, "failover")
    gate.undo(held, planned.allocation, cause)
    if planned.turns is None:
        return {"outcome": "undone", "detail": ""}
    turned = gate.turn_back(held, planned.turns, cause, dependencies.switches)
    if waits := [each for each in turned if each.pending]:
        on_their_way = [f"{each.switch} shows {each.shows}: {each.pending}" for each in waits]
        return {"outcome": UNDOING, "detail": "; ".join(on_their_way)}
    left = [f"{each.switch} shows {each.shows}" for each in turned if each.left]
    return {"outcome": "undone", "detail": "; ".join(left)}


def _standing(dependencies: Dependencies) -> str:
    view, switches = dependencies.gate.read(), dependencies.switches
    names = [name for name in (WRITER, DATABASE, ADMISSION) if name in switches]
    shown = {name: switches[name].observe() for name in names}
    said = ", ".join(f"{name} shows {_in_words(state)}" for name, state in shown.items())
    return f"The allocation is {view.allocation}, {said}."


def _in_words(state: SwitchState) -> str:
    return f"{state.value} on its way to {state.heading}" if state.heading else state.value
