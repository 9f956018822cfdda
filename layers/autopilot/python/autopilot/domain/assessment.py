"""What a compliance check says: findings by control, a score, and what changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Self

_WHOLE: Final = 100
_SECURITY: Final = "32"


class Verdict(StrEnum):
    """What one control found. Unknown is never a pass: the evidence could not be read."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    PASS = "pass"  # noqa: S105 # nosec B105 - a verdict, no password
    NOT_APPLICABLE = "not applicable"


class Level(StrEnum):
    """How much a control matters."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


_WORST_FIRST: Final = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS, Verdict.NOT_APPLICABLE)
_HEAVIEST_FIRST: Final = (Level.HIGH, Level.MEDIUM, Level.LOW)


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of one subject."""

    subject: str
    verdict: Verdict
    said: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What one control found, with its evidence."""

    id: str
    title: str
    article: str  #: of the GDPR, such as 32(1)(a)
    level: Level
    verdict: Verdict
    said: str  #: one sentence
    evidence: tuple[Observation, ...]  #: worst first; at most so many as the check allows
    subjects: int  #: how many were looked at, in the evidence or not
    remedy: str
    config_rule: str = ""  #: of AWS Config
    security_hub: str = ""  #: of AWS Security Hub
    prowler: tuple[str, ...] = ()

    @property
    def rank(self) -> tuple[int, int, str]:
        """Where it stands among others: worst, then heaviest first."""
        return (_WORST_FIRST.index(self.verdict), _HEAVIEST_FIRST.index(self.level), self.id)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Self:
        """From JSON."""
        evidence = tuple(
            Observation(one["subject"], Verdict(one["verdict"]), one["said"])
            for one in item["evidence"]
        )
        levels = {"level": Level(item["level"]), "verdict": Verdict(item["verdict"])}
        return cls(**{**item, **levels, "evidence": evidence, "prowler": tuple(item["prowler"])})


@dataclass(frozen=True, slots=True)
class Day:
    """What is kept of one day's check, for the trend and for what changed."""

    day: str  #: 2026-11-23, in UTC
    score: int
    verdicts: Mapping[str, Verdict]

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Self:
        """From its record."""
        verdicts = {str(name): Verdict(one) for name, one in item["verdicts"].items()}
        return cls(str(item["day"]), int(item["score"]), verdicts)

    def to_item(self) -> dict[str, Any]:
        """As it lies in its record."""
        verdicts = {name: one.value for name, one in self.verdicts.items()}
        return {"day": self.day, "score": self.score, "verdicts": verdicts}


@dataclass(frozen=True, slots=True)
class Change:
    """A control whose verdict is another than the last time."""

    id: str
    before: Verdict | None  #: None: the control is new
    after: Verdict | None  #: None: there is no such control any more

    @property
    def is_for_the_worse(self) -> bool:
        """Whether it fails, or cannot be judged, and did not before."""
        bad = (Verdict.FAIL, Verdict.UNKNOWN)
        return self.after in bad and self.before not in (self.after, Verdict.FAIL)


@dataclass(frozen=True, slots=True)
class Assessment:
    """A whole check."""

    service: str
    account: str
    observed_ms: int
    day: str
    findings: tuple[Finding, ...]  #: worst first

    @property
    def score(self) -> int:
        """Whole percent of the applicable controls that passed, rounded down.

        100 only when nothing fails and nothing is unknown; 0 when no control applies.
        """
        return _score(self.findings)

    @property
    def security_score(self) -> int:
        """The same over the controls of article 32, security of processing."""
        return _score([one for one in self.findings if one.article.startswith(_SECURITY)])

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many controls have each verdict."""
        verdicts = [one.verdict for one in self.findings]
        return {verdict: verdicts.count(verdict) for verdict in _WORST_FIRST}

    @property
    def summary(self) -> Day:
        """What is kept of it."""
        return Day(self.day, self.score, {one.id: one.verdict for one in self.findings})

    def failing(self, level: Level) -> Sequence[Finding]:
        """Findings of this level, or a heavier one, that fail or are unknown."""
        levels = _HEAVIEST_FIRST[: _HEAVIEST_FIRST.index(level) + 1]
        bad = (Verdict.FAIL, Verdict.UNKNOWN)
        return [one for one in self.findings if one.level in levels and one.verdict in bad]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "service": self.service,
            "account": self.account,
            "observed_ms": self.observed_ms,
            "day": self.day,
            "score": self.score,
            "counts": {verdict.value: count for verdict, count in self.counts.items()},
            "findings": [one.to_dict() for one in self.findings],
        }

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Self:
        """From JSON."""
        names = ("service", "account", "observed_ms", "day")
        findings = tuple(Finding.of(one) for one in item["findings"])
        return cls(**{name: item[name] for name in names}, findings=findings)


def _score(findings: Sequence[Finding]) -> int:
    verdicts = [one.verdict for one in findings if one.verdict is not Verdict.NOT_APPLICABLE]
    return _WHOLE * verdicts.count(Verdict.PASS) // len(verdicts) if verdicts else 0


def changes(before: Day | None, after: Day) -> tuple[Change, ...]:
    """What is otherwise than the last time, for the worse first; nothing without a last time."""
    if before is None:
        return ()
    found = [
        Change(name, before.verdicts.get(name), after.verdicts.get(name))
        for name in sorted({*before.verdicts, *after.verdicts})
        if before.verdicts.get(name) != after.verdicts.get(name)
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_for_the_worse, one.id)))
