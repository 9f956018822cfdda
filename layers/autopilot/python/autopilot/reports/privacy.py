"""Takes personal data out of a report before anybody sees it.

A report is sent round and kept. Who did something is told by role or run; what looks like a
person's address, session or device is withheld (GDPR, article 5(1)(c): data minimisation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, Final, TypeVar

from autopilot.domain.allocation import Allocation, VersionedAllocation
from autopilot.domain.personal import unattributed
from autopilot.domain.plan import Plan
from autopilot.domain.switches import SwitchPlan
from autopilot.domain.verdict import Thresholds
from autopilot.reports.model import Report

T = TypeVar("T")

#: Numbers, names of routes and switches, and digests only: nothing in them is about a person, and
#: a plan that was touched would no longer have its digest.
_PLAIN: Final = (Allocation, VersionedAllocation, Plan, SwitchPlan, Thresholds, Enum)


def without_personal_data(report: Report) -> Report:
    """The same report with personal data withheld in every text, and nobody named in `people`."""
    cleaned = _cleaned(report, report.people)
    return replace(cleaned, people=())


def _cleaned(value: T, people: Sequence[str]) -> T:
    cleaned: Any = value
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, str):
        cleaned = unattributed(value, people)
    elif is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: _cleaned(getattr(value, each.name), people) for each in fields(value)}
        cleaned = replace(value, **parts)
    elif isinstance(value, Sequence):
        cleaned = tuple(_cleaned(each, people) for each in value)
    return cleaned  # type: ignore[no-any-return]
