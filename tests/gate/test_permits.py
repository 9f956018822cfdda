"""Only the gate hands out permits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autopilot.domain.permit import AllocationPermit, issue_record
from autopilot.domain.writes import ConditionalWrite, Set
from autopilot.errors import Inconsistent
from tests.gate.service import Service

ISSUES = re.compile(r"\bissue_[a-z]+\b")
DEPLOYED = ("functions", "layers/autopilot/python/autopilot", "cli", "lab")


def test_no_module_outside_the_gate_speaks_of_issuing_a_permit() -> None:
    """Deployed code, the command line and the lab alike; the functions themselves excepted."""
    offenders = [
        str(path)
        for root in DEPLOYED
        for path in Path(root).rglob("*.py")
        if "/gate/" not in str(path)
        and not str(path).endswith("domain/permit.py")
        and ISSUES.search(path.read_text("utf-8"))
    ]
    assert offenders == []


def test_a_permit_is_spent_only_on_the_write_it_was_issued_for(service: Service) -> None:
    """A permit for one record does not open another."""
    permit = issue_record("test", ConditionalWrite("run/1", (Set(("a",), 1),)))
    with pytest.raises(Inconsistent, match="permit for 'test'"):
        service.ledger.write(ConditionalWrite("run/2", (Set(("a",), 1),)), permit)
    assert service.ledger.read("run/2") is None


def test_a_permit_cannot_be_built_outside_its_module() -> None:
    """Not even by accident."""
    with pytest.raises(Inconsistent, match="outside the gate"):
        AllocationPermit(act="advance", subject=None, issuer=object())
