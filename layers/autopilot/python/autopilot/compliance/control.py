"""What a control is, and the words with which its examination is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from autopilot.domain.assessment import Level, Observation, Verdict
from autopilot.domain.evidence.evidence import ByRegion, Evidence
from autopilot.domain.known import Found, Unread

Examine: TypeAlias = Callable[[Evidence], Iterable[Observation]]


@dataclass(frozen=True, slots=True)
class Control:
    """One question, with the article that asks it and what to do when the answer is no."""

    id: str
    title: str
    article: str  #: of the GDPR
    level: Level
    remedy: str
    examine: Examine  #: one observation for each subject that it applies to
    #: Identifier of AWS Config's managed rule, as the page of each rule gives it:
    #: https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html
    config_rule: str = ""
    #: Control of AWS Security Hub, by the page of its service (`s3-controls` and its like):
    #: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html
    security_hub: str = ""
    #: Prowler's checks of the same thing, by the names of the version that `make prowler` installs.
    prowler: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be said of a subject."""

    verdict: Verdict
    said: str


class Subject(Protocol):
    """A fact that can be named."""

    @property
    def subject(self) -> str:
        """What a finding calls it."""
        ...


F = TypeVar("F", bound=Subject)
T = TypeVar("T")
J = TypeVar("J", Judgement, Judgement | None)


def holds(truth: bool, yes: str, no: str) -> Judgement:  # noqa: FBT001 - what is judged
    """A pass that says `yes`, or a fail that says `no`."""
    return Judgement(Verdict.PASS, yes) if truth else Judgement(Verdict.FAIL, no)


def judged(reading: Found[T], judge: Callable[[T], J]) -> J | Judgement:
    """What `judge` says of what was read; unknown, with the reason, when it was not."""
    if isinstance(reading, Unread):
        return Judgement(Verdict.UNKNOWN, f"could not be read: {reading.reason}")
    return judge(reading.value)


def each(
    facts: Callable[[Evidence], ByRegion[F]],
    judge: Callable[[F, Evidence], Judgement | None],
) -> Examine:
    """Examine every fact of a kind; `judge` answers None for one that the control is not about."""

    def examine(evidence: Evidence) -> Iterator[Observation]:
        for place, read in facts(evidence).items():
            if isinstance(read, Unread):
                yield unread(place, read)
                continue
            for fact in read.value:
                said = judge(fact, evidence)
                if said is not None:
                    yield Observation(fact.subject, said.verdict, said.said)

    return examine


def once(subject: str, judge: Callable[[Evidence], Judgement | None]) -> Examine:
    """Examine one thing of which there is one only."""

    def examine(evidence: Evidence) -> Iterator[Observation]:
        said = judge(evidence)
        if said is not None:
            yield Observation(subject, said.verdict, said.said)

    return examine


def unread(place: str, read: Unread) -> Observation:
    """That a whole kind of facts could not be read there."""
    return Observation(place, Verdict.UNKNOWN, f"could not be listed: {read.reason}")


def both(first: Examine, second: Examine) -> Examine:
    """Examine facts of two kinds."""

    def examine(evidence: Evidence) -> Iterator[Observation]:
        yield from first(evidence)
        yield from second(evidence)

    return examine
