"""The cases of every runbook, by the name that `autopilot assure` takes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from autopilot_lab.assurance.case import Case
from autopilot_lab.assurance.cases import (
    alarms,
    failovers,
    incidents,
    ramps,
    restores,
    rollbacks,
    tending,
)

#: A runbook registers its cases here.
CASES: Final[Mapping[str, tuple[Case, ...]]] = MappingProxyType(
    {
        "contain_route": alarms.CASES,
        "emergency_rollback": rollbacks.CASES,
        "incident_response": incidents.CASES,
        "ledger_restore": restores.CASES,
        "regional_failover": failovers.CASES,
        "tend_ledger": tending.CASES,
        "traffic_ramp": ramps.CASES,
    }
)
