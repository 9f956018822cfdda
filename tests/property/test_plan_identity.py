"""A plan is its meaning: what means the same has the same digest, what does not has another."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopilot.domain.canonical import canonical_bytes, digest
from autopilot.domain.plan import Evidence, Plan
from autopilot.domain.verdict import judge
from autopilot.errors import BadInput
from tests.property.strategies import counts, plans

plain = st.recursive(
    st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcö€\n"), inner),
    max_leaves=12,
)


def turned(value: Any) -> Any:
    """The same value with the members of every object in opposite order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(list(value))}
    return [turned(each) for each in value] if isinstance(value, list) else value


@given(plans())
def test_a_plan_survives_its_json(plan: Plan) -> None:
    """Through text and back it is equal, with the same digest."""
    again = Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert again == plan
    assert again.digest() == plan.digest()


@given(plans())
def test_the_order_of_keys_is_no_part_of_a_digest(plan: Plan) -> None:
    """RFC 8785 sorts members, so the writer's order does not matter."""
    assert digest(turned(plan.to_dict())) == plan.digest()
    assert Plan.from_dict(turned(plan.to_dict())).digest() == plan.digest()


@given(plans())
def test_another_intention_has_another_digest(plan: Plan) -> None:
    """A plan approved for one version says nothing about the next."""
    other = replace(plan, base_version=(plan.base_version + 1) % 2**53)
    assert other.digest() != plan.digest()


@given(plans(), counts, st.integers(0, 10**13))
def test_evidence_is_no_part_of_a_digest(plan: Plan, seen: tuple[int, int], now_ms: int) -> None:
    """Evidence lies beside the plan, survives its JSON, and leaves the digest as it was."""
    before = plan.digest()
    verdict = judge(*seen, plan.guards, 1)
    evidence = Evidence(now_ms, now_ms + 60_000, tuple((r, verdict) for r in plan.before.routes))
    assert Evidence.from_dict(json.loads(json.dumps(evidence.to_dict()))) == evidence
    assert plan.digest() == before
    assert not {"made_ms", "verdicts"} & set(plan.to_dict())


@given(plain)
def test_the_canonical_form_reads_back_the_same(value: Any) -> None:
    """Canonical JSON is JSON, and canonicalising it again changes nothing."""
    once = canonical_bytes(value)
    assert json.loads(once) == value
    assert canonical_bytes(json.loads(once)) == once


@pytest.mark.parametrize(
    "value", [1.0, 0.5, True, None, 2**53, float("nan"), "\ud800", {1: "a"}, {"a": [{"b": 2.5}]}]
)
@given(plain)
def test_what_another_reader_could_change_is_refused(value: Any, around: Any) -> None:
    """Fractions, booleans, null, large numbers and broken text never reach a digest."""
    with pytest.raises(BadInput, match="whole numbers and text only"):
        canonical_bytes({"around": around, "value": value})
