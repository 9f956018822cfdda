"""The rooms of the house and the arrows between them, read from every import statement.

Each rule is a function from sources to complaints. It is run over the real tree, and over small
made-up sources that break it, so that a rule which finds nothing is known to be able to.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture import (
    ARROWS,
    FILE_LINES_MAX,
    FUNCTION_LINES_MAX,
    HANDLER_LINES_MAX,
    RULES,
    Rule,
    Source,
    cycles,
    impure_domain,
    lab_loaded_by_the_command,
    not_in_the_layer,
    over_the_walls,
    permits_issued_outside_the_gate,
    unknown_rooms,
    wrong_arrows,
)

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("layers/autopilot/python", "lab", "cli")


def read_source(path: Path, root: Path) -> Source:
    """One file of the tree, named as Python would import it."""
    parts = path.relative_to(root).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    return Source(".".join(parts[:-1] if is_package else parts), path.read_text(), is_package)


@pytest.fixture(scope="module")
def tree() -> list[Source]:
    """Every Python file that is ours and not a test."""
    packages = [
        read_source(path, ROOT / package)
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    ]
    handlers = [read_source(path, ROOT) for path in sorted((ROOT / "functions").rglob("*.py"))]
    return packages + handlers


@pytest.mark.parametrize("rule", RULES)
def test_the_tree_keeps_every_rule(rule: Rule, tree: list[Source]) -> None:
    """No rule has a complaint about the code as it stands."""
    assert rule(tree) == []


def test_the_rules_read_the_whole_house(tree: list[Source]) -> None:
    """An empty list of files would keep every rule."""
    assert {"domain", "gate", "ports", "errors", "lab"} <= {source.room for source in tree}


def test_no_handler_is_in_a_package() -> None:
    """A handler is a file: a package beside it would be a place to hide logic."""
    assert list((ROOT / "functions").rglob("__init__.py")) == []


def lines(count: int) -> str:
    """A source of so many lines."""
    return "pass\n" * count


BROKEN: dict[str, tuple[Rule, list[Source], str]] = {
    "the domain imports the gate": (
        wrong_arrows,
        [Source("autopilot.domain.plan", "from autopilot.gate import lease")],
        "domain may not import autopilot.gate.lease",
    ),
    "the gate imports an adapter by a relative path": (
        wrong_arrows,
        [Source("autopilot.gate.lease", "from ..adapters.clients import client")],
        "gate may not import autopilot.adapters.clients.client",
    ),
    "a package's own file climbs one level less": (
        wrong_arrows,
        [Source("autopilot.gate", "from ..wiring import build", is_package=True)],
        "gate may not import autopilot.wiring.build",
    ),
    "a room is imported from the top package": (
        wrong_arrows,
        [Source("autopilot.ports", "from autopilot import gate")],
        "ports may not import autopilot.gate",
    ),
    "an import hides in a function": (
        wrong_arrows,
        [Source("autopilot.adapters.x", "def f():\n    import autopilot.procedures.ramp")],
        "autopilot.adapters.x:2",
    ),
    "deployed code imports the lab": (
        wrong_arrows,
        [Source("autopilot.wiring", "import autopilot_lab.emulator.clock")],
        "wiring may not import autopilot_lab",
    ),
    "a handler reaches past the wiring": (
        wrong_arrows,
        [Source("functions.plan_runbook.app", "from autopilot.gate.ledger import Gate")],
        "functions may not import autopilot.gate",
    ),
    "the lab imports the command": (
        wrong_arrows,
        [Source("autopilot_lab.drill.run", "from autopilot_cli import main")],
        "lab may not import autopilot_cli.main",
    ),
    "a room for odds and ends": (
        unknown_rooms,
        [Source("autopilot.utils.text", "")],
        "autopilot.utils.text: no such room",
    ),
    "two modules import each other": (
        cycles,
        [
            Source("autopilot.domain.a", "from autopilot.domain.b import thing"),
            Source("autopilot.domain.b", "from autopilot.domain import a"),
        ],
        "autopilot.domain.a → ",
    ),
    "the domain reads the environment": (
        impure_domain,
        [Source("autopilot.domain.profile", "from os import environ")],
        "may not import os.environ",
    ),
    "the domain knows AWS": (
        impure_domain,
        [Source("autopilot.domain.profile", "import botocore.config")],
        "may not import botocore.config",
    ),
    "the domain asks for the time": (
        impure_domain,
        [Source("autopilot.domain.plan", "from datetime import datetime\ndatetime.now()")],
        "autopilot.domain.plan:2: the domain is told the time",
    ),
    "deployed code needs a package that only the lab has": (
        not_in_the_layer,
        [Source("autopilot.reports.page", "import rich")],
        "nothing deployed carries rich",
    ),
    "an adapter writes itself a permit": (
        permits_issued_outside_the_gate,
        [Source("autopilot.adapters.x", "from autopilot.domain.permit import issue_lease")],
        "only the gate uses issue_lease",
    ),
    "the lab writes itself a permit": (
        permits_issued_outside_the_gate,
        [Source("autopilot_lab.drill.run", "import p\np.issue_allocation()")],
        "autopilot_lab.drill.run:2: only the gate uses issue_allocation",
    ),
    "the command loads the lab at once": (
        lab_loaded_by_the_command,
        [Source("autopilot_cli.drill", "import click\nfrom autopilot_lab.drill import runner")],
        "autopilot_cli.drill:2: the command loads the lab",
    ),
    "a handler of many words": (
        over_the_walls,
        [Source("functions.plan_runbook.app", lines(HANDLER_LINES_MAX + 1))],
        "41 lines, at most 40",
    ),
    "a file of many lines": (
        over_the_walls,
        [Source("autopilot_lab.emulator.x", lines(FILE_LINES_MAX + 1))],
        "401 lines, at most 400",
    ),
    "a function of many lines": (
        over_the_walls,
        [Source("autopilot.gate.x", "def f():\n" + "    pass\n" * FUNCTION_LINES_MAX)],
        "autopilot.gate.x.f: 71 lines, at most 70",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_is_complained_about(case: str) -> None:
    """Each rule finds its own made-up breach, and names the place."""
    rule, sources, complaint = BROKEN[case]
    found = rule(sources)
    assert len(found) == 1
    assert complaint in found[0]


ALLOWED = {
    "the gate imports ports, domain and errors": Source(
        "autopilot.gate.x",
        "from autopilot import errors, ports\nfrom autopilot.domain.permit import issue_lease",
    ),
    "the command imports the lab and the package": Source(
        "autopilot_cli.main",
        "from autopilot.domain import profile\ndef drill():\n    import autopilot_lab.drill",
    ),
    "a handler imports handler and wiring": Source(
        "functions.plan_runbook.app", "from autopilot import handler, wiring"
    ),
    "the domain imports itself and pydantic": Source(
        "autopilot.domain.profile", "import tomllib\nimport pydantic\nfrom .allocation import Route"
    ),
}


@pytest.mark.parametrize("case", ALLOWED)
def test_a_kept_rule_is_not_complained_about(case: str) -> None:
    """What the arrows allow passes all rules."""
    assert [complaint for rule in RULES for complaint in rule([ALLOWED[case]])] == []


def test_every_rule_has_a_breach_in_this_file() -> None:
    """A rule without a made-up breach could be one that finds nothing, ever."""
    assert {rule for rule, _, _ in BROKEN.values()} == set(RULES)


def test_every_arrow_leads_to_a_room() -> None:
    """A misspelt room in the table would allow or forbid nothing."""
    named = set().union(*ARROWS.values())
    assert named <= ARROWS.keys()
    assert all(re.fullmatch("[a-z_]+", room) for room in ARROWS)
