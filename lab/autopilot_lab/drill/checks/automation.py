"""What the automation did: effects, runs, calls, and what set it off."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field

from autopilot.domain.allocation import Route
from autopilot_lab.drill.checks.expected import Counted, Expected, Finding, Windowed
from autopilot_lab.drill.evidence import Evidence
from autopilot_lab.drill.written import Count, Duration, RouteName, WholePercent, format_duration


class FirstEffect(Expected):
    """The first change of the allocation comes within a time of the first fault."""

    check: Literal["first_effect"]
    within: Duration
    act: str | None = Field(None, description="The kind of act it must be, such as contain.")

    def _sentence(self) -> str:
        kind = f" is {self.act} and" if self.act else ""
        return f"the first effect{kind} comes within {format_duration(self.within)} of the fault"

    def judge(self, evidence: Evidence) -> Finding:
        """Compare the first effect's instant and act."""
        effect = evidence.first_effect
        if effect is None:
            return Finding(held=False, detail="no effect")
        took = effect.at - (evidence.fault_at or 0)
        held = took <= self.within and self.act in (None, effect.act)
        return Finding(held, f"{effect.act} after {took:.1f} s")


class ReflexBounds(Expected):
    """How much happens between the alarm and the first effect."""

    check: Literal["reflex"]
    transitions_at_most: Count
    calls_at_most: Count

    def _sentence(self) -> str:
        return (
            f"at most {self.transitions_at_most} state transitions and {self.calls_at_most} "
            "AWS calls come before the first effect"
        )

    def judge(self, evidence: Evidence) -> Finding:
        """Compare both counts; there has to be an effect."""
        reflex = evidence.reflex
        within = reflex.transitions <= self.transitions_at_most
        within = within and reflex.calls <= self.calls_at_most
        seen = f"{reflex.transitions} transitions, {reflex.calls} calls"
        return Finding(within and evidence.first_effect is not None, seen)


class RouteShare(Windowed):
    """A route's share stays within bounds at every instant of a window."""

    check: Literal["route_share"]
    route: RouteName
    percent_at_least: WholePercent = 0
    percent_at_most: WholePercent = 100

    def _sentence(self) -> str:
        low, high = self.percent_at_least, self.percent_at_most
        bounds = f"{low} %" if low == high else f"between {low} and {high} %"
        return f"{self.route} has {bounds}{self._when()}"

    def judge(self, evidence: Evidence) -> Finding:
        """Look at every allocation that was in force in the window."""
        route = Route.parse(self.route)
        in_force = evidence.allocations(self.since, self._end(evidence))
        shares = [allocation.percent(route) for allocation in in_force]
        low, high = min(shares), max(shares)
        held = self.percent_at_least <= low and high <= self.percent_at_most
        return Finding(held, f"between {low} and {high} %" if low != high else f"{low} %")


class Effects(Counted):
    """How often the automation changes the allocation."""

    check: Literal["effects"]
    act: str | None = Field(None, description="Only this kind of act; by default all.")

    def _sentence(self) -> str:
        return self._counted(f"effects of kind {self.act}" if self.act else "effects")

    def judge(self, evidence: Evidence) -> Finding:
        """Count the effects of the window."""
        found = [e.at for e in evidence.effects if self.act in (None, e.act)]
        return self._judge(found, evidence, "effects")


class ContainsRefused(Counted):
    """How often the reflex is asked and refuses to contain a route."""

    check: Literal["contains_refused"]
    saying: str | None = Field(None, description="Only refusals whose reason contains this.")
    region: str | None = Field(None, description="Only in this region.")

    def _sentence(self) -> str:
        saying = f" saying '{self.saying}'" if self.saying else ""
        where = f" in {self.region}" if self.region else ""
        return self._counted(f"contains are refused{saying}{where}")

    def judge(self, evidence: Evidence) -> Finding:
        """Count the refusals of the window."""
        found = [
            refused.at
            for refused in evidence.refused_contains
            if (self.saying or "") in refused.detail and self.region in (None, refused.region)
        ]
        return self._judge(found, evidence, "refusals")


