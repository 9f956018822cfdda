"""Nobody but the gate can make a permit, and a permit is good for one change."""

from __future__ import annotations

import ast
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from autopilot.domain import permit as permits
from autopilot.domain.permit import (
    AllocationPermit,
    Permit,
    RecordPermit,
    issue_allocation,
    issue_record,
)
from autopilot.domain.writes import ConditionalWrite, Set
from autopilot.errors import Inconsistent

ROOT = Path(__file__).resolve().parents[2]
WRITE = ConditionalWrite("ledger", sets=(Set(("version",), 2),))


@pytest.mark.parametrize("kind", [Permit, AllocationPermit, RecordPermit])
def test_a_permit_cannot_be_made_by_hand(kind: type[Permit]) -> None:
    """Whatever is offered as issuer."""
    with pytest.raises(Inconsistent, match="built outside the gate"):
        kind(act="advance", subject=WRITE, issuer=object())


def test_a_permit_cannot_be_changed_or_copied_with_a_change() -> None:
    """It stays what the gate decided."""
    permit = issue_allocation("advance", WRITE)
    with pytest.raises(FrozenInstanceError):
        permit.subject = ConditionalWrite("ledger")  # type: ignore[misc]
    # Python 3.13 has another type of error for an argument that is not given.
    with pytest.raises((ValueError, TypeError), match="issuer"):
        replace(permit, subject=ConditionalWrite("ledger"))  # type: ignore[call-arg]


def test_a_permit_is_good_for_its_own_change_only() -> None:
    """Another write under it is an inconsistency, not a refusal."""
    permit = issue_allocation("advance", WRITE)
    permit.demand(ConditionalWrite("ledger", sets=(Set(("version",), 2),)))
    with pytest.raises(Inconsistent, match="permit for 'advance'"):
        permit.demand(ConditionalWrite("ledger", sets=(Set(("version",), 3),)))


def test_a_record_permit_never_opens_the_ledger_item() -> None:
    """Records that are no effects lie elsewhere."""
    assert issue_record("claim", ConditionalWrite("claim/x")).act == "claim"
    with pytest.raises(Inconsistent, match="a record that is no effect"):
        issue_record("claim", WRITE)


def test_only_the_gate_issues_permits() -> None:
    """Every other file of the deployed package neither imports nor names an `issue_` function."""
    package = ROOT / "layers/autopilot/python/autopilot"
    names = {name for name in dir(permits) if name.startswith("issue_")}
    named = {
        path.relative_to(package).parts[0]
        for path in [*package.rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
        if path != Path(permits.__file__) and names & _names(path)
    }
    assert named <= {"gate"}


def _names(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    return (
        {node.id for node in nodes if isinstance(node, ast.Name)}
        | {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        | {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    )
