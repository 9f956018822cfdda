"""How a ramp ended: whom to page for each outcome."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from autopilot.procedures.run_report import RunReport

REPORT: Final = RunReport(
    section="ramp",
    title="traffic ramp",
    paged_as=MappingProxyType(
        {
            "done": "completed",
            "mitigated": "completed",
            "superseded": "completed",
            "denied": "completed",
            "void": "completed",
            "expired": "refused",
            "refused": "refused",
            "undone": "undone",
            "blind": "stopped",
            "stopped": "stopped",
            "failed": "inconsistent",
            "undo_failed": "inconsistent",
        }
    ),
    quiet=frozenset({"done", "mitigated", "superseded", "refused"}),
)
