"""What a belief is, and the ways in which trying one can end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from autopilot_lab.conformance.sandbox import Sandbox

#: Tries a belief; raises `Violated` when the place behaves differently, `NotShown` when it
#: cannot tell.
Assertion: TypeAlias = Callable[[Sandbox], None]


@dataclass(frozen=True, slots=True)
class Source:
    """Where AWS says so: the page or model, and its address.

    `seen` is false when the page could not be read when the belief was written.
    """

    title: str
    address: str
    seen: bool = True


class Danger(IntEnum):
    """What a gap of the lab can hide, worst first."""

    SAFETY = 1  #: a condition, lock, key, approval, retention or role that does not hold
    EFFECT = 2  #: an action that would be refused or end differently
    DETAIL = 3  #: a number, a limit or a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The lab is known to behave differently; a test asserts that it still does.

    `seen` is part of the violation's message, so that no other failure passes for the gap;
    `closed_by` is the rule of the strict layer that would close it.
    """

    lab: str
    closed_by: str
    danger: Danger
    seen: str = "was accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """One behaviour of AWS that we build on.

    `breaks` says what fails in the product if it is false. A belief without an assertion is
    documented only, for the reason in `untried`; one with `account_only` is tried in an account
    and not in the lab. `makes` names what a trial creates, `cents` bounds what it costs (US).
    """

    id: str
    statement: str
    source: Source
    breaks: str
    assertion: Assertion | None = None
    gap: Gap | None = None
    account_only: str = ""
    untried: str = ""
    makes: tuple[str, ...] = ()
    cents: int = 0

    @property
    def tried(self) -> bool:
        """Whether there is an assertion at all."""
        return self.assertion is not None

    @property
    def shown_by_the_lab(self) -> bool:
        """Whether the lab is expected to behave as AWS does."""
        return self.assertion is not None and self.gap is None and not self.account_only


def belief(
    source: Source,
    *,
    breaks: str,
    gap: Gap | None = None,
    account_only: str = "",
    makes: str = "",
    cents: int = 0,
) -> Callable[[Assertion], Belief]:
    """Make a belief of an assertion: its id is the function's name, its statement the docstring."""

    def declare(assertion: Assertion) -> Belief:
        return Belief(
            id=assertion.__name__.replace("_", "-"),
            statement=" ".join((assertion.__doc__ or "").split()),
            source=source,
            breaks=breaks,
            assertion=assertion,
            gap=gap,
            account_only=account_only,
            makes=tuple(part.strip() for part in makes.split(",") if part.strip()),
            cents=cents,
        )

    return declare


def documented(id_: str, statement: str, source: Source, *, breaks: str, untried: str) -> Belief:
    """Make a belief that nothing tries, and say why."""
    return Belief(id=id_, statement=statement, source=source, breaks=breaks, untried=untried)
