"""A rehearsal of recovery: what it found, how long recovery would take, what would be lost. Pure.

Two recoveries are judged: a failover to the other region, and a restore of the ledger from its
backup. A time is a sum of parts, each one measured or stated; while a part is not known, neither
is the sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from autopilot.domain.preflight import Answer, Check

_MINUTE_SECONDS: Final = 60
_SAID_MAX: Final = 4  #: checks named in a summary
_WORST_FIRST: Final = (Answer.NO_GO, Answer.WARN, Answer.GO)


class Recovery(StrEnum):
    """What is recovered by."""

    FAILOVER = "failover"  #: the other region takes over
    RESTORE = "restore"  #: the ledger comes back from its backup


class Basis(StrEnum):
    """Where the time of a part comes from."""

    MEASURED = "measured"
    STATED = "stated"  #: by the profile, or by the budget of the design


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the way back, in seconds."""

    name: str
    seconds: int
    basis: Basis


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long one recovery takes, and how much work it loses."""

    recovery: Recovery
    parts: tuple[Part, ...]  #: of the time; they add up
    lost_seconds: int | None  #: of work; None when nobody knows
    unknown: str = ""  #: why the time is not known; "" when it is

    @property
    def rto_seconds(self) -> int | None:
        """All parts together; None when one is not known."""
        return None if self.unknown else sum(part.seconds for part in self.parts)

    def to_json(self) -> dict[str, Any]:
        """As a machine's state and a record hold it."""
        return {
            "recovery": self.recovery.value,
            "parts": [{**asdict(part), "basis": part.basis.value} for part in self.parts],
            "rto_seconds": self.rto_seconds,
            "lost_seconds": self.lost_seconds,
            "unknown": self.unknown,
        }

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Estimate:
        """Read what `to_json` wrote."""
        parts = tuple(
            Part(each["name"], int(each["seconds"]), Basis(each["basis"]))
            for each in value["parts"]
        )
        lost = value["lost_seconds"]
        return cls(
            Recovery(value["recovery"]),
            parts,
            None if lost is None else int(lost),
            value["unknown"],
        )


