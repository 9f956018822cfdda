"""What a failover cost and kept: failed requests, writes, and calls that somebody waited for."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field

from autopilot.domain.switches import DATABASE
from autopilot_lab.drill.checks.expected import Counted, Expected, Finding, Windowed
from autopilot_lab.drill.evidence import Evidence
from autopilot_lab.drill.failover import RUNBOOK, last_failure
from autopilot_lab.drill.written import Duration, format_duration


class LastFailure(Windowed):
    """The last failed request comes within a time of the fault."""

    check: Literal["last_failure"]
    within: Duration

    def _sentence(self) -> str:
        return f"the last failed request comes within {format_duration(self.within)} of the fault"

    def judge(self, evidence: Evidence) -> Finding:
        """Look for the last second with a failure."""
        since = evidence.fault_at or 0
        at = last_failure(evidence.series, since, self._end(evidence))
        if at is None:
            return Finding(held=True, detail="no request failed")
        return Finding(at - since <= self.within, f"after {at - since} s")


class OneWriter(Expected):
    """Never do two regions take writes at once, and never does nobody for longer than a time."""

    check: Literal["one_writer"]
    nobody_at_most: Duration = Field(description="Longest time in which no region takes writes.")

    def _sentence(self) -> str:
        longest = format_duration(self.nobody_at_most)
        return f"at most one region takes writes, and nobody for at most {longest}"

    def judge(self, evidence: Evidence) -> Finding:
        """Add up the seconds with two writers; find the longest time without one."""
        ends = [*evidence.taking_writes, (evidence.seconds, frozenset[str]())]
        spans = [(end - begin, taking) for (begin, taking), (end, _) in pairwise(ends)]
        overlap = sum(seconds for seconds, taking in spans if len(taking) > 1)
        nobody = max((seconds for seconds, taking in spans if not taking), default=0)
        detail = f"overlap {overlap} s, nobody for {nobody} s at most"
        return Finding(overlap == 0 and nobody <= self.nobody_at_most, detail)


class WaitedCalls(Counted):
    """How many calls into a region a failover's machine waits for, from its start to its end."""

    check: Literal["waited_calls"]
    region: str

    def _sentence(self) -> str:
        return self._counted(f"calls into {self.region} that the failover waits for")

    def judge(self, evidence: Evidence) -> Finding:
        """Count the calls of every function that the runs of failovers invoked."""
        runs = [run.name for run in evidence.runs if run.runbook == RUNBOOK]
        made = [
            call.at
            for call in evidence.calls
            if call.region == self.region and any(name in call.invoked_by for name in runs)
        ]
        return self._judge(made, evidence, "calls")


class NothingLost(Expected):
    """Every effect that the ledger acknowledged is still told by it, or by a trail."""

    check: Literal["nothing_lost"]

    def _sentence(self) -> str:
        return "no acknowledged write of the ledger is lost"

    def judge(self, evidence: Evidence) -> Finding:
        """Versions and turns are counted in the write itself: none may be missing."""
        versions = {effect.after.version for effect in evidence.effects}
        wanted = set(range(2, evidence.ledger.allocation.version + 1))
        turns = len(evidence.turned)
        lost = len(wanted - versions) + max(0, evidence.ledger.turns - turns)
        acknowledged = len(wanted) + evidence.ledger.turns
        return Finding(lost == 0, f"{lost} of {acknowledged} acknowledged effects lost")


class Active(Expected):
    """One region is the active one: it owns the writes and all that carries weight is open."""

    check: Literal["active"]
    region: str
    admitted: tuple[str, ...] = Field(min_length=1, description="Regions that clients may come to.")
    database: str = Field("", description="Region that the global database is written in.")

    def _sentence(self) -> str:
        opened = " and ".join(self.admitted)
        written = f", the database is written in {self.database}" if self.database else ""
        return (
            f"{self.region} owns the writes at the end{written}, and clients may come to {opened}"
        )

    def judge(self, evidence: Evidence) -> Finding:
        """Look at both switches as they stand."""
        writer = evidence.switches.get("writer", "")
        opened = evidence.switches.get("admission", "")
        written = evidence.switches.get(DATABASE, "")
        held = writer == self.region and set(opened.split("+")) == set(self.admitted)
        held = held and self.database in ("", written)
        said = f", database {written}" if written else ""
        return Finding(held, f"writes {writer}{said}, clients {opened}")
