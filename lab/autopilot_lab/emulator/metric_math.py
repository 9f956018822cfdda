"""Metric math, as far as alarms and dashboards here use it, point by point.

CloudWatch user guide, "Using math expressions with CloudWatch metrics": arithmetic, comparison,
AND and OR, and the functions SUM, AVG, MIN, MAX over lists, IF, FILL, and DIFF of a metric. A point
that is missing makes arithmetic missing, and so does a division by zero; functions over lists leave
it out; the first point of a series has no difference. What is not supported is refused by name
rather than guessed at.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from autopilot_lab.emulator.aws_error import AwsError

EXPRESSION_MAX: Final = 2_048  #: characters (API reference, MetricDataQuery)
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>>=|<=|==|!=|&&|\|\||[-+*/^()\[\],<>]))"
)

Values: TypeAlias = Mapping[str, float | None]
#: What an expression is at one instant, given its metrics.
Formula: TypeAlias = Callable[[Values], float | None]

_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_ADDITION: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
}
_MULTIPLICATION: Final[Mapping[str, Callable[[float, float], float]]] = {
    "*": operator.mul,
    "/": operator.truediv,
}
_OVER_LISTS: Final[Mapping[str, Callable[[list[float]], float]]] = {
    "SUM": sum,
    "AVG": lambda present: sum(present) / len(present),
    "MIN": min,
    "MAX": max,
}
_WORDS: Final = {"AND": "&&", "OR": "||"}


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression: the ids it reads, and what it is at one instant."""

    text: str
    ids: frozenset[str]
    at: Formula  #: of the values by id, and by `preceding(id)` where it asks for that
    compared: frozenset[str] = frozenset()  #: ids whose preceding value it asks for

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Parse an expression. Raises ValidationError where it is not one that is known here."""
        if len(text) > EXPRESSION_MAX:
            raise _refused(text, f"longer than {EXPRESSION_MAX} characters")
        reader = _Reader(text)
        formula = reader.either()
        if reader.next is not None:
            raise _refused(text, f"{reader.next!r} follows the expression")
        return cls(text, frozenset(reader.ids), formula, frozenset(reader.compared))

    def series(self, of: Mapping[str, Mapping[float, float]]) -> dict[float, float]:
        """Its values at every instant at which one of its metrics has any, in order."""
        instants = sorted({at for name in self.ids for at in of[name]})
        found = self.along([{name: of[name].get(at) for name in self.ids} for at in instants])
        values = zip(instants, found, strict=True)
        return {at: value for at, value in values if value is not None}

    def along(self, points: Iterable[Values]) -> list[float | None]:
        """Its value at each of the points of a series, oldest first."""
        before: dict[str, float | None] = {}
        found: list[float | None] = []
        for values in points:
            compared = {preceding(name): before.get(name) for name in self.compared}
            found.append(self.at({**values, **compared}))
            before |= {name: each for name in self.compared if (each := values[name]) is not None}
        return found


def preceding(name: str) -> str:
    """Where a formula finds the value before that of an id; no id has a space."""
    return f"{name} before"


class _Reader:
    """Reads by recursive descent, the loosest operator first."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._position = 0
        self.ids: set[str] = set()
        self.compared: set[str] = set()

    @property
    def next(self) -> str | None:
        """The token that comes next, if any."""
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def either(self) -> Formula:
        formula = self._both()
        while self._take("||"):
            other = self._both()
            formula = _apply(lambda one, two: float(bool(one) or bool(two)), formula, other)
        return formula

    def _both(self) -> Formula:
        formula = self._compared()
        while self._take("&&"):
            other = self._compared()
            formula = _apply(lambda one, two: float(bool(one) and bool(two)), formula, other)
        return formula

    def _compared(self) -> Formula:
        formula = self._sum()
        if self.next in _COMPARISONS:
            compare = _COMPARISONS[self._taken()]
            return _apply(lambda one, two: float(compare(one, two)), formula, self._sum())
        return formula

    def _sum(self) -> Formula:
        formula = self._product()
        while self.next in _ADDITION:
            formula = _apply(_ADDITION[self._taken()], formula, self._product())
        return formula

    def _product(self) -> Formula:
        formula = self._power()
        while self.next in _MULTIPLICATION:
            formula = _apply(_MULTIPLICATION[self._taken()], formula, self._power())
        return formula

    def _power(self) -> Formula:
        formula = self._single()
        return _apply(operator.pow, formula, self._power()) if self._take("^") else formula

    def _single(self) -> Formula:
        if self._take("-"):
            return _apply(operator.mul, lambda _: -1.0, self._single())
        if self._take("("):
            formula = self.either()
            self._expect(")")
            return formula
        token = self._taken()
        if token[0].isdigit():
            number = float(token)
            return lambda _: number
        if self._take("("):
            return self._function(token)
        return self._metric(token)

    def _metric(self, name: str) -> Formula:
        if not name[0].islower():
            raise _refused(self._text, f"{name!r} is no id: ids begin with a lower case letter")
        self.ids.add(name)
        return lambda values: values[name]

    def _difference(self) -> Formula:
        """`m1)`, the inside of DIFF, which the lab has of metrics only."""
        name = self._taken()
        formula = self._metric(name)
        self._expect(")")
        self.compared.add(name)
        return _apply(operator.sub, formula, lambda values: values[preceding(name)])

    def _function(self, name: str) -> Formula:
        if name in _OVER_LISTS:
            return _over(_OVER_LISTS[name], self._list())
        if name == "DIFF":
            return self._difference()
        arguments = self._arguments()
        if name == "IF" and len(arguments) == _IF_ARGUMENTS:
            return _if(*arguments)
        if name == "FILL" and len(arguments) == _FILL_ARGUMENTS:
            return _fill(*arguments)
        raise _refused(self._text, f"the lab has no function {name} of {len(arguments)} arguments")

    def _list(self) -> list[Formula]:
        """`[a, b])`, the inside of a function over a list."""
        self._expect("[")
        formulas = [self.either()]
        while self._take(","):
            formulas.append(self.either())
        self._expect("]")
        self._expect(")")
        return formulas

    def _arguments(self) -> list[Formula]:
        arguments = [self.either()]
        while self._take(","):
            arguments.append(self.either())
        self._expect(")")
        return arguments

    def _take(self, token: str) -> bool:
        found = self.next == token
        self._position += found
        return found

    def _taken(self) -> str:
        token = self.next
        if token is None:
            raise _refused(self._text, "an operand is missing")
        self._position += 1
        return token

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise _refused(self._text, f"expected {token!r}, got {self.next!r}")


