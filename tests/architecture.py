"""The rooms of the house and the arrows between them, as rules over sources.

A rule is a function from sources to complaints; each complaint names the place.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

HANDLER_LINES_MAX = 40
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 400

INNER = {"ports", "persons", "archives", "domain", "errors"}
ARROWS: dict[str, set[str]] = {
    "functions": {"handler", "wiring", "vantage", "errors"},
    "vantage": {"wiring", "procedures"},
    "wiring": {
        *("environment", "trail_wiring", "archive_wiring", "compliance_wiring", "custody"),
        "recovery_wiring",
        *("procedures", "gate", "adapters"),
        *INNER,
    },
    "environment": set(),
    "trail_wiring": {"archive_wiring", "procedures", "gate", "audit", "adapters", *INNER},
    "compliance_wiring": {"environment", "adapters", "compliance", "reports", *INNER},
    "recovery_wiring": {"environment", "archive_wiring", "adapters", "audit", "reports", *INNER},
    "custody": {"archive_wiring", "gate", "adapters", "audit", *INNER},
    "archive_wiring": {"adapters", "audit", *INNER},
    "handler": INNER,
    "procedures": {"gate", "audit", "compliance", *INNER},
    "gate": INNER,
    "adapters": INNER,
    "audit": INNER,
    "compliance": INNER,
    "signals": INNER,
    "reports": INNER,
    "ports": {"domain", "errors"},
    "persons": {"ports", "domain", "errors"},
    "archives": {"ports", "domain", "errors"},
    "domain": {"errors"},
    "errors": set(),
}
OUTSIDE = {"lab", "cli"}  #: never deployed; may import all of `autopilot`

IMPURE = {"os", "time", "random", "secrets", "uuid", "socket", "subprocess", "threading"}
TELLS_THE_TIME = {"now", "utcnow", "today"}
PURE_PACKAGES = {"pydantic", "pydantic_core", "rfc8785"}
IN_LAYER_OR_RUNTIME = PURE_PACKAGES | {
    "aws_lambda_powertools",
    "aws_xray_sdk",
    "backports",
    "boto3",
    "botocore",
    "cryptography",
    "jinja2",
    "markupsafe",
    "urllib3",
}


@dataclass(frozen=True)
class Source:
    """One Python file: its dotted module name and its text."""

    module: str
    text: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text)

    @property
    def room(self) -> str:
        """The room it is in: `gate` of `autopilot.gate.lease`, `lab` of all of the lab."""
        return room_of(self.module) or self.module


@dataclass(frozen=True)
class Import:
    """One imported name: `from a.b import c` is `a.b.c` (a module or a name in one)."""

    source: Source
    name: str
    line: int

    @property
    def top(self) -> str:
        """The outermost package."""
        return self.name.partition(".")[0]

    @property
    def where(self) -> str:
        """Module and line, for a complaint."""
        return f"{self.source.module}:{self.line}"


Rule: TypeAlias = Callable[[Sequence[Source]], list[str]]


def room_of(name: str) -> str | None:
    """The room of a dotted name of ours, None for anybody else's and for `autopilot` itself."""
    top, _, rest = name.partition(".")
    if top == "autopilot":
        return rest.partition(".")[0] or None
    return {"functions": "functions", "autopilot_lab": "lab", "autopilot_cli": "cli"}.get(top)


