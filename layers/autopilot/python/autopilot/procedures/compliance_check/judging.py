"""Reads the account and the ledger, and lets the controls judge them. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autopilot.compliance.check import assess, chosen
from autopilot.domain.evidence.evidence import Evidence
from autopilot.domain.instants import day_of
from autopilot.procedures.compliance_check.history import day_record
from autopilot.procedures.compliance_check.records import read_records
from autopilot.procedures.compliance_check.request import read_compliance

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message


def judge(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Carry out the controls that were asked for; say so when this day's check is done already."""
    request = read_compliance(message, dependencies)
    controls = chosen(request.controls)
    now_ms = dependencies.clock.now_ms()
    day = day_of(now_ms)
    if request.once_a_day and dependencies.gate.find_record(day_record(day)) is not None:
        return {"mode": request.mode, "records": False, "day": day, "done_already": True}
    evidence = Evidence(
        account=dependencies.compliance.account.read(),
        records=read_records(dependencies.gate, now_ms),
        profile=dependencies.profile,
        now_ms=now_ms,
    )
    # A part of the controls is an answer to somebody, and no day's check.
    records = request.mode == "execute" and not request.controls
    return {"mode": request.mode, "records": records, **assess(evidence, controls).to_dict()}