_IF_ARGUMENTS: Final = 3
_FILL_ARGUMENTS: Final = 2


def _tokens(text: str) -> list[str]:
    tokens, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise _refused(text, f"cannot read {text[position:]!r}")
        token = match["number"] or match["name"] or match["sign"]
        tokens.append(_WORDS.get(token, token))
        position = match.end()
    return tokens


def _apply(operation: Callable[[float, float], float], left: Formula, right: Formula) -> Formula:
    def applied(values: Values) -> float | None:
        one, other = left(values), right(values)
        if one is None or other is None:
            return None
        try:
            return operation(one, other)
        except ZeroDivisionError:
            return None

    return applied


def _over(function: Callable[[list[float]], float], formulas: list[Formula]) -> Formula:
    def applied(values: Values) -> float | None:
        points = (formula(values) for formula in formulas)
        present = [point for point in points if point is not None]
        return function(present) if present else None

    return applied


def _if(condition: Formula, then: Formula, otherwise: Formula) -> Formula:
    def applied(values: Values) -> float | None:
        holds = condition(values)
        if holds is None:
            return None
        return then(values) if holds else otherwise(values)

    return applied


def _fill(formula: Formula, value: Formula) -> Formula:
    def applied(values: Values) -> float | None:
        found = formula(values)
        return value(values) if found is None else found

    return applied


def _refused(text: str, why: str) -> AwsError:
    return AwsError("ValidationError", f"Metrics: {text!r}: {why}")
