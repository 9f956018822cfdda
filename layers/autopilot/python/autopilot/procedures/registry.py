"""Finds a runbook's operation by name, and refuses one that the caller's class of trust lacks.

One Lambda function for each class of trust carries out all runbooks, each with the rights of its
class and no more. A new runbook adds a module and its name here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib import import_module
from typing import Any, Final, TypeAlias

from autopilot.domain.personal import shown
from autopilot.errors import BadInput, Problem
from autopilot.procedures.dependencies import Dependencies

Message: TypeAlias = Mapping[str, Any]
Operation: TypeAlias = Callable[[Message, Dependencies], Mapping[str, Any]]


class Trust(StrEnum):
    """What an operation may do, and so which function carries it out."""

    PLAN = "plan"  #: reads, computes a plan
    READ = "read"  #: reads, judges
    CHANGE = "change"  #: changes the service, through the gate
    REPORT = "report"  #: pages people, writes records that are no effects
    ERASE = "erase"  #: destroys keys of persons; cannot read what they open
    ARCHIVE = "archive"  #: moves what is sealed into the archive; destroys what has ended
    RESTORE = "restore"  #: makes copies of the ledger; puts one back, through the gate
    DISCLOSE = "disclose"  #: reads what is held about a person; changes nothing


Operations: TypeAlias = Mapping[Trust, Mapping[str, Operation]]

_MODULES: Final[Mapping[str, str]] = {
    "audit_archive": "autopilot.procedures.audit_archive.operations",
    "compliance_check": "autopilot.procedures.compliance_check.operations",
    "emergency_rollback": "autopilot.procedures.emergency_rollback.operations",
    "health_sweep": "autopilot.procedures.health_sweep.operations",
    "incident_response": "autopilot.procedures.incident_response.operations",
    "ledger_restore": "autopilot.procedures.ledger_restore.operations",
    "preflight": "autopilot.procedures.preflight.operations",
    "recovery_rehearsal": "autopilot.procedures.recovery_rehearsal.operations",
    "regional_failover": "autopilot.procedures.regional_failover.operations",
    "subject_erasure": "autopilot.procedures.subject_erasure.operations",
    "traffic_ramp": "autopilot.procedures.traffic_ramp.operations",
}


def carry_out(trust: Trust, message: Any, dependencies: Dependencies) -> Mapping[str, Any]:
    """Carry out the operation that `message` names; raise `BadInput` when there is none."""
    if not isinstance(message, Mapping):
        problem = Problem("message", "an object with runbook and operation", shown(message))
        raise _refused([problem])
    operations = _operations(str(message.get("runbook"))).get(trust, {})
    operation = operations.get(str(message.get("operation")))
    if operation is None:
        expected = f"one of {', '.join(sorted(operations)) or 'none'}"
        raise _refused([Problem("operation", expected, shown(message.get("operation")))])
    return operation(message, dependencies)


def _operations(runbook: str) -> Operations:
    if runbook not in _MODULES:
        expected = f"one of {', '.join(sorted(_MODULES))}"
        raise _refused([Problem("runbook", expected, shown(runbook))])
    operations: Operations = import_module(_MODULES[runbook]).OPERATIONS
    return operations


def _refused(problems: list[Problem]) -> BadInput:
    advice = "Start the state machine of the runbook; it sends the messages."
    return BadInput("a machine's message", problems, advice)
