"""JSONata expressions: parsed once, evaluated against `$states` and the workflow variables.

Source: developer guide, "Transforming data with JSONata in Step Functions". The evaluator is the
package `jsonata-python`; a plain path (`$states.input.a.b`) over objects is read without it, which
a property test holds equal to the evaluator.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.utils import Utils

from autopilot_lab.emulator.states.jsonata_functions import FunctionFailed, frame_of_functions

DEPTH_MAX: Final = 100
"""Deepest nesting of one evaluation; AWS refuses the next level (measured, floci)."""

STEPS_MAX: Final = 200_000
"""Evaluation steps of one expression. AWS stops an expression by time; a count is the same
everywhere and always."""

_PLAIN_PATH = re.compile(r"\$([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)*)\Z")
_WORDS_OF_THE_LANGUAGE = frozenset({"and", "or", "in", "true", "false", "null", "function"})


class Undefined:
    """The type of `UNDEFINED`."""

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final = Undefined()
"""What an expression gives that finds nothing; not a JSON value, so the state fails."""


class EvaluationFailed(Exception):
    """An expression raised an error; the message is JSONata's own, with its code."""


class ExpressionInvalid(Exception):
    """A text is not a JSONata expression."""


class Expression:
    """One parsed JSONata expression."""

    __slots__ = ("_parsed", "_path", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self._path = _plain_path(source)
        self._parsed: Any = None

    @property
    def parsed(self) -> Any:
        """The parsed expression. Raises `ExpressionInvalid` when it does not parse."""
        if self._parsed is None:
            self._parsed = _parse(self.source)
        return self._parsed

    def evaluate(self, bindings: Mapping[str, Any], functions: Any) -> Any:
        """Return the value as plain JSON, or `UNDEFINED`. Raises `EvaluationFailed`."""
        if self._path is not None:
            value: Any = bindings
            for step in self._path:
                if type(value) is not dict:
                    break
                value = value.get(step, UNDEFINED)
            else:
                return value
        return _evaluate(self.parsed, bindings, functions)


@lru_cache(maxsize=4096)
def expression(source: str) -> Expression:
    """Return the expression of a source text, parsed at most once."""
    return Expression(source)


class Evaluator:
    """Evaluates expressions for one engine, with its random numbers and its clock."""

    def __init__(self, rng: random.Random, clock: Callable[[], float]) -> None:
        self._functions = frame_of_functions(rng, clock)

    def value(self, compiled: Expression, bindings: Mapping[str, Any]) -> Any:
        """Return the value of an expression, or `UNDEFINED`. Raises `EvaluationFailed`."""
        return compiled.evaluate(bindings, self._functions)


def _plain_path(source: str) -> tuple[str, ...] | None:
    found = _PLAIN_PATH.match(source)
    if found is None:
        return None
    steps = (found[1], *found[2].split(".")[1:])
    return None if _WORDS_OF_THE_LANGUAGE.intersection(steps) else steps


def _parse(source: str) -> Any:
    try:
        return Jsonata(source)
    except JException as error:
        raise ExpressionInvalid(_message(error)) from error
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ExpressionInvalid(f"the parser gave up: {error}") from error


def _evaluate(parsed: Any, bindings: Mapping[str, Any], functions: Any) -> Any:
    frame = Jsonata.Frame(functions)
    for name, value in bindings.items():
        frame.bindings[name] = Utils.NULL_VALUE if value is None else value
    _bound(frame)
    try:
        return plain(parsed.eval(parsed.ast, None, frame))
    except JException as error:
        raise EvaluationFailed(_message(error)) from error
    except (FunctionFailed, ArithmeticError, RecursionError) as error:
        raise EvaluationFailed(str(error)) from error
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        # The library meets wrong types with Python's own errors where JSONata has a code.
        raise EvaluationFailed(f"T0410: {error}") from error


def _bound(frame: Any) -> None:
    """Bound the depth and the steps of the evaluation in this frame."""
    depth = steps = 0

    def enter(_expression: Any, _input: Any, _frame: Any) -> None:
        nonlocal depth, steps
        depth += 1
        steps += 1
        if depth > DEPTH_MAX:
            raise EvaluationFailed(f"Stack overflow error: Depth={depth} max={DEPTH_MAX}")
        if steps > STEPS_MAX:
            raise EvaluationFailed("Sandbox.Timedout: the expression runs for too long")

    def leave(_expression: Any, _input: Any, _frame: Any, _result: Any) -> None:
        nonlocal depth
        depth -= 1

    frame.bindings["__evaluate_entry"] = enter
    frame.bindings["__evaluate_exit"] = leave


def plain(value: Any) -> Any:
    """Return a result of the library as plain JSON, or `UNDEFINED`.

    A number that is not finite becomes the word JavaScript prints for it, as on AWS (measured,
    floci). Raises `EvaluationFailed` for a function, which is no value of JSON.
    """
    if value is None:
        return UNDEFINED
    return _plain_inside(value)


def _plain_inside(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if value is Utils.NULL_VALUE:
        return None
    if kind is dict:
        return {key: _plain_inside(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_inside(value[index]) for index in range(len(value))]
    if kind is float:
        return value if math.isfinite(value) else _word_for(value)
    raise EvaluationFailed("returned a function, which is not a JSON value")


def _word_for(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _message(error: JException) -> str:
    text = str(error)
    return text if text.startswith(f"{error.error}") else f"{error.error}: {text}"
