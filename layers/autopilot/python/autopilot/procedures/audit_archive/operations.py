"""What the state machine audit_archive asks for, by class of trust."""

from __future__ import annotations

from typing import Final

from autopilot.procedures.audit_archive.ending import end, tidy
from autopilot.procedures.audit_archive.moving import move
from autopilot.procedures.audit_archive.planning import plan
from autopilot.procedures.audit_archive.recording import hold, report
from autopilot.procedures.audit_archive.reviewing import review
from autopilot.procedures.registry import Operations, Trust

OPERATIONS: Final[Operations] = {
    Trust.PLAN: {"plan": plan, "review": review},
    Trust.READ: {},
    Trust.CHANGE: {},
    Trust.ARCHIVE: {"move": move, "end": end, "tidy": tidy},
    Trust.REPORT: {"hold": hold, "report": report},
}
