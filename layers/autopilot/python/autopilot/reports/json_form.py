"""A report as JSON, for other programs. Instants are seconds since `started_ms`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Final

from autopilot.domain.allocation import Allocation, VersionedAllocation
from autopilot.domain.plan import Plan
from autopilot.domain.switches import SwitchPlan
from autopilot.reports.model import Report
from autopilot.reports.privacy import without_personal_data

FORMAT: Final = "runbook-autopilot/report/1"
_DECIMALS: Final = 3


def to_json(report: Report) -> str:
    """One object, with a line end; the same report always gives the same bytes."""
    plain = {"format": FORMAT, **_plain(without_personal_data(report))}
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def _plain(value: object) -> Any:
    if isinstance(value, VersionedAllocation):
        return {
            "epoch": value.epoch,
            "version": value.version,
            "allocation": value.allocation.to_dict(),
        }
    if isinstance(value, Allocation | Plan | SwitchPlan):
        return value.to_dict()
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return round(value, _DECIMALS) if isinstance(value, float) else value
