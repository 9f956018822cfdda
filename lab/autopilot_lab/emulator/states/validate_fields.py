"""Checks of single fields: numbers, templates, expressions, and the rules of Retry and Catch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from autopilot_lab.emulator.states.errors import ALL
from autopilot_lab.emulator.states.expressions import ExpressionInvalid, expression
from autopilot_lab.emulator.states.references import References, references
from autopilot_lab.emulator.states.states_flow import parse_instant
from autopilot_lab.emulator.states.templates import is_expression, source_of

VARIABLE_CHARACTERS_MAX: Final = 80
INTERVAL_SECONDS_MAX: Final = 99_999_999
DELAY_SECONDS_MAX: Final = 31_622_400
ATTEMPTS_MAX: Final = 99_999_999

RETRIER_FIELDS: Final = frozenset(
    {
        "ErrorEquals",
        "IntervalSeconds",
        "MaxAttempts",
        "BackoffRate",
        "MaxDelaySeconds",
        "JitterStrategy",
        "Comment",
    }
)
CATCHER_FIELDS: Final = frozenset({"ErrorEquals", "Next", "Assign", "Output", "Comment"})
RULE_FIELDS: Final = frozenset({"Condition", "Next", "Assign", "Output", "Comment"})

NEVER_REPORTED: Final = {
    "States.BranchFailed": "a Parallel state reports the error of the branch; name that",
    "States.NoChoiceMatched": "AWS reports States.Runtime, which nothing catches; add a Default",
    "States.Runtime": "nothing catches or retries it",
    "States.IntrinsicFailure": "there are no intrinsic functions in JSONata mode",
    "States.ResultPathMatchFailure": "there is no ResultPath in JSONata mode",
    "States.ParameterPathFailure": "there is no Parameters in JSONata mode",
}
"""Error names that a rule may not wait for in vain."""

KNOWN_STATES_ERRORS: Final = frozenset(
    {
        ALL,
        "States.TaskFailed",
        "States.Timeout",
        "States.HeartbeatTimeout",
        "States.Permissions",
        "States.DataLimitExceeded",
        "States.QueryEvaluationError",
        "States.ExceedToleratedFailureThreshold",
        "States.ItemReaderFailed",
        "States.ResultWriterFailed",
        "States.Http.Socket",
    }
)

EXPRESSION_FIELDS: Final = frozenset(
    {
        "Arguments",
        "Assign",
        "Output",
        "Error",
        "Cause",
        "Seconds",
        "Timestamp",
        "TimeoutSeconds",
        "HeartbeatSeconds",
        "Items",
        "ItemSelector",
        "MaxConcurrency",
        "ItemReader",
        "ItemBatcher",
        "ResultWriter",
        "ToleratedFailureCount",
        "ToleratedFailurePercentage",
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the definition a problem is, and the list it goes to."""

    path: str
    problems: list[str]

    def at(self, name: str) -> Place:
        """Return the place of a member."""
        return Place(f"{self.path}/{name}", self.problems)

    def item(self, index: int) -> Place:
        """Return the place of an item."""
        return Place(f"{self.path}[{index}]", self.problems)

    def say(self, problem: str) -> None:
        """Note a problem here."""
        self.problems.append(f"{problem} at {self.path or '/'}")

    def instant(self, value: Any) -> None:
        """Note a timestamp that is neither RFC 3339 nor an expression."""
        if not is_expression(value) and parse_instant(value) is None:
            self.say(f"expected an RFC 3339 timestamp or an expression, got {value!r}")


def check_number(value: Any, place: Place, least: int, most: int) -> None:
    """Note a value that is neither an integer in the bounds nor an expression."""
    if is_expression(value):
        return
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        place.say(f"expected an integer from {least} to {most} or an expression, got {value!r}")


def check_template(state: Mapping[str, Any], place: Place) -> None:
    """Note an Assign that is no object or sets names it may not set."""
    for body, inside in _bodies(state, place):
        if "Assign" not in body:
            continue
        if not isinstance(body["Assign"], Mapping):
            inside.at("Assign").say("expected an object")
            continue
        for name in body["Assign"]:
            if name == "states" or not name.isidentifier() or len(name) > VARIABLE_CHARACTERS_MAX:
                inside.at("Assign").say(f"{name!r} cannot be the name of a variable")


def check_expressions(state: Mapping[str, Any], place: Place, *, has_result: bool) -> None:
    """Note expressions that do not parse, or refer to what does not exist where they stand."""
    for name in (name for name in state if name in EXPRESSION_FIELDS):
        members = {"input", "context"}
        if has_result and name in {"Assign", "Output"}:
            members.add("result")
        _check_value(state[name], place.at(name), members)
    for body, inside in _rules(state, "Choices", place):
        for name in ("Condition", "Assign", "Output"):
            if name in body:
                _check_value(body[name], inside.at(name), {"input", "context"})
    for body, inside in _rules(state, "Catch", place):
        for name in ("Assign", "Output"):
            if name in body:
                _check_value(body[name], inside.at(name), {"input", "context", "errorOutput"})


