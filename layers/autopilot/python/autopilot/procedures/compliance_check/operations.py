"""The operations of the compliance check, by the class of trust that carries each out."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from autopilot.procedures.compliance_check.judging import judge
from autopilot.procedures.compliance_check.recording import record
from autopilot.procedures.registry import Operations, Trust

OPERATIONS: Final[Operations] = MappingProxyType(
    {
        Trust.PLAN: {},
        Trust.READ: {"judge": judge},
        Trust.CHANGE: {},
        Trust.REPORT: {"record": record},
    }
)
