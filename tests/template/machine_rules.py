"""Rules over a state machine's definition: each returns complaints that name the state.

They hold for every state of every branch, because a machine that a person reads at three in the
morning has no unimportant part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Definition = Mapping[str, Any]

_TERMINAL: Final = {"Succeed", "Fail"}


@dataclass(frozen=True)
class Scope:
    """A level of a definition: the machine itself, or one branch of a Parallel."""

    body: Definition
    caught: bool = False  #: whether a Catch of an enclosing state takes every error in here

    @property
    def states(self) -> Mapping[str, Definition]:
        """Its states, by name."""
        states: Mapping[str, Definition] = self.body["States"]
        return states


def scopes(body: Definition, *, caught: bool = False) -> Iterator[Scope]:
    """The definition's own level, then those of its branches."""
    yield Scope(body, caught)
    for state in body["States"].values():
        inside = caught or _catches_everything(state)
        for branch in state.get("Branches", []):
            yield from scopes(branch, caught=inside)
        if "ItemProcessor" in state:
            yield from scopes(state["ItemProcessor"], caught=inside)


def dangling(machine: Definition) -> list[str]:
    """Transitions to a state that is not there, at the same level."""
    return [
        f"{source} goes to {target}, which is not there"
        for scope in scopes(machine)
        for source, target in _transitions(scope.body)
        if target not in scope.states
    ]


def unreachable(machine: Definition) -> list[str]:
    """States that no transition leads to."""
    return [
        f"{name} is never reached"
        for scope in scopes(machine)
        for name in scope.states.keys() - _reached(scope)
    ]


def endless(machine: Definition) -> list[str]:
    """States that neither end nor go on."""
    return [
        f"{name} neither ends nor goes on"
        for scope in scopes(machine)
        for name, state in scope.states.items()
        if state["Type"] not in {*_TERMINAL, "Choice"}
        and ("Next" in state) == (state.get("End") is True)
    ]


def speechless(machine: Definition) -> list[str]:
    """States, or the machine, that do not say why they are there."""
    silent = [] if machine.get("Comment") else ["the machine has no Comment"]
    return silent + [
        f"{name} has no Comment"
        for scope in scopes(machine)
        for name, state in scope.states.items()
        if not state.get("Comment")
    ]


def unbounded(machine: Definition) -> list[str]:
    """Tasks, or the machine, without a time-out."""
    open_ended = [] if "TimeoutSeconds" in machine else ["the machine has no TimeoutSeconds"]
    return open_ended + [
        f"{name} has no TimeoutSeconds"
        for name, state, _ in _tasks(machine)
        if "TimeoutSeconds" not in state
    ]


def unretried(machine: Definition) -> list[str]:
    """Tasks whose retries are missing, unbounded, or in step with each other."""
    return [
        f"{name} has no bounded Retry with jitter"
        for name, state, _ in _tasks(machine)
        if not state.get("Retry")
        or any({"MaxAttempts", "JitterStrategy"} - retry.keys() for retry in state["Retry"])
    ]


def uncaught(machine: Definition) -> list[str]:
    """Tasks with an error that nothing catches, here or around them."""
    return [
        f"{name} has no Catch of States.ALL"
        for name, state, caught in _tasks(machine)
        if not caught and not _catches_everything(state)
    ]


def mixed_catch(machine: Definition) -> list[str]:
    """Lists in which States.ALL is not alone or not last, which Step Functions refuses."""
    return [
        f"{name}: States.ALL must stand alone and last"
        for scope in scopes(machine)
        for name, state in scope.states.items()
        for handlers in (state.get("Catch", []), state.get("Retry", []))
        if _misplaces_all([handler["ErrorEquals"] for handler in handlers])
    ]


RULES: Final = (
    dangling,
    unreachable,
    endless,
    speechless,
    unbounded,
    unretried,
    uncaught,
    mixed_catch,
)


def _tasks(machine: Definition) -> Iterator[tuple[str, Definition, bool]]:
    for scope in scopes(machine):
        for name, state in scope.states.items():
            if state["Type"] == "Task":
                yield name, state, scope.caught


def _catches_everything(state: Definition) -> bool:
    return any(catch["ErrorEquals"] == ["States.ALL"] for catch in state.get("Catch", []))


def _misplaces_all(lists: list[list[str]]) -> bool:
    last = len(lists) - 1
    return any(
        "States.ALL" in errors and (len(errors) > 1 or number < last)
        for number, errors in enumerate(lists)
    )


def _transitions(body: Definition) -> Iterator[tuple[str, str]]:
    yield "StartAt", body["StartAt"]
    for name, state in body["States"].items():
        for target in _next_of(state):
            yield name, target


def _next_of(state: Definition) -> Iterator[str]:
    for holder in (state, *state.get("Choices", []), *state.get("Catch", [])):
        if "Next" in holder:
            yield holder["Next"]
    if "Default" in state:
        yield state["Default"]


def _reached(scope: Scope) -> set[str]:
    reached: set[str] = set()
    waiting = [scope.body["StartAt"]]
    while waiting:
        name = waiting.pop()
        if name in scope.states and name not in reached:
            reached.add(name)
            waiting.extend(_next_of(scope.states[name]))
    return reached