def check_rules(state: Mapping[str, Any], place: Place) -> None:
    """Note what is wrong with the rules of Choices, Retry and Catch."""
    for name in ("Retry", "Catch", "Choices"):
        rules = state.get(name, [])
        if not isinstance(rules, list):
            place.at(name).say("expected an array")
        elif not all(isinstance(rule, Mapping) for rule in rules):
            place.at(name).say("expected an array of objects")
    for rule, inside in _rules(state, "Choices", place):
        _check_known(rule, RULE_FIELDS, inside)
        condition = rule.get("Condition")
        if not is_expression(condition) and not isinstance(condition, bool):
            inside.at("Condition").say(f"expected a JSONata expression, got {condition!r}")
    for rule, inside in _rules(state, "Retry", place):
        _check_known(rule, RETRIER_FIELDS, inside)
        _check_retrier(rule, inside)
    for rule, inside in _rules(state, "Catch", place):
        _check_known(rule, CATCHER_FIELDS, inside)
    for name in ("Retry", "Catch"):
        _check_error_names(state, name, place)


def _bodies(state: Mapping[str, Any], place: Place) -> Iterator[tuple[Mapping[str, Any], Place]]:
    yield state, place
    yield from _rules(state, "Choices", place)
    yield from _rules(state, "Catch", place)


def _rules(
    state: Mapping[str, Any], name: str, place: Place
) -> Iterator[tuple[Mapping[str, Any], Place]]:
    rules = state.get(name)
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        if isinstance(rule, Mapping):
            yield rule, place.at(name).item(index)


def _check_known(rule: Mapping[str, Any], known: frozenset[str], place: Place) -> None:
    for name in rule:
        if name not in known:
            place.say(f"Field '{name}' is not supported")


def _check_error_names(state: Mapping[str, Any], name: str, place: Place) -> None:
    """States.ALL stands alone, in the last rule (specification, "Errors")."""
    rules = list(_rules(state, name, place))
    for index, (rule, inside) in enumerate(rules):
        names = rule.get("ErrorEquals")
        where = inside.at("ErrorEquals")
        if not isinstance(names, list) or not names:
            where.say("expected at least one error name")
            continue
        if ALL in names and len(names) > 1:
            where.say("States.ALL must stand alone")
        if ALL in names and index < len(rules) - 1:
            where.say(f"States.ALL must be in the last rule of {name}")
        for error in names:
            _check_error_name(error, where)


def _check_error_name(error: Any, place: Place) -> None:
    if not isinstance(error, str):
        place.say(f"expected an error name, got {error!r}")
    elif error in NEVER_REPORTED:
        place.say(f"{error} is not implemented: {NEVER_REPORTED[error]}")
    elif error.startswith("States.") and error not in KNOWN_STATES_ERRORS:
        place.say(f"{error} is not an error of the states language")


def _check_retrier(rule: Mapping[str, Any], place: Place) -> None:
    bounds = {
        "IntervalSeconds": (1, INTERVAL_SECONDS_MAX),
        "MaxAttempts": (0, ATTEMPTS_MAX),
        "MaxDelaySeconds": (1, DELAY_SECONDS_MAX - 1),
    }
    for name, (least, most) in bounds.items():
        value = rule.get(name, least)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            place.at(name).say(f"expected an integer from {least} to {most}, got {value!r}")
    interval, longest = rule.get("IntervalSeconds", 1), rule.get("MaxDelaySeconds")
    if isinstance(longest, int) and isinstance(interval, int) and longest <= interval:
        place.at("MaxDelaySeconds").say(f"expected more than IntervalSeconds, {interval}")
    rate = rule.get("BackoffRate", 2.0)
    if not isinstance(rate, int | float) or isinstance(rate, bool) or rate < 1:
        place.at("BackoffRate").say(f"expected a number of at least 1, got {rate!r}")
    if rule.get("JitterStrategy", "NONE") not in ("NONE", "FULL"):
        place.at("JitterStrategy").say(f"expected NONE or FULL, got {rule['JitterStrategy']!r}")


def _check_value(value: Any, place: Place, members: set[str]) -> None:
    if isinstance(value, Mapping):
        for name, item in value.items():
            _check_value(item, place.at(name), members)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_value(item, place.item(index), members)
    elif is_expression(value):
        _check_expression(value, place, members)
    elif isinstance(value, str) and (value.startswith("{%") or value.endswith("%}")):
        place.say("an expression starts with {% and ends with %}, with nothing outside")


def _check_expression(value: str, place: Place, members: set[str]) -> None:
    try:
        found = references(expression(source_of(value)).parsed.ast)
    except ExpressionInvalid as error:
        place.say(f"INVALID_JSONATA_EXPRESSION: {error}")
        return
    for problem in _problems_with(found, members):
        place.say(f"UNSUPPORTED_JSONATA_EXPRESSION: {problem}")


def _problems_with(found: References, members: set[str]) -> Iterator[str]:
    for name in found.unsupported:
        where = "is not supported" if name == "$$" else "at the top level is not supported"
        yield f"Reference to '{name}' {where}."
    for name in sorted(found.states_members - members):
        yield f"Reference to '$states.{name}' is not supported here."
