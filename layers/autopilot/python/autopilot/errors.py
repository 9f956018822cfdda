"""The three families of failure, and what a caller does about each.

A state machine branches on the family, never on a message: `Transient` is retried,
`Refused` stops and says which condition held it back, `Inconsistent` stops and pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class AutopilotError(Exception):
    """Base of every error that this package raises on purpose."""


class Transient(AutopilotError):
    """The world may answer differently in a moment: retry, within a bound."""


class Unanswered(Transient):
    """It was sent, and no answer came: it may have been done, or not."""


class Refused(AutopilotError):
    """A rule said no; nothing was changed. The message names the rule and the next step."""


class NotYet(Refused):
    """What was asked cannot change in the state that it is in, which passes: nothing changed."""


class Misconfigured(Refused):
    """AWS answered, and will answer the same until somebody changes a setting.

    Never a sign that a region is lost: it is there, and it said no.
    """


class Inconsistent(AutopilotError):
    """What was found contradicts what must hold: stop, change nothing more, page a person."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input: where, what was expected, what came."""

    key: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.key}: expected {self.expected}, got {self.got}"


class BadInput(Refused):
    """An input that was refused whole, with every problem in it at once."""

    def __init__(self, what: str, problems: Iterable[Problem], advice: str) -> None:
        self.what = what
        self.problems = tuple(problems)
        self.advice = advice
        lines = "; ".join(str(problem) for problem in self.problems)
        super().__init__(f"{what} was refused: {lines}. {advice}")
