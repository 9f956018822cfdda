"""Condition blocks of IAM policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from autopilot_lab.emulator.access.patterns import arn_like, like

#: What is known about a request: context key in lower case → its values, never empty.
Context = Mapping[str, tuple[str, ...]]

#: Wanted by the policy, found in the request → whether they match.
Comparison = Callable[[str, str], bool]

Quantifier = Literal["", "ForAllValues", "ForAnyValue"]

#: Keys that hold several values; without a set operator AWS's answer is undefined.
MULTIVALUED = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:tagkeys",
        "dynamodb:attributes",
        "dynamodb:leadingkeys",
        "kms:encryptioncontextkeys",
        "kms:resourcealiases",
    }
)


class PolicyProblem(Exception):
    """A policy document that AWS would refuse, or that the lab cannot evaluate."""


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise PolicyProblem(f"expected a number, got {text!r}") from error


def _instant(text: str) -> float:
    """ISO 8601 or seconds since 1970."""
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _in_network(wanted: str, found: str) -> bool:
    return ipaddress.ip_address(found) in ipaddress.ip_network(wanted, strict=False)


def _same_truth(wanted: str, found: str) -> bool:
    return wanted.lower() == found.lower()


_POSITIVE: Mapping[str, Comparison] = {
    "StringEquals": lambda wanted, found: found == wanted,
    "StringEqualsIgnoreCase": lambda wanted, found: found.lower() == wanted.lower(),
    "StringLike": like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": _same_truth,
    "BinaryEquals": lambda wanted, found: found == wanted,
    "IpAddress": _in_network,
    "NumericEquals": lambda wanted, found: _number(found) == _number(wanted),
    "NumericLessThan": lambda wanted, found: _number(found) < _number(wanted),
    "NumericLessThanEquals": lambda wanted, found: _number(found) <= _number(wanted),
    "NumericGreaterThan": lambda wanted, found: _number(found) > _number(wanted),
    "NumericGreaterThanEquals": lambda wanted, found: _number(found) >= _number(wanted),
    "DateEquals": lambda wanted, found: _instant(found) == _instant(wanted),
    "DateLessThan": lambda wanted, found: _instant(found) < _instant(wanted),
    "DateLessThanEquals": lambda wanted, found: _instant(found) <= _instant(wanted),
    "DateGreaterThan": lambda wanted, found: _instant(found) > _instant(wanted),
    "DateGreaterThanEquals": lambda wanted, found: _instant(found) >= _instant(wanted),
}

#: Negated operator → the one whose answer it turns round.
_NEGATED: Mapping[str, str] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one context key."""

    operator: str
    key: str
    wanted: tuple[str, ...]
    quantifier: Quantifier = ""
    if_exists: bool = False

    def __str__(self) -> str:
        """As a policy writes it, on one line."""
        quantifier = f"{self.quantifier}:" if self.quantifier else ""
        operator = f"{quantifier}{self.operator}{'IfExists' if self.if_exists else ''}"
        return f"{operator} {self.key} [{', '.join(self.wanted)}]"

    def holds(self, context: Context) -> bool:
        """Whether the request meets the condition."""
        found = context.get(self.key, ())
        if self.operator == "Null":
            return any(_same_truth(one, str(not found).lower()) for one in self.wanted)
        if not found:
            return self._without_value()
        if self.quantifier == "ForAnyValue":
            return any(self._matches(one) for one in found)
        return all(self._matches(one) for one in found)

    def _without_value(self) -> bool:
        """An absent key fails, unless the operator is negated, IfExists or ForAllValues."""
        if self.quantifier == "ForAnyValue":
            return False
        return self.if_exists or self.quantifier == "ForAllValues" or self.operator in _NEGATED

    def _matches(self, found: str) -> bool:
        """Several wanted values are alternatives; negated, none of them may match."""
        positive = _NEGATED.get(self.operator)
        compare = _POSITIVE[positive or self.operator]
        return any(compare(one, found) for one in self.wanted) is (positive is None)


def parse_conditions(block: Mapping[str, Mapping[str, Any]]) -> tuple[Condition, ...]:
    """The conditions of a statement, all of which must hold. Raises `PolicyProblem`."""
    return tuple(
        _parse(str(operator), str(key), values)
        for operator, pairs in block.items()
        for key, values in pairs.items()
    )


def _parse(written: str, key: str, values: Any) -> Condition:
    head, colon, rest = written.partition(":")
    quantifier, name = _quantifier(head, written) if colon else "", rest if colon else head
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    unknown = name not in _POSITIVE and name not in _NEGATED and name != "Null"
    if unknown or (name == "Null" and (if_exists or quantifier)):
        raise PolicyProblem(f"there is no condition operator {written}")
    if key.lower() in MULTIVALUED and not quantifier and name != "Null":
        raise PolicyProblem(f"{key} has several values: {written} needs ForAllValues: or ForAny…")
    wanted = tuple(_text(one) for one in (values if isinstance(values, list) else [values]))
    refuse_variables(wanted)
    return Condition(name, key.lower(), wanted, quantifier, if_exists)


def _quantifier(text: str, written: str) -> Quantifier:
    if text == "ForAllValues":
        return "ForAllValues"
    if text == "ForAnyValue":
        return "ForAnyValue"
    raise PolicyProblem(f"there is no condition operator {written}")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def refuse_variables(values: Iterable[str]) -> None:
    """The lab does not evaluate policy variables, and says so rather than let them match."""
    for value in values:
        if "${" in value:
            raise PolicyProblem(f"the lab does not evaluate policy variables: {value}")
