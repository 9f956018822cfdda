"""What is wrong with a definition: every problem, before a machine is created.

Refused are what AWS refuses (unknown fields, dangling and unreachable states, JSONPath fields, bad
retriers, expressions without context; messages name the place, as ValidateStateMachineDefinition
does) and, by name, what this engine does not implement, so that nothing is half done. Sources:
Amazon States Language specification; developer guide, "State machine structure" and the page of
each state; measured refusals in floci's docs/services/step-functions.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from autopilot_lab.emulator.states.templates import is_expression
from autopilot_lab.emulator.states.validate_fields import (
    Place,
    check_expressions,
    check_number,
    check_rules,
    check_template,
)
from autopilot_lab.emulator.states.validate_states import (
    COMMON_FIELDS,
    OWN_CHECKS,
    SECONDS_MAX,
    STATE_FIELDS,
    check_exit,
    check_fields,
    is_distributed,
)

STATE_NAME_CHARACTERS_MAX: Final = 80
TOP_FIELDS: Final = frozenset(
    {"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"}
)


def validate(definition: Any) -> list[str]:
    """Return every problem of a definition, each with its place; an empty list means none."""
    problems: list[str] = []
    place = Place("", problems)
    if not isinstance(definition, Mapping):
        place.say(f"expected an object, got {type(definition).__name__}")
        return problems
    if definition.get("QueryLanguage") != "JSONata":
        got = definition.get("QueryLanguage", "JSONPath, the default")
        place.at("QueryLanguage").say(f"JSONPath is not implemented: expected JSONata, got {got}")
        return problems
    check_fields(definition, TOP_FIELDS, place)
    if "TimeoutSeconds" in definition:
        inside = place.at("TimeoutSeconds")
        if is_expression(definition["TimeoutSeconds"]):
            inside.say("an expression is not supported here")
        check_number(definition["TimeoutSeconds"], inside, 1, SECONDS_MAX)
    _Container(definition, place, outer_names=set(), outer_variables=set()).check()
    return problems


class _Container:
    """The states of a machine, branch or iteration, being checked."""

    def __init__(
        self,
        body: Mapping[str, Any],
        place: Place,
        *,
        outer_names: set[str],
        outer_variables: set[str],
    ) -> None:
        self._body = body
        self._place = place
        self._names = outer_names
        self._outer_variables = outer_variables
        self._variables: set[str] = set()
        self._states: dict[str, Mapping[str, Any]] = {}

    def check(self) -> None:
        states = self._body.get("States")
        if not isinstance(states, Mapping) or not states:
            self._place.at("States").say("expected an object with at least one state")
            return
        for name, state in states.items():
            place = self._place.at("States").at(name)
            if not isinstance(state, Mapping):
                place.say("expected an object")
            elif self._named_well(name, place):
                self._states[name] = state
        self._variables = set(_assigned(self._states.values()))
        for name in sorted(self._variables & self._outer_variables):
            self._place.say(f"variable {name} belongs to an outer scope and cannot be assigned")
        for name, state in self._states.items():
            self._check_state(state, self._place.at("States").at(name))
        self._check_graph()

    def _named_well(self, name: str, place: Place) -> bool:
        if not 1 <= len(name) <= STATE_NAME_CHARACTERS_MAX:
            place.say(f"a state's name has 1 to {STATE_NAME_CHARACTERS_MAX} characters")
        if name in self._names:
            place.say("DUPLICATE_STATE_NAME: names are unique in the whole state machine")
        self._names.add(name)
        return True

    def _check_state(self, state: Mapping[str, Any], place: Place) -> None:
        kind = state.get("Type")
        if not isinstance(kind, str) or kind not in STATE_FIELDS:
            place.at("Type").say(f"expected one of {', '.join(STATE_FIELDS)}, got {kind!r}")
            return
        check_fields(state, COMMON_FIELDS | STATE_FIELDS[kind], place)
        if state.get("QueryLanguage", "JSONata") != "JSONata":
            place.say("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for the machine")
        check_expressions(state, place, has_result=kind in {"Task", "Parallel", "Map"})
        check_template(state, place)
        check_rules(state, place)
        check_exit(state, kind, place)
        OWN_CHECKS[kind](state, place)
        self._check_inside(state, kind, place)

    def _check_inside(self, state: Mapping[str, Any], kind: str, place: Place) -> None:
        if kind == "Parallel":
            self._check_branches(state.get("Branches"), place.at("Branches"))
        if kind == "Map" and isinstance(state.get("ItemProcessor"), Mapping):
            inside = place.at("ItemProcessor")
            self._inner(state["ItemProcessor"], inside, sees_outer=not is_distributed(state))

    def _check_branches(self, branches: object, place: Place) -> None:
        if not isinstance(branches, list) or not branches:
            place.say("expected at least one branch")
            return
        for index, branch in enumerate(branches):
            inside = place.item(index)
            if isinstance(branch, Mapping):
                check_fields(branch, frozenset({"StartAt", "States", "Comment"}), inside)
                self._inner(branch, inside)
            else:
                inside.say("expected an object")

    def _inner(self, body: Mapping[str, Any], place: Place, *, sees_outer: bool = True) -> None:
        seen = self._outer_variables | self._variables if sees_outer else set()
        _Container(body, place, outer_names=self._names, outer_variables=seen).check()

    def _check_graph(self) -> None:
        """Refuse targets that are not here, states that nothing leads to, and no way out."""
        start = self._body.get("StartAt")
        if not isinstance(start, str) or start not in self._states:
            self._place.at("StartAt").say(f"MISSING_TRANSITION_TARGET: no state {start!r} here")
            return
        reached: set[str] = set()
        todo = [start]
        while todo:
            name = todo.pop()
            if name in reached:
                continue
            reached.add(name)
            for where, target in _targets(self._states[name]):
                if isinstance(target, str) and target in self._states:
                    todo.append(target)
                else:
                    place = self._place.at("States").at(name).at(where)
                    place.say(f"MISSING_TRANSITION_TARGET: no state {target!r} here")
        for name in self._states:
            if name not in reached:
                place = self._place.at("States").at(name)
                place.say("MISSING_TRANSITION_TARGET: nothing leads to this state")
        if not any(_is_terminal(self._states[name]) for name in reached):
            self._place.say("MISSING_END_STATE: no terminal state can be reached")


def _rules(state: Mapping[str, Any], name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    rules = state.get(name)
    if isinstance(rules, list):
        yield from ((at, rule) for at, rule in enumerate(rules) if isinstance(rule, Mapping))


def _targets(state: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in ("Next", "Default"):
        if name in state:
            yield name, state[name]
    for name in ("Choices", "Catch"):
        for at, rule in _rules(state, name):
            yield f"{name}[{at}]/Next", rule.get("Next")


def _assigned(states: Any) -> Iterator[str]:
    for state in states:
        bodies = [state, *(rule for _, rule in _rules(state, "Choices"))]
        bodies += [rule for _, rule in _rules(state, "Catch")]
        for body in bodies:
            if isinstance(body.get("Assign"), Mapping):
                yield from body["Assign"]


def _is_terminal(state: Mapping[str, Any]) -> bool:
    return state.get("End") is True or state.get("Type") in ("Succeed", "Fail")  # may be anything
