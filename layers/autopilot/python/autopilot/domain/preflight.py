"""The pre-flight of a failover: one check for each thing that must hold before traffic moves.

Pure. A check that could not be read says NO-GO: what nobody saw is never a reason to move. A
pre-flight without any check says so too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from autopilot.domain.allocation import WHOLE
from autopilot.domain.fields import Fields

CHECKS_MAX: Final = 120
TEXT_MAX: Final = 600
_SAID_MAX: Final = 4  #: checks named in a summary
_KNOWN: Final = ("source_region", "target", "checks", "observed_ms", "carries_percent")
_KNOWN_OF_CHECK: Final = ("name", "observed", "limit", "source", "age_seconds", "answer", "reason")
_ADVICE: Final = "Run the pre-flight again; it writes this form itself."


class Answer(StrEnum):
    """What one check, or all of them together, say of a move."""

    GO = "GO"
    WARN = "WARN"  #: no reason to stop, and somebody should look
    NO_GO = "NO-GO"


_WORST_FIRST: Final = (Answer.NO_GO, Answer.WARN, Answer.GO)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold, as it was found.

    `name` is the kind of check and what it is about: `quota-tokens-per-minute/direct`.
    """

    name: str
    observed: str
    limit: str  #: what was asked of it
    source: str  #: the call, record or metric that it was read from
    age_seconds: int | None  #: of what was observed; None when it could not be read
    answer: Answer
    reason: str  #: why, in words a person acts on

    def __post_init__(self) -> None:
        """An unread check cannot be built with another answer than NO-GO."""
        if self.age_seconds is None and self.answer is not Answer.NO_GO:
            raise ValueError(f"{self.name} was not read: expected NO-GO, got {self.answer}")

    @classmethod
    def unread(cls, name: str, *, limit: str, source: str, reason: str) -> Check:
        """A check whose facts did not come."""
        return cls(name, "could not be read", limit, source, None, Answer.NO_GO, reason[:TEXT_MAX])

    @property
    def kind(self) -> str:
        """The kind of check: its name up to the slash."""
        return self.name.partition("/")[0]

    @property
    def subject(self) -> str:
        """What it is about: its name after the slash; "" when it is about the whole move."""
        return self.name.partition("/")[2]

    @property
    def is_read(self) -> bool:
        """Whether the facts came."""
        return self.age_seconds is not None

    def to_json(self) -> dict[str, Any]:
        """As a machine's state and a record hold it."""
        return {
            "name": self.name,
            "observed": self.observed,
            "limit": self.limit,
            "source": self.source,
            "age_seconds": self.age_seconds,
            "answer": self.answer.value,
            "reason": self.reason,
        }

    @classmethod
    def read(cls, fields: Fields) -> Check | None:
        """From the form of `to_json`; None, with what is wrong noted in `fields`."""
        fields.only(_KNOWN_OF_CHECK)
        name, observed, limit, source, reason = (
            fields.text(each, most=TEXT_MAX)
            for each in ("name", "observed", "limit", "source", "reason")
        )
        age = fields.integer("age_seconds") if fields.is_given("age_seconds") else None
        answer = fields.choice("answer", Answer)
        if age is None and answer is not Answer.NO_GO:
            fields.note("answer", "NO-GO, for a check without age_seconds", answer.value)
            return None
        return cls(name, observed, limit, source, age, answer, reason)


@dataclass(frozen=True, slots=True)
class Preflight:
    """Every check of one move, and what they say together."""

    source_region: str | None  #: the region that is lost or left; None when none is
    target: str
    checks: tuple[Check, ...]
    observed_ms: int
    #: Percent of the whole load that the target's quotas carry with their margin; None when
    #: nobody knows. Below 100 a move is staged, or waits for more.
    carries_percent: int | None = None

    @property
    def answer(self) -> Answer:
        """The worst of all checks; NO-GO when there is none."""
        found = {check.answer for check in self.checks}
        return next((each for each in _WORST_FIRST if each in found), Answer.NO_GO)

    @property
    def worst_first(self) -> tuple[Check, ...]:
        """The checks, NO-GO before WARN before GO, otherwise in the order they were made."""
        return tuple(sorted(self.checks, key=lambda check: _WORST_FIRST.index(check.answer)))

    def with_answer(self, answer: Answer) -> tuple[Check, ...]:
        """The checks that say so."""
        return tuple(check for check in self.checks if check.answer is answer)

    @property
    def summary(self) -> str:
        """One sentence for a page or a list: what stands in the way, or that nothing does."""
        move = f"{self.source_region or 'no region'} to {self.target}"
        counted = ", ".join(f"{len(self.with_answer(each))} {each}" for each in _WORST_FIRST)
        against = "; ".join(f"{each.name}: {each.reason}" for each in self.against[:_SAID_MAX])
        return f"{self.answer} from {move} ({counted}){': ' if against else ''}{against}"

    @property
    def against(self) -> tuple[Check, ...]:
        """The checks that do not say GO, the worst first."""
        return tuple(check for check in self.worst_first if check.answer is not Answer.GO)

    def to_json(self) -> dict[str, Any]:
        """As a machine's state and a record hold it; the answer is written for people."""
        return {
            "source_region": self.source_region,
            "target": self.target,
            "answer": self.answer.value,
            "observed_ms": self.observed_ms,
            "carries_percent": self.carries_percent,
            "checks": [check.to_json() for check in self.checks],
        }

    @classmethod
    def from_json(cls, value: object) -> Preflight:
        """Read what `to_json` wrote; raise `BadInput` with everything that is wrong with it."""
        fields = Fields(value, "a pre-flight", _ADVICE)
        fields.only([*_KNOWN, "answer"])
        checks = [Check.read(each) for each in fields.each("checks", most=CHECKS_MAX)]
        lost = fields.text("source_region") if fields.is_given("source_region") else None
        carries = None
        if fields.is_given("carries_percent"):
            carries = fields.integer("carries_percent", most=WHOLE)
        target, observed_ms = fields.text("target"), fields.integer("observed_ms")
        answer = fields.choice("answer", Answer)
        read = cls(lost, target, tuple(each for each in checks if each), observed_ms, carries)
        if answer is not read.answer:
            fields.note("answer", f"{read.answer}, as its checks say", answer.value)
        fields.refuse_if_wrong()
        return read
