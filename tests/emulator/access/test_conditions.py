"""Condition operators, as the IAM user guide tabulates them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopilot_lab.emulator.access.conditions import PolicyProblem, parse_conditions

ARN = "arn:aws:sns:eu-west-1:123456789012:pages"

#: Operator, key, wanted, found (None: the key is absent), whether it holds.
CASES = [
    ("StringEquals", "k", "a", ("a",), True),
    ("StringEquals", "k", "a", ("A",), False),
    ("StringEquals", "k", ["a", "b"], ("b",), True),
    ("StringEquals", "k", "a", None, False),
    ("StringEquals", "k", "a*", ("ab",), False),
    ("StringEqualsIgnoreCase", "k", "a", ("A",), True),
    ("StringNotEquals", "k", ["a", "b"], ("b",), False),
    ("StringNotEquals", "k", ["a", "b"], ("c",), True),
    ("StringNotEquals", "k", "a", None, True),
    ("StringLike", "k", "a*c?", ("abcd",), True),
    ("StringLike", "k", "a*", ("ba",), False),
    ("StringNotLike", "k", "a*", ("ba",), True),
    ("StringEqualsIfExists", "k", "a", None, True),
    ("StringEqualsIfExists", "k", "a", ("b",), False),
    ("Bool", "k", "false", ("true",), False),
    ("Bool", "k", True, ("true",), True),
    ("Bool", "k", "false", None, False),
    ("BoolIfExists", "k", "false", None, True),
    ("Null", "k", "true", None, True),
    ("Null", "k", "true", ("x",), False),
    ("Null", "k", False, ("x",), True),
    ("Null", "k", False, None, False),
    ("NumericLessThan", "k", "10", ("9",), True),
    ("NumericLessThan", "k", "10", ("10",), False),
    ("NumericLessThanEquals", "k", 10, ("10",), True),
    ("NumericGreaterThan", "k", "1.5", ("1.50",), False),
    ("NumericGreaterThanEquals", "k", "1.5", ("1.50",), True),
    ("NumericNotEquals", "k", "1", ("2",), True),
    ("DateLessThan", "k", "2026-01-01T00:00:00Z", ("2025-12-31T23:59:59Z",), True),
    ("DateGreaterThan", "k", "2026-01-01T00:00:00Z", ("1767225601",), True),
    ("IpAddress", "k", "203.0.113.0/24", ("203.0.113.9",), True),
    ("IpAddress", "k", "203.0.113.0/24", ("203.0.114.9",), False),
    ("NotIpAddress", "k", ["203.0.113.0/24", "10.0.0.0/8"], ("10.1.1.1",), False),
    ("ArnLike", "k", "arn:aws:sns:*:123456789012:p*", (ARN,), True),
    ("ArnEquals", "k", "arn:aws:sns:*:123456789012:p*", (ARN,), True),
    ("ArnLike", "k", "arn:aws:sns:*:pages", (ARN,), False),
    ("ArnNotLike", "k", "arn:aws:sqs:*:*:*", (ARN,), True),
    ("ForAllValues:StringEquals", "k", ["a", "b"], ("a", "b"), True),
    ("ForAllValues:StringEquals", "k", ["a", "b"], ("a", "c"), False),
    ("ForAllValues:StringEquals", "k", ["a"], None, True),
    ("ForAnyValue:StringEquals", "k", ["a"], ("b", "a"), True),
    ("ForAnyValue:StringEquals", "k", ["a"], ("b", "c"), False),
    ("ForAnyValue:StringEquals", "k", ["a"], None, False),
    ("ForAnyValue:StringNotEquals", "k", ["a"], None, False),
    ("ForAnyValue:StringNotEquals", "k", ["a"], ("a", "b"), True),
    ("ForAllValues:StringNotEquals", "k", ["a"], ("a", "b"), False),
    ("StringEquals", "AWS:RequestedRegion", "eu-west-1", ("eu-west-1",), True),
]


@pytest.mark.parametrize("operator, key, wanted, found, holds", CASES)
def test_an_operator_answers_as_the_guide_says(
    operator: str,
    key: str,
    wanted: Any,
    found: tuple[str, ...] | None,
    holds: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Each line is a row of the guide's tables, or a sentence below them."""
    [condition] = parse_conditions({operator: {key: wanted}})
    context = {} if found is None else {key.lower(): found}
    assert condition.holds(context) is holds


@pytest.mark.parametrize(
    "operator, key, value, says",
    [
        ("StringIs", "k", "a", "there is no condition operator StringIs"),
        ("ForEach:StringEquals", "k", "a", "there is no condition operator ForEach:StringEquals"),
        ("NullIfExists", "k", "true", "there is no condition operator NullIfExists"),
        ("StringEquals", "dynamodb:LeadingKeys", "a", "LeadingKeys has several values"),
        ("StringEquals", "k", "${aws:username}", "does not evaluate policy variables"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_by_name(
    operator: str, key: str, value: str, says: str
) -> None:
    """Rather than treated as met or as not met."""
    with pytest.raises(PolicyProblem, match=says):
        parse_conditions({operator: {key: value}})


def test_all_keys_and_operators_must_hold() -> None:
    """Several conditions are joined by AND, several values of one by OR."""
    block: dict[str, dict[str, Any]] = {
        "StringEquals": {"a": ["1", "2"], "b": "3"},
        "Bool": {"c": "true"},
    }
    conditions = parse_conditions(block)
    met = {"a": ("2",), "b": ("3",), "c": ("true",)}
    assert all(one.holds(met) for one in conditions)
    assert not all(one.holds(met | {"b": ("4",)}) for one in conditions)


@given(st.sampled_from(["StringEquals", "StringLike", "NumericEquals", "Bool"]), st.data())
def test_a_negated_operator_says_the_opposite(operator: str, data: st.DataObject) -> None:
    """The guide calls it "Negated matching"."""
    negated = {"Bool": "Bool"}.get(operator, operator.replace("String", "StringNot"))
    negated = negated.replace("NumericEquals", "NumericNotEquals")
    values = st.sampled_from(["1", "2", "3"])
    wanted, found = data.draw(st.lists(values, min_size=1)), data.draw(values)
    [plain] = parse_conditions({operator: {"k": wanted}})
    [turned] = parse_conditions({negated: {"k": wanted}})
    same = operator == negated
    assert (plain.holds({"k": (found,)}) == turned.holds({"k": (found,)})) is same
