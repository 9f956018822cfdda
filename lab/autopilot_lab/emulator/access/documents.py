"""Policy documents, parsed.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autopilot_lab.emulator.access.conditions import (
    Condition,
    Context,
    PolicyProblem,
    parse_conditions,
    refuse_variables,
)
from autopilot_lab.emulator.access.patterns import action_matches, resource_matches

_ELEMENTS = frozenset(
    {
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
        "Condition",
    }
)


@dataclass(frozen=True, slots=True)
class Matcher:
    """A list of patterns, or everything but it (NotAction, NotResource)."""

    patterns: tuple[str, ...]
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Principals:
    """Whom a statement of a resource policy is about: kind ("AWS", "Service", "*") → names."""

    named: Mapping[str, tuple[str, ...]]
    inverted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement, with the policy it stands in and its place there, counted from 0."""

    policy: str
    sid: str
    allows: bool
    actions: Matcher
    resources: Matcher
    conditions: tuple[Condition, ...] = ()
    principals: Principals | None = None
    place: int = 0

    def is_about(self, action: str) -> bool:
        """Whether the statement speaks of an action, on whatever resource and condition."""
        return _any(self.actions, action_matches, action)

    def covers(self, resource: str) -> bool:
        """Whether the statement speaks of a resource."""
        return _any(self.resources, resource_matches, resource)

    def applies(self, action: str, resource: str, context: Context) -> bool:
        """Whether a request falls under the statement; the principal is not looked at."""
        return (
            self.is_about(action)
            and self.covers(resource)
            and all(condition.holds(context) for condition in self.conditions)
        )


def _any(matcher: Matcher, matches: Any, value: str) -> bool:
    found = any(matches(pattern, value) for pattern in matcher.patterns)
    return found is not matcher.inverted


def parse_document(name: str, document: str | Mapping[str, Any]) -> tuple[Statement, ...]:
    """The statements of a policy. Raises `PolicyProblem`, which names the policy."""
    loaded: Mapping[str, Any] = json.loads(document) if isinstance(document, str) else document
    statements = loaded.get("Statement", [])
    try:
        return tuple(_statement(name, place, one) for place, one in enumerate(_as_list(statements)))
    except PolicyProblem as problem:
        raise PolicyProblem(f"policy {name}: {problem}") from problem


def _statement(policy: str, place: int, source: Mapping[str, Any]) -> Statement:
    unknown = sorted(set(source) - _ELEMENTS)
    if unknown:
        raise PolicyProblem(f"a statement has no element {', '.join(unknown)}")
    if source.get("Effect") not in ("Allow", "Deny"):
        raise PolicyProblem(f"Effect is Allow or Deny, not {source.get('Effect')!r}")
    return Statement(
        policy=policy,
        sid=str(source.get("Sid", "")),
        allows=source["Effect"] == "Allow",
        actions=_matcher(source, "Action"),
        resources=_matcher(source, "Resource", default="*"),
        conditions=parse_conditions(source.get("Condition", {})),
        principals=_principals(source),
        place=place,
    )


def _matcher(source: Mapping[str, Any], element: str, default: str = "") -> Matcher:
    """`Resource` may be left out where the resource is the policy's own, as in trust policies."""
    if element in source and f"Not{element}" in source:
        raise PolicyProblem(f"{element} and Not{element} exclude each other")
    inverted = f"Not{element}" in source
    patterns = tuple(map(str, _as_list(source.get(f"Not{element}" if inverted else element, ()))))
    if not patterns and not default:
        raise PolicyProblem(f"a statement needs {element} or Not{element}")
    refuse_variables(patterns)
    return Matcher(patterns or (default,), inverted)


def _principals(source: Mapping[str, Any]) -> Principals | None:
    inverted = "NotPrincipal" in source
    given = source.get("NotPrincipal" if inverted else "Principal")
    if given is None:
        return None
    if given == "*":
        return Principals({"*": ("*",)}, inverted)
    if not isinstance(given, Mapping):
        raise PolicyProblem(f"Principal is * or an object, not {given!r}")
    named = {str(kind): tuple(map(str, _as_list(names))) for kind, names in given.items()}
    return Principals(named, inverted)


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
