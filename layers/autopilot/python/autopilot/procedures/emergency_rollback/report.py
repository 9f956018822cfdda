"""How a rollback ended: whom to page for each outcome; a release that was at fault is bad."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from autopilot.domain.releases import judged_bad
from autopilot.procedures.emergency_rollback.register import RECORD, read_register
from autopilot.procedures.run_report import RunReport

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.run_report import Ended


def _judge(ended: Ended, dependencies: Dependencies) -> None:
    """A release that was left, whereupon the service became well, is bad for good."""
    if ended.outcome == "done":
        register, left = read_register(dependencies), str(ended.about["present"])
        judged = judged_bad(register, left, ended.run)
        dependencies.gate.record(RECORD, {"bad": judged}, once=False)


REPORT: Final = RunReport(
    section="rollback",
    title="emergency rollback",
    paged_as=MappingProxyType(
        {
            "done": "completed",
            "superseded": "undone",
            "refused": "refused",
            "no_good_release": "stopped",
            "undone": "stopped",
            "blind": "stopped",
            "stopped": "stopped",
            "failed": "inconsistent",
            "undo_failed": "inconsistent",
        }
    ),
    quiet=frozenset({"done", "refused"}),
    decisions=MappingProxyType(
        {
            "superseded": "Whether the release should stay as somebody else has set it.",
            "no_good_release": "Which release to go to: put it in place by hand, or repair this.",
            "undone": "What else it can be: the release is what it was before, and still fails.",
            "blind": "Whether the service is well on the release that was put back.",
            "stopped": "How to go on: switches may be half turned, compare them with the plan.",
            "failed": "Whether anything was turned: compare the switches with the plan.",
            "undo_failed": "Nothing yet: the reaper tries again each minute until all is put back.",
        }
    ),
    left_to_reaper=frozenset({"undo_failed"}),
    remember=_judge,
)
