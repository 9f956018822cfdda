"""What the state machine subject_erasure asks for, by class of trust.

Three are apart on purpose: who can read a person's data cannot destroy it, who can destroy it
cannot read it, and who tells people can do neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.erasure import Hold
from autopilot.domain.permit import KeyErasure
from autopilot.procedures import approvals
from autopilot.procedures.registry import Operations, Trust
from autopilot.procedures.subject_erasure.approving import look_at_approval, use_approval
from autopilot.procedures.subject_erasure.concluding import conclude
from autopilot.procedures.subject_erasure.disclosing import disclose
from autopilot.procedures.subject_erasure.planning import plan
from autopilot.procedures.subject_erasure.recording import register, report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.procedures.dependencies import Dependencies


def hold(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """Hold a person's data back from erasure, or lift the hold."""
    planned = message["erasure"]
    placed = planned["hold"]
    wanted = Hold.of(placed) if placed else None
    dependencies.gate.erasures.hold(planned["reference"], wanted)
    return {"outcome": "done", "detail": planned["summary"]}


def erase(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """Destroy the keys, after an intent in the ledger, and see that they are gone."""
    planned = message["erasure"]
    if planned["ask"]:
        use_approval(message, dependencies)
    erased = dependencies.gate.erasures.erase(
        dependencies.persons.vault,
        KeyErasure(planned["reference"], str(message["run"])),
        planned["request"],
    )
    return {"begun_ms": erased.standing.begun_ms, "held": erased.held}


OPERATIONS: Final[Operations] = {
    Trust.PLAN: {"plan": plan},
    Trust.READ: {"look_at_approval": look_at_approval},
    Trust.CHANGE: {},
    Trust.ERASE: {
        "hold": hold,
        "use_approval": use_approval,
        "erase": erase,
        "conclude": conclude,
    },
    Trust.DISCLOSE: {"disclose": disclose},
    Trust.REPORT: {
        "register": register,
        "ask_approval": approvals.ask,
        "close_approval": approvals.close,
        "report": report,
    },
}
