"""What a scenario may expect, and how each expectation is checked against the evidence."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from autopilot.domain.allocation import Route
from autopilot_lab.drill.evidence import Evidence
from autopilot_lab.drill.expecting import Counted as _Counted
from autopilot_lab.drill.expecting import Expected as _Expectation
from autopilot_lab.drill.expecting import Finding
from autopilot_lab.drill.expecting import Window as _Window
from autopilot_lab.drill.release_expectations import SwitchesShow, Turns
from autopilot_lab.drill.written import (
    Count,
    Duration,
    Percent,
    RouteName,
    Strict,
    WholePercent,
    format_duration,
)


class FirstEffect(_Expectation):
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


class ReflexBounds(_Expectation):
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


class Mitigated(_Expectation):
    """The error rate goes under the profile's objective within a time of the fault, and stays."""

    check: Literal["mitigated"]
    within: Duration

    def _sentence(self) -> str:
        return f"the fault is mitigated within {format_duration(self.within)}"

    def judge(self, evidence: Evidence) -> Finding:
        """Compare the first instant of five calm minutes."""
        at = evidence.mitigated_at
        if at is None or evidence.fault_at is None:
            return Finding(held=False, detail="not mitigated by the end of the drill")
        took = at - evidence.fault_at
        return Finding(took <= self.within, f"mitigated after {took} s")


class FailedRequests(_Expectation):
    """Few requests fail, of all requests or of those that fail without automation."""

    check: Literal["failed_requests"]
    percent_at_most: Percent | None = Field(None, description="Of all requests.")
    percent_of_unautomated_at_most: Percent | None = Field(
        None, description="Of those that fail with the same seed and no automation."
    )

    def _sentence(self) -> str:
        bounds = (
            (self.percent_at_most, "of all requests"),
            (self.percent_of_unautomated_at_most, "of what fails without automation"),
        )
        words = (f"{bound:g} % {of}" for bound, of in bounds if bound is not None)
        return f"failed requests are at most {' and '.join(words)}"

    def judge(self, evidence: Evidence) -> Finding:
        """Compare the totals of the whole drill."""
        failed, total = evidence.series.failures, evidence.series.requests
        other = evidence.unautomated.failures
        held = _share_held(failed, total, self.percent_at_most)
        held = held and _share_held(failed, other, self.percent_of_unautomated_at_most)
        return Finding(held, f"{failed} of {total} failed, {other} without automation")


class RollOutCost(_Expectation):
    """The roll-out costs few failed requests, against the better of the presets compared."""

    check: Literal["roll_out_cost"]
    percent_of_better_preset_at_most: Percent

    def _sentence(self) -> str:
        share = f"{self.percent_of_better_preset_at_most:g} %"
        return f"the roll-out fails at most {share} of the requests that the better preset does"

    def judge(self, evidence: Evidence) -> Finding:
        """Compare what each costs beyond the same day without a roll-out."""
        peers = evidence.caused_by_peers
        if not peers:
            return Finding(held=False, detail="the scenario has no compare section")
        held = _share_held(
            evidence.caused, min(peers.values()), self.percent_of_better_preset_at_most
        )
        others = ", ".join(f"{failed} by {name}" for name, failed in peers.items())
        return Finding(held, f"{evidence.caused} failed, {others}")


class ErrorRate(_Window):
    """Few requests fail in a window."""

    check: Literal["error_rate"]
    percent_at_most: Percent

    def _sentence(self) -> str:
        return f"the error rate is at most {self.percent_at_most:g} %{self._when()}"

    def judge(self, evidence: Evidence) -> Finding:
        """Compare failed and all requests of the window."""
        requests, failures = evidence.series.between(self.since, self._end(evidence))
        held = requests > 0 and _share_held(failures, requests, self.percent_at_most)
        return Finding(held, f"{failures} of {requests} failed")


class RouteShare(_Window):
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


class Effects(_Counted):
    """How often the automation changes the allocation."""

    check: Literal["effects"]
    act: str | None = Field(None, description="Only this kind of act; by default all.")

    def _sentence(self) -> str:
        return self._counted(f"effects of kind {self.act}" if self.act else "effects")

    def judge(self, evidence: Evidence) -> Finding:
        """Count the effects of the window."""
        found = [e.at for e in evidence.effects if self.act in (None, e.act)]
        return self._judge(found, evidence, "effects")


