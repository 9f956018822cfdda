"""The operations of the sweep, by the class of trust that carries each out."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from autopilot.procedures.health_sweep.looking import look, look_further, look_over
from autopilot.procedures.health_sweep.recording import record
from autopilot.procedures.registry import Operations, Trust

OPERATIONS: Final[Operations] = MappingProxyType(
    {
        Trust.PLAN: {},
        Trust.READ: {"look": look, "look_further": look_further, "look_over": look_over},
        Trust.CHANGE: {},
        Trust.REPORT: {"record": record},
    }
)
