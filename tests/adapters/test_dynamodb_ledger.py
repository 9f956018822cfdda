"""The ledger's adapter: replicas, conflicts, and what the expressions look like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from autopilot.adapters.dynamodb_expressions import attributes_of, item_of, update_arguments
from autopilot.adapters.dynamodb_ledger import DynamoDbLedger
from autopilot.adapters.dynamodb_replicas import CONFLICT_ATTEMPTS_MAX
from autopilot.domain.permit import issue_record
from autopilot.domain.writes import (
    AllOf,
    AnyOf,
    Condition,
    ConditionalWrite,
    ConditionFailed,
    Copy,
    Equals,
    Exists,
    Missing,
    Plus,
    Set,
    SizeBelow,
)
from autopilot.errors import Transient
from tests.adapters.answers import answer, fall_silent
from tests.gate.service import HOME, LEDGER_TABLE, STANDBY, create_table, make_client

WRITE = ConditionalWrite("run/1", (Set(("state",), "open"),), conditions=(Missing(("record",)),))
PERMIT = issue_record("test", WRITE)


@pytest.fixture
def home() -> Iterator[Any]:
    """The nearest replica, with the table."""
    with mock_aws():
        made = make_client(HOME)
        create_table(made)
        yield made


def ledger_of(*replicas: Any) -> DynamoDbLedger:
    """The ledger over those replicas."""
    return DynamoDbLedger(clients=replicas, table=LEDGER_TABLE, service="s")


@pytest.mark.parametrize(
    "status, code",
    [
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
        (400, "ThrottlingException"),
        (400, "ProvisionedThroughputExceededException"),
        (502, "Whatever"),
    ],
)
def test_a_replica_that_cannot_answer_is_left_for_the_next(
    home: Any, status: int, code: str
) -> None:
    """Any replica answers for all."""
    broken = make_client(HOME)
    given = answer(broken, "dynamodb", (status, code))
    assert ledger_of(broken, home).write(WRITE, PERMIT)["state"] == "open"
    assert given == [code]


def test_when_no_replica_answers_the_error_names_each(home: Any) -> None:
    """It may be tried again: nothing is known to be changed."""
    answer(home, "dynamodb", (503, "ServiceUnavailable"))
    other = make_client(STANDBY)
    fall_silent(other, "dynamodb")
    with pytest.raises(
        Transient, match="eu-central-1: ServiceUnavailable, eu-west-1: ReadTimeoutError"
    ):
        ledger_of(home, other).write(WRITE, PERMIT)


def test_a_write_that_met_another_region_s_is_tried_again_here(
    home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With growing waits, and only so often."""
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    conflict = (400, "ReplicatedWriteConflictException")
    answer(home, "dynamodb", *[conflict] * (CONFLICT_ATTEMPTS_MAX - 1))
    assert ledger_of(home).write(WRITE, PERMIT)["state"] == "open"
    assert len(waits) == CONFLICT_ATTEMPTS_MAX - 1
    assert waits == sorted(waits)
    answer(home, "dynamodb", *[conflict] * CONFLICT_ATTEMPTS_MAX)
    with pytest.raises(Transient, match="met those of another region"):
        ledger_of(home).write(WRITE, PERMIT)


def test_a_failed_condition_brings_the_item_as_it_stood(home: Any) -> None:
    """Also when there was none."""
    ledger = ledger_of(home)
    ledger.write(WRITE, PERMIT)
    with pytest.raises(ConditionFailed) as failed:
        ledger.write(WRITE, PERMIT)
    assert failed.value.item == {"service": "s", "record": "run/1", "state": "open"}
    absent = ConditionalWrite("x", (Set(("a",), 1),), conditions=(Exists(("record",)),))
    with pytest.raises(ConditionFailed) as nothing:
        ledger.write(absent, issue_record("test", absent))
    assert nothing.value.item is None