@dataclass(frozen=True, slots=True)
class Promise:
    """What the profile promises, in minutes."""

    rto_minutes: int
    rpo_minutes: int

    def checks(self, estimates: Sequence[Estimate]) -> Iterator[Check]:
        """Each estimate against the promise; one that is worse, or not known, says NO-GO."""
        for each in estimates:
            yield self._check("rto", each, each.rto_seconds, self.rto_minutes)
            yield self._check("rpo", each, each.lost_seconds, self.rpo_minutes)

    def _check(self, name: str, of: Estimate, seconds: int | None, minutes: int) -> Check:
        full = f"{name}/{of.recovery.value}"
        source = f"{len(of.parts)} parts" if name == "rto" else "what was read of copies"
        if seconds is None:
            why = of.unknown or "how far the copies are behind could not be read"
            return Check(full, "not known", f"{minutes} min", source, 0, Answer.NO_GO, why)
        held = seconds <= minutes * _MINUTE_SECONDS
        reason = "within the promise" if held else "worse than what the profile promises"
        answer = Answer.GO if held else Answer.NO_GO
        return Check(full, duration(seconds), f"{minutes} min", source, 0, answer, reason)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What one rehearsal found."""

    service: str
    day: str  #: of UTC, 2026-11-03
    source: str  #: the region that is supposed to be lost
    target: str
    observed_ms: int
    checks: tuple[Check, ...]  #: of the pre-flight, of the plan, of backups and of the promise
    plan: str  #: in words; "" when there is none
    digest: str
    estimates: tuple[Estimate, ...]

    @property
    def answer(self) -> Answer:
        """The worst of all checks; NO-GO when there is none."""
        found = {check.answer for check in self.checks}
        return next((each for each in _WORST_FIRST if each in found), Answer.NO_GO)

    @property
    def against(self) -> tuple[Check, ...]:
        """The checks that do not say GO, the worst first."""
        worst_first = sorted(self.checks, key=lambda each: _WORST_FIRST.index(each.answer))
        return tuple(each for each in worst_first if each.answer is not Answer.GO)

    def estimate(self, recovery: Recovery) -> Estimate | None:
        """The estimate of one recovery."""
        return next((each for each in self.estimates if each.recovery is recovery), None)

    @property
    def summary(self) -> str:
        """One sentence: the answer, the four numbers, and what stands against it."""
        numbers = "; ".join(
            f"{each.recovery.value}: back in {duration(each.rto_seconds)}, "
            f"{duration(each.lost_seconds)} lost"
            for each in self.estimates
        )
        against = "; ".join(f"{each.name}: {each.reason}" for each in self.against[:_SAID_MAX])
        said = f"{self.answer} from {self.source} to {self.target}. {numbers}."
        return f"{said} {against}" if against else said

    def to_json(self) -> dict[str, Any]:
        """As a machine's state and a record hold it; answer and summary are for people."""
        return {
            "service": self.service,
            "day": self.day,
            "source": self.source,
            "target": self.target,
            "observed_ms": self.observed_ms,
            "answer": self.answer.value,
            "summary": self.summary,
            "checks": [check.to_json() for check in self.checks],
            "plan": self.plan,
            "digest": self.digest,
            "estimates": [each.to_json() for each in self.estimates],
        }

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Rehearsal:
        """Read what `to_json` wrote."""
        return cls(
            service=value["service"],
            day=value["day"],
            source=value["source"],
            target=value["target"],
            observed_ms=int(value["observed_ms"]),
            checks=tuple(
                Check(**{**each, "answer": Answer(each["answer"])}) for each in value["checks"]
            ),
            plan=value["plan"],
            digest=value["digest"],
            estimates=tuple(Estimate.of(each) for each in value["estimates"]),
        )

    @property
    def numbers(self) -> Numbers:
        """What a trend is made of."""
        return Numbers(
            self.day,
            self.target,
            self.answer.value,
            {each.recovery.value: each.rto_seconds for each in self.estimates},
            {each.recovery.value: each.lost_seconds for each in self.estimates},
        )


@dataclass(frozen=True, slots=True)
class Numbers:
    """One rehearsal in few numbers: a point of the trend."""

    day: str
    target: str
    answer: str
    rto_seconds: Mapping[str, int | None]  #: by recovery; None when it was not known
    lost_seconds: Mapping[str, int | None]

    @property
    def durations(self) -> tuple[str, ...]:
        """For people: of each recovery in order, how long it takes and what is lost."""
        return tuple(
            duration(found.get(recovery.value))
            for recovery in Recovery
            for found in (self.rto_seconds, self.lost_seconds)
        )

    def to_item(self) -> dict[str, Any]:
        """As it lies in the ledger: what was not known is left out."""
        return {
            "day": self.day,
            "target": self.target,
            "answer": self.answer,
            "rto_seconds": {k: v for k, v in self.rto_seconds.items() if v is not None},
            "lost_seconds": {k: v for k, v in self.lost_seconds.items() if v is not None},
        }

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Numbers:
        """Read what `to_item` wrote."""
        times, losses = item["rto_seconds"], item["lost_seconds"]
        return cls(
            str(item["day"]),
            str(item["target"]),
            str(item["answer"]),
            {each.value: _whole(times, each) for each in Recovery},
            {each.value: _whole(losses, each) for each in Recovery},
        )


def _whole(found: Mapping[str, Any], recovery: Recovery) -> int | None:
    return int(found[recovery.value]) if recovery.value in found else None


def duration(seconds: int | None) -> str:
    """For people: `18 min 20 s`; `unknown` for None."""
    if seconds is None:
        return "unknown"
    minutes, rest = divmod(seconds, _MINUTE_SECONDS)
    parts = [f"{number} {unit}" for number, unit in ((minutes, "min"), (rest, "s")) if number]
    return " ".join(parts) or "0 s"
