"""The operations of a rehearsal, by the class of trust that carries each out. None changes."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from autopilot.procedures.recovery_rehearsal.looking import rehearse
from autopilot.procedures.recovery_rehearsal.planning import plan
from autopilot.procedures.recovery_rehearsal.recording import record
from autopilot.procedures.registry import Operations, Trust

OPERATIONS: Final[Operations] = MappingProxyType(
    {
        Trust.PLAN: {"plan": plan},
        Trust.READ: {"rehearse": rehearse},
        Trust.CHANGE: {},
        Trust.REPORT: {"record": record},
    }
)