def test_a_missing_table_is_no_passing_trouble(home: Any) -> None:
    """It is a fault of deployment, and says so itself."""
    ledger = DynamoDbLedger(clients=[home], table="nowhere", service="s")
    with pytest.raises(Exception, match="ResourceNotFoundException"):
        ledger.read("ledger")


def test_items_are_read_by_prefix_in_order_and_at_most_as_many_as_asked(home: Any) -> None:
    """One service sees its own items only."""
    ledger = ledger_of(home)
    for name in ("run/2", "run/1", "outcome/1"):
        write = ConditionalWrite(name, (Set(("n",), 1),))
        ledger.write(write, issue_record("test", write))
    assert [item["record"] for item in ledger.query("run/")] == ["run/1", "run/2"]
    assert [item["record"] for item in ledger.query("run/", limit=1)] == ["run/1"]
    assert ledger.read("run/3") is None
    found = ledger.read("run/1", consistent=False)
    assert found is not None
    assert found["n"] == 1


def test_an_expression_names_every_attribute_by_placeholder_and_groups_without_excess() -> None:
    """DynamoDB refuses redundant parentheses, reserved words, and names with a slash."""
    write = ConditionalWrite(
        "ledger",
        (Set(("a", "x/y"), Copy(("b", "c"))), Set(("n",), Plus(5, Copy(("n",))))),
        removes=(("b", "d"),),
        conditions=(
            AnyOf((AllOf((Equals(("a",), 1),)),)),
            AnyOf((AllOf((Exists(("b",)), SizeBelow(("b",), 3))), Missing(("n",)))),
        ),
    )
    arguments = update_arguments(write)
    assert arguments == {
        "UpdateExpression": "SET #n0.#n1 = #n2.#n3, #n4 = :v0 + #n4 REMOVE #n2.#n5",
        "ConditionExpression": "#n0 = :v1 AND "
        "(attribute_exists(#n2) AND size(#n2) < :v2 OR attribute_not_exists(#n4))",
        "ExpressionAttributeNames": {
            "#n0": "a",
            "#n1": "x/y",
            "#n2": "b",
            "#n3": "c",
            "#n4": "n",
            "#n5": "d",
        },
        "ExpressionAttributeValues": {":v0": {"N": "5"}, ":v1": {"N": "1"}, ":v2": {"N": "3"}},
    }


A, B, C = (Exists((name,)) for name in "abc")


@pytest.mark.parametrize(
    "conditions, expected",
    [
        ((AnyOf((A, B)),), "a OR b"),
        ((A, AnyOf((B, C))), "a AND (b OR c)"),
        ((AnyOf((A, AllOf((B, C)))),), "a OR b AND c"),
        ((AnyOf((A, AllOf((B, AnyOf((A, C)))))),), "a OR b AND (a OR c)"),
        ((A, AllOf((AnyOf((B, C)),))), "a AND (b OR c)"),
        ((A, AnyOf((AnyOf((B, C)),))), "a AND (b OR c)"),
        ((AllOf((A, AllOf((B, C)))),), "a AND b AND c"),
    ],
)
def test_parentheses_stand_only_around_an_or_inside_an_and(
    conditions: tuple[Condition, ...], expected: str
) -> None:
    """AND binds tighter than OR (DynamoDB, "Precedence in conditions")."""
    arguments = update_arguments(ConditionalWrite("r", (Set(("x",), 1),), conditions=conditions))
    said = arguments["ConditionExpression"]
    for placeholder, name in arguments["ExpressionAttributeNames"].items():
        said = said.replace(f"attribute_exists({placeholder})", name)
    assert said == expected


def test_values_come_back_as_they_went_in() -> None:
    """Text, whole numbers, booleans, maps, lists; nothing else gets in or out."""
    values = {"s": "", "n": -5, "t": True, "m": {"x": {}}, "l": ["a", 1]}
    assert item_of(attributes_of(values)) == values
    with pytest.raises(TypeError, match=r"got 1\.5"):
        attributes_of({"f": 1.5})
    with pytest.raises(TypeError, match="got B"):
        item_of({"b": {"B": b""}})
