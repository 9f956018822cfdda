"""The operations of a restore, by the class of trust that carries each out."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from autopilot.procedures import approvals
from autopilot.procedures.ledger_restore.copying import (
    look_at_copy,
    make_copy,
    remove_copy,
    verify_copy,
)
from autopilot.procedures.ledger_restore.looking import look, look_at_approval, verify_restored
from autopilot.procedures.ledger_restore.putting_back import put_back, put_records, stop
from autopilot.procedures.ledger_restore.report import report
from autopilot.procedures.registry import Operations, Trust

OPERATIONS: Final[Operations] = MappingProxyType(
    {
        Trust.PLAN: {},
        Trust.READ: {
            "look": look,
            "look_at_approval": look_at_approval,
            "verify_restored": verify_restored,
        },
        Trust.CHANGE: {},
        Trust.RESTORE: {
            "make_copy": make_copy,
            "look_at_copy": look_at_copy,
            "verify_copy": verify_copy,
            "stop": stop,
            "put_records": put_records,
            "put_back": put_back,
            "remove_copy": remove_copy,
        },
        Trust.REPORT: {
            "report": report,
            "ask_approval": approvals.ask,
            "close_approval": approvals.close,
        },
    }
)
