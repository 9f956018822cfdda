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
    decisions=MappingProxyType(
        {
            "undone": "Where else the traffic may go: the allocation is what it was before.",
            "blind": "Whether the last step holds: the allocation stays where it is.",
            "stopped": "How to go on: the allocation stays where the last step put it.",
            "failed": "Whether to start it again: nobody could be asked, or no lease taken.",
            "undo_failed": "Where the traffic shall go: ramp it by hand, nothing puts it back.",
        }
    ),
)
