"""Where two scanners look at one resource: do they agree, and if not, has somebody said why? Pure.

A verdict is compared for each resource. What our control does not look at and Prowler passes is no
difference; what it does not look at and Prowler fails is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

PASS, FAIL = "pass", "fail"
#: A scanner says nothing of the resource.
SILENT: Final = "-"


@dataclass(frozen=True, slots=True)
class Finding:
    """What Prowler says of one resource."""

    check: str
    resource: str  #: ARN
    region: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One resource of which the two do not say the same."""

    check: str
    resource: str
    theirs: str
    ours: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why they may differ: checks and resources with `*`, and what each says."""

    checks: str
    resources: str
    theirs: str
    ours: str
    because: str

    def covers(self, one: Difference) -> bool:
        """Whether it is about this difference."""
        return (
            fnmatchcase(one.check, self.checks)
            and fnmatchcase(one.resource, self.resources)
            and (one.theirs, one.ours) == (self.theirs, self.ours)
        )


@dataclass(frozen=True, slots=True)
class Answers:
    """What one of our controls says, by subject."""

    control: str
    verdicts: Mapping[str, str]

    def of(self, finding: Finding) -> str:
        """The verdict on the resource, or on its region, or on the one thing there is to judge."""
        by_name = self.verdicts.get(finding.resource) or self.verdicts.get(finding.region)
        if by_name:
            return by_name
        single = len(self.verdicts) == 1 and not any(":" in one for one in self.verdicts)
        return next(iter(self.verdicts.values())) if single else SILENT


@dataclass(frozen=True, slots=True)
class Row:
    """One check of Prowler's."""

    check: str
    theirs: Sequence[str]  #: its verdicts, each once
    control: str = ""
    ours: Sequence[str] = ()
    differences: Sequence[Difference] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """Every check that found something, and what is to be said of the differences."""

    rows: Sequence[Row]
    explained: Mapping[Explanation, Sequence[Difference]]
    unexplained: Sequence[Difference]
    stale: Sequence[Explanation] = field(default=())  #: they explain nothing that is there

    @property
    def holds(self) -> bool:
        """Every difference has its reason, and every reason its difference."""
        return not self.unexplained and not self.stale


def agreement(
    findings: Iterable[Finding], asked: Mapping[str, Answers], reasons: Sequence[Explanation]
) -> Agreement:
    """Compare; `asked` has our answers by the check of Prowler's that asks the same."""
    found: dict[str, list[Finding]] = {check: [] for check in asked}
    for one in findings:
        found.setdefault(one.check, []).append(one)
    rows = [
        _row(check, seen, asked.get(check, Answers("", {})))
        for check, seen in sorted(found.items())
        if seen or asked[check].verdicts
    ]
    differences = [one for row in rows for one in row.differences]
    explained = {
        reason: tuple(one for one in differences if reason.covers(one)) for reason in reasons
    }
    told = {one for several in explained.values() for one in several}
    return Agreement(
        rows=rows,
        explained={reason: several for reason, several in explained.items() if several},
        unexplained=[one for one in differences if one not in told],
        stale=[reason for reason, several in explained.items() if not several],
    )


def _row(check: str, findings: Sequence[Finding], answers: Answers) -> Row:
    return Row(
        check=check,
        theirs=sorted({one.verdict for one in findings}),
        control=answers.control,
        ours=sorted(set(answers.verdicts.values())),
        differences=(*_differing(findings, answers), *_unseen(check, findings, answers)),
    )


def _differing(findings: Sequence[Finding], answers: Answers) -> Iterator[Difference]:
    for one in findings:
        ours = answers.of(one)
        if ours not in (one.verdict, SILENT if one.verdict == PASS else one.verdict):
            yield Difference(one.check, one.resource, one.verdict, ours)


def _unseen(check: str, findings: Sequence[Finding], answers: Answers) -> Iterator[Difference]:
    """What we judge and Prowler does not look at: all of it, or what does not hold."""
    if not findings:
        verdicts = sorted(set(answers.verdicts.values()))
        yield from (Difference(check, "*", SILENT, one) for one in verdicts)
        return
    seen = {name for one in findings for name in (one.resource, one.region)}
    for subject, ours in answers.verdicts.items():
        if ours != PASS and ":" in subject and subject not in seen:
            yield Difference(check, subject, SILENT, ours)