def imports_of(source: Source) -> Iterator[Import]:
    """Every import of a file, wherever it stands in it."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (Import(source, alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(source, node)
            for alias in node.names:
                yield Import(source, f"{base}.{alias.name}", node.lineno)


def absolute(source: Source, node: ast.ImportFrom) -> str:
    """The module that a `from` names, relative ones resolved."""
    if node.level == 0:
        return node.module or ""
    parts = source.module.split(".")
    climb = node.level - source.is_package
    package = parts[: len(parts) - climb]
    return ".".join([*package, *filter(None, [node.module])])


def wrong_arrows(sources: Sequence[Source]) -> list[str]:
    """Imports from a room into one that no arrow leads to."""
    return [
        f"{imported.where}: {imported.source.room} may not import {imported.name}"
        for imported in every_import(sources)
        if not may_import(imported.source.room, room_of(imported.name))
    ]


def may_import(room: str, other: str | None) -> bool:
    """Whether an arrow leads from `room` to `other` (its own room always)."""
    if other is None or other == room:
        return True
    if room in OUTSIDE:
        return other != "functions" and (room, other) != ("lab", "cli")
    return other in ARROWS.get(room, set())


def unknown_rooms(sources: Sequence[Source]) -> list[str]:
    """Modules in a room that the house does not have: `utils`, `common` and their like."""
    known = ARROWS.keys() | OUTSIDE
    return [
        f"{source.module}: no such room"
        for source in sources
        if source.module != "autopilot" and source.room not in known
    ]


def cycles(sources: Sequence[Source]) -> list[str]:
    """One circle of imports between modules, if there is any."""
    modules = {source.module for source in sources}
    graph: dict[str, set[str]] = {source.module: set() for source in sources}
    for imported in every_import(sources):
        target = longest_known(imported.name, modules)
        if target is not None and target != imported.source.module:
            graph[imported.source.module].add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [" → ".join(error.args[1])]
    return []


def longest_known(name: str, modules: set[str]) -> str | None:
    """The module that an imported name is, or lies in."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or None


def impure_domain(sources: Sequence[Source]) -> list[str]:
    """Imports and calls by which the domain would touch the world or the clock."""
    domain = [source for source in sources if source.room == "domain"]
    allowed = (sys.stdlib_module_names - IMPURE) | PURE_PACKAGES | {"autopilot"}
    imported = [
        f"{found.where}: the domain is pure and may not import {found.name}"
        for found in every_import(domain)
        if found.top not in allowed
    ]
    asked = [
        f"{source.module}:{node.lineno}: the domain is told the time, it does not ask"
        for source in domain
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in TELLS_THE_TIME
    ]
    return imported + asked


def not_in_the_layer(sources: Sequence[Source]) -> list[str]:
    """Imports of deployed code that neither the layers nor the Lambda runtime carry."""
    carried = sys.stdlib_module_names | IN_LAYER_OR_RUNTIME | {"autopilot", "functions"}
    deployed = [source for source in sources if source.room not in OUTSIDE]
    return [
        f"{found.where}: nothing deployed carries {found.name}"
        for found in every_import(deployed)
        if found.top not in carried
    ]


def permits_issued_outside_the_gate(sources: Sequence[Source]) -> list[str]:
    """Uses of what makes a permit anywhere but in the gate and where it is defined."""
    return [
        f"{source.module}:{line}: only the gate uses {name}"
        for source in sources
        if source.room != "gate" and source.module != "autopilot.domain.permit"
        for name, line in names_of(source)
        if name.startswith("issue_")
    ]


def lab_loaded_by_the_command(sources: Sequence[Source]) -> list[str]:
    """Imports by which `autopilot --help` would load the lab: they belong into functions."""
    return [
        f"{source.module}:{node.lineno}: the command loads the lab before it is asked to"
        for source in sources
        if source.room == "cli"
        for node in source.tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for found in imports_of(Source(source.module, ast.unparse(node), source.is_package))
        if found.top in {"autopilot_lab", "moto"}
    ]


def names_of(source: Source) -> Iterator[tuple[str, int]]:
    """Every name, attribute and imported name of a file with its line."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        elif isinstance(node, ast.ImportFrom):
            yield from ((alias.name, node.lineno) for alias in node.names)


def over_the_walls(sources: Sequence[Source]) -> list[str]:
    """Handlers, functions and files that are longer than the house allows."""
    return [
        *(
            f"{source.module}: {lines} lines, at most {limit}"
            for source in sources
            if (lines := len(source.text.splitlines()))
            > (limit := HANDLER_LINES_MAX if source.room == "functions" else FILE_LINES_MAX)
        ),
        *(
            f"{source.module}.{node.name}: {lines} lines, at most {FUNCTION_LINES_MAX}"
            for source in sources
            for node in ast.walk(source.tree)
            if isinstance(node, ast.FunctionDef)
            and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
        ),
    ]


def every_import(sources: Iterable[Source]) -> Iterator[Import]:
    """The imports of all files."""
    for source in sources:
        yield from imports_of(source)


RULES: tuple[Rule, ...] = (
    wrong_arrows,
    unknown_rooms,
    cycles,
    impure_domain,
    not_in_the_layer,
    permits_issued_outside_the_gate,
    lab_loaded_by_the_command,
    over_the_walls,
)