class Alarms(_Counted):
    """How often alarms go off."""

    check: Literal["alarms"]

    def _sentence(self) -> str:
        return self._counted("alarms go off")

    def judge(self, evidence: Evidence) -> Finding:
        """Count transitions to ALARM."""
        rings = [alarm.at for alarm in evidence.alarms if alarm.new == "ALARM"]
        return self._judge(rings, evidence, "alarms went off")


class Runs(_Counted):
    """How many runs of a runbook start, or end in one way."""

    check: Literal["runs"]
    runbook: str
    ending: tuple[str, ...] | str | None = Field(
        None, description="Only runs with this outcome, error or status, or one of these."
    )
    saying: str | None = Field(None, description="Only runs whose cause or output contains this.")

    def _sentence(self) -> str:
        ending = f" that end as {' or '.join(self._endings())}" if self.ending else ""
        saying = f" and say '{self.saying}'" if self.saying else ""
        return self._counted(f"runs of {self.runbook}{ending}{saying}")

    def _endings(self) -> tuple[str, ...]:
        return (self.ending,) if isinstance(self.ending, str) else self.ending or ()

    def judge(self, evidence: Evidence) -> Finding:
        """Count the runs by when they started."""
        runs = [run for run in evidence.runs if run.runbook == self.runbook]
        fit = [
            run.started_at
            for run in runs
            if (self.ending is None or run.ending in self._endings())
            and (self.saying or "") in f"{run.cause} {run.output}"
        ]
        endings = ", ".join(run.ending for run in runs) or "none"
        return self._judge(fit, evidence, f"runs; all of {self.runbook}: {endings}")


class Pages(_Counted):
    """How often people are paged."""

    check: Literal["pages"]
    saying: str | None = Field(None, description="Only pages that contain this.")

    def _sentence(self) -> str:
        return self._counted(f"pages saying '{self.saying}'" if self.saying else "pages")

    def judge(self, evidence: Evidence) -> Finding:
        """Count the pages of the window."""
        wanted = self.saying or ""
        found = [p.at for p in evidence.pages if wanted in f"{p.subject} {p.text}"]
        return self._judge(found, evidence, "pages")


class LeaseFree(_Expectation):
    """Nobody holds the lease when the drill ends."""

    check: Literal["lease_free"]

    def _sentence(self) -> str:
        return "the lease is free at the end"

    def judge(self, evidence: Evidence) -> Finding:
        """Look at the ledger."""
        holder = evidence.ledger.lease_holder
        return Finding(not holder, f"held by {holder}" if holder else "free")


class LeverEngaged(_Expectation):
    """Whether the stop lever is engaged when the drill ends."""

    check: Literal["lever"]
    engaged: bool

    def _sentence(self) -> str:
        return f"the stop lever is {'' if self.engaged else 'not '}engaged at the end"

    def judge(self, evidence: Evidence) -> Finding:
        """Look at the ledger."""
        engaged = evidence.ledger.lever_engaged
        return Finding(engaged == self.engaged, "engaged" if engaged else "not engaged")


class TrailVerified(_Expectation):
    """Every effect is in the exported trail, and the chain holds."""

    check: Literal["trail_verified"]

    def _sentence(self) -> str:
        return "the exported trail holds every effect and its chain verifies"

    def judge(self, evidence: Evidence) -> Finding:
        """Check the chain, and that no effect is missing from it."""
        trail, effects = evidence.trail, len(evidence.effects)
        held = trail.verified and trail.entries >= effects
        seen = f"{trail.entries} entries for {effects} effects"
        return Finding(held, f"{seen}; {trail.problem}" if trail.problem else seen)


def _share_held(part: int, whole: int, percent_at_most: float | None) -> bool:
    return percent_at_most is None or part * 100 <= whole * percent_at_most


Expectation = Annotated[
    FirstEffect
    | ReflexBounds
    | Mitigated
    | FailedRequests
    | RollOutCost
    | ErrorRate
    | RouteShare
    | Effects
    | Turns
    | SwitchesShow
    | Alarms
    | Runs
    | Pages
    | LeaseFree
    | LeverEngaged
    | TrailVerified,
    Field(discriminator="check"),
]
EXPECTATIONS: Final[tuple[type[Strict], ...]] = get_args(get_args(Expectation)[0])
