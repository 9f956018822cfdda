"""Which data a store says it holds, by its tags, and what the register says of that. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from autopilot.compliance.control import Judgement, judged
from autopilot.domain.compliance_section import Activity
from autopilot.domain.evidence.evidence import Evidence
from autopilot.domain.known import Found

Tags = Found[Mapping[str, str]]

#: Names the activity of the register that a store belongs to.
DATA: Final = "data"
#: `backup: never` marks what must be gone once it is deleted: no backup, no earlier version.
BACKUP: Final = "backup"
NEVER: Final = "never"
#: Data of this class are the tamper-evident trail.
TRAIL: Final = "trail"


def activity_of(tags: Mapping[str, str], evidence: Evidence) -> Activity | None:
    """The activity of the register that a store belongs to; None when it names none of it."""
    activities = evidence.profile.compliance.activities
    return next((one for one in activities if one.data == tags.get(DATA)), None)


def if_personal(
    tags: Tags, evidence: Evidence, judge: Callable[[Activity], Judgement | None]
) -> Judgement | None:
    """Judge a store of personal data that can be read; None for any other."""

    def tagged(read: Mapping[str, str]) -> Judgement | None:
        activity = activity_of(read, evidence)
        return judge(activity) if activity is not None and activity.personal else None

    return judged(tags, tagged)


def unless_erasable(tags: Tags, judge: Callable[[], Judgement | None]) -> Judgement | None:
    """Judge a store unless it is marked `backup: never`."""
    return judged(tags, lambda read: None if read.get(BACKUP) == NEVER else judge())