class Alarms(Counted):
    """How often alarms go off."""

    check: Literal["alarms"]
    alarm: str = Field("*", description="Only these: a name, in which * stands for any characters.")
    state: Literal["OK", "ALARM", "INSUFFICIENT_DATA"] = Field(
        "ALARM", description="The state that they enter."
    )
    region: str | None = Field(None, description="Only in this region.")

    def _sentence(self) -> str:
        which = "alarms" if self.alarm == "*" else f"alarms {self.alarm}"
        where = f" in {self.region}" if self.region else ""
        verb = "go off" if self.state == "ALARM" else f"become {self.state}"
        return self._counted(f"{which}{where} {verb}")

    def judge(self, evidence: Evidence) -> Finding:
        """Count transitions to the state."""
        changes = [
            alarm.at
            for alarm in evidence.alarms
            if alarm.new == self.state
            and fnmatchcase(alarm.name, self.alarm)
            and self.region in (None, alarm.region)
        ]
        verb = "went off" if self.state == "ALARM" else f"became {self.state}"
        return self._judge(changes, evidence, f"alarms {verb}")


class Runs(Counted):
    """How many runs of a runbook start, or end in one way."""

    check: Literal["runs"]
    runbook: str
    ending: tuple[str, ...] | str | None = Field(
        None, description="Only runs with this outcome, error or status, or one of these."
    )
    saying: str | None = Field(None, description="Only runs whose cause or output contains this.")

    region: str | None = Field(None, description="Only runs in this region.")

    def _sentence(self) -> str:
        where = f" in {self.region}" if self.region else ""
        ending = f" that end as {' or '.join(self._endings())}" if self.ending else ""
        saying = f" and say '{self.saying}'" if self.saying else ""
        return self._counted(f"runs of {self.runbook}{where}{ending}{saying}")

    def _endings(self) -> tuple[str, ...]:
        return (self.ending,) if isinstance(self.ending, str) else self.ending or ()

    def judge(self, evidence: Evidence) -> Finding:
        """Count the runs by when they started."""
        runs = [run for run in evidence.runs if run.runbook == self.runbook]
        runs = [run for run in runs if self.region in (None, run.region)]
        fit = [
            run.started_at
            for run in runs
            if (self.ending is None or run.ending in self._endings())
            and (self.saying or "") in f"{run.cause} {run.output}"
        ]
        endings = ", ".join(run.ending for run in runs) or "none"
        return self._judge(fit, evidence, f"runs; all of {self.runbook}: {endings}")


class Calls(Counted):
    """How often AWS is called: above all, what is not done."""

    check: Literal["calls"]
    service: str = Field(description="As boto3 names it, such as dynamodb.")
    operation: str = Field("*", description="As the API names it; by default every operation.")
    function: str | None = Field(None, description="Only calls of this function, as tend_ledger.")
    region: str | None = Field(None, description="Only calls that go there.")

    def _sentence(self) -> str:
        by = f" by {self.function}" if self.function else ""
        where = f" in {self.region}" if self.region else ""
        return self._counted(f"calls of {self.service}:{self.operation}{by}{where}")

    def judge(self, evidence: Evidence) -> Finding:
        """Count the attempts, answered or not."""
        suffix = f"-{self.function.replace('_', '-')}" if self.function else ""
        made = [
            call.at
            for call in evidence.calls
            if call.service == self.service
            and self.operation in ("*", call.operation)
            and call.caller.endswith(suffix)
            and self.region in (None, call.region)
        ]
        return self._judge(made, evidence, "calls")


class DeadLetters(Counted):
    """How many messages lie in a dead-letter queue when the drill ends, by when they came."""

    check: Literal["dead_letters"]
    queue: str = Field("*", description="Such as failed-alarms; by default every queue.")
    region: str | None = Field(None, description="Only in this region.")

    def _sentence(self) -> str:
        where = f" in {self.region}" if self.region else ""
        return self._counted(f"messages in the queue {self.queue}{where}")

    def judge(self, evidence: Evidence) -> Finding:
        """Count the messages that are there."""
        there = [
            letter.at
            for letter in evidence.dead_letters
            if (self.queue == "*" or letter.queue.endswith(f"-{self.queue}"))
            and self.region in (None, letter.region)
        ]
        return self._judge(there, evidence, "messages")
