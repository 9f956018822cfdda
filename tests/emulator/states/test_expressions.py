"""Expressions: what they see, what they give, and what Step Functions adds to JSONata."""

from __future__ import annotations

import hashlib
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopilot_lab.emulator.states.expressions import (
    UNDEFINED,
    EvaluationFailed,
    Evaluator,
    Expression,
    expression,
)

NOW = 1_700_000_000.25


def value(source: str, **bindings: Any) -> Any:
    """Evaluate an expression with a fixed clock and seed."""
    evaluator = Evaluator(random.Random(7), lambda: NOW)  # noqa: S311  # a seeded test
    return evaluator.value(expression(source), bindings)


@pytest.mark.parametrize(
    "source,expected",
    [
        ("1 + 2 * 3", 7),
        ("$a & '-' & $b.c", "x-2"),
        ("$list[1]", 20),
        ("$list[-1]", 30),
        ("$sum($list)", 60),
        ("$list[$ > 10]", [20, 30]),
        ("$single", [1]),
        ("$empty", []),
        ("$nothing", None),
        ("$exists($nothing)", True),
        ("$type($nothing)", "null"),
        ("$b.deep.absent ? 1 : 2", 2),
        ("{'a': $nothing, 'b': $b.absent}", {"a": None}),
        ("[1..4]", [1, 2, 3, 4]),
        ("[[1..2], [3]]", [[1, 2], [3]]),
        ("$map($list, function($v) { $v / 10 })", [1, 2, 3]),
        ("$list ~> $reverse()", [30, 20, 10]),
        ("($x := 2; $x * $x)", 4),
        ("$rows[kind = 'b'].n", 2),
        ("$rows.n", [1, 2]),
        ("$merge([$b, {'e': 1}]).e", 1),
    ],
)
def test_expressions_give_plain_json(source: str, expected: Any) -> None:
    """The result is JSON of Python's own types, whatever the library uses inside."""
    got = value(
        source,
        a="x",
        b={"c": 2, "deep": {}},
        list=[10, 20, 30],
        single=[1],
        empty=[],
        nothing=None,
        rows=[{"kind": "a", "n": 1}, {"kind": "b", "n": 2}],
    )
    assert got == expected
    assert type(got) is type(expected)


@pytest.mark.parametrize("source", ["$absent", "$b.absent", "$list[9]", "$range(1, 5)"])
def test_what_is_not_there_is_undefined(source: str) -> None:
    """Undefined is not null: a field that gives it fails its state."""
    assert value(source, b={}, list=[1]) is UNDEFINED


@pytest.mark.parametrize(
    "source,message",
    [
        ("1 + 'a'", "T2002"),
        ("$absentfunction(1)", "T1006"),
        ("$eval('1')", "T1006"),
        ("$error('held')", "held"),
        ("function($x) { $x }", "function"),
        ("$hash('a', 'CRC')", "expected one of MD5"),
        ("$parse('{')", "expected JSON"),
        ("($f := function($n) { $f($n + 1) }; $f(0))", "Sandbox.Timedout"),
        ("($f := function($n) { 1 + $f($n + 1) }; $f(0))", "Stack overflow"),
    ],
)
def test_what_goes_wrong_says_so_with_the_code_of_jsonata(source: str, message: str) -> None:
    """Every failure is an EvaluationFailed, never another exception, and never without end."""
    with pytest.raises(EvaluationFailed, match=message):
        value(source)


@pytest.mark.parametrize(
    "source,expected",
    [
        ("$partition([1, 2, 3, 4, 5], 2)", [[1, 2], [3, 4], [5]]),
        ("$partition([1, 2, 3], 2.9)", [[1, 2], [3]]),
        ("$range(0, 10, 5)", [0, 5, 10]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$range(-1.7, 2, 1)", [-1, 0, 1, 2]),
        ("$range(4, 4, 1)", 4),
        ("$hash('a', 'SHA-256')", hashlib.sha256(b"a").hexdigest()),
        ("$parse('{\"a\": [1, null]}')", {"a": [1, None]}),
        ("$parse('null')", None),
        ("$random(42) = $random(42)", True),
        ("$random() < 1", True),
        ("$length($uuid())", 36),
        ("$millis()", 1_700_000_000_250),
        ("$now()", "2023-11-14T22:13:20.250Z"),
    ],
)
def test_step_functions_own_functions(source: str, expected: Any) -> None:
    """Developer guide, "JSONata functions provided by Step Functions", and the virtual clock."""
    assert value(source) == expected


def test_random_values_repeat_with_the_seed_of_the_engine() -> None:
    """Nothing in an expression depends on the machine it runs on."""
    source = "[$random(), $uuid(), $shuffle([1..20])]"
    assert value(source) == value(source)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    st.lists(st.sampled_from("abc"), max_size=3),
)
def test_a_plain_path_is_read_as_the_library_reads_it(document: Any, steps: list[str]) -> None:
    """The short way for `$v.a.b` gives what the evaluator gives, also through arrays and null."""
    source = ".".join(["$v", *steps])
    short, long = Expression(source), Expression(f"({source})")
    evaluator = Evaluator(random.Random(1), lambda: NOW)  # noqa: S311  # a seeded test
    got = evaluator.value(short, {"v": document})
    expected = evaluator.value(long, {"v": document})
    assert got == expected
    assert (got is UNDEFINED) == (expected is UNDEFINED)
