"""What clients saw: failed requests, and how long they failed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from autopilot_lab.drill.checks.expected import Expected, Finding, Windowed, share_held
from autopilot_lab.drill.evidence import Evidence
from autopilot_lab.drill.written import Duration, Percent, format_duration


class Mitigated(Expected):
    """The error rate goes under the profile's objective within a time of the fault, and stays."""

    check: Literal["mitigated"]
    within: Duration
    after: Literal["alarm", "fault"] = Field(
        "fault", alias="from", description="The first fault, or the first alarm after it."
    )

    def _sentence(self) -> str:
        of_alarm = " of the alarm" if self.after == "alarm" else ""
        return f"the fault is mitigated within {format_duration(self.within)}{of_alarm}"

    def judge(self, evidence: Evidence) -> Finding:
        """Compare the first instant of five calm minutes."""
        at = evidence.mitigated_at
        since = evidence.alarm_at if self.after == "alarm" else evidence.fault_at
        if at is None or since is None:
            return Finding(held=False, detail="not mitigated by the end of the drill")
        took = at - since
        return Finding(took <= self.within, f"mitigated {took:.0f} s after the {self.after}")


class FailedRequests(Expected):
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
        held = share_held(failed, total, self.percent_at_most)
        held = held and share_held(failed, other, self.percent_of_unautomated_at_most)
        return Finding(held, f"{failed} of {total} failed, {other} without automation")


class RollOutCost(Expected):
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
        held = share_held(
            evidence.caused, min(peers.values()), self.percent_of_better_preset_at_most
        )
        others = ", ".join(f"{failed} by {name}" for name, failed in peers.items())
        return Finding(held, f"{evidence.caused} failed, {others}")


class ReleaseCost(Expected):
    """The rollback costs few failed requests, against presets of AWS on the same bad release."""

    check: Literal["release_cost"]
    presets: tuple[str, ...] = Field(
        min_length=1, description="Such as 'CodeDeploy AllAtOnce'; each for itself."
    )
    percent_at_most: Annotated[float, Field(ge=0)] = Field(
        description="Of the requests that fail under each of them; over 100 when it costs more."
    )

    def _sentence(self) -> str:
        return (
            f"at most {self.percent_at_most:g} % of the requests fail that do under "
            f"{', '.join(self.presets)}"
        )

    def judge(self, evidence: Evidence) -> Finding:
        """Compare what failed in the whole drill with what does under each preset."""
        peers = evidence.release_peers
        if missing := [name for name in self.presets if name not in peers]:
            return Finding(held=False, detail=f"not played: {', '.join(missing)}")
        failed = evidence.series.failures
        theirs = {name: peers[name].series.failures for name in self.presets}
        held = all(failed * 100 <= self.percent_at_most * other for other in theirs.values())
        others = ", ".join(f"{other} under {name}" for name, other in theirs.items())
        return Finding(held, f"{failed} failed, {others}")


class ErrorRate(Windowed):
    """Few requests fail in a window."""

    check: Literal["error_rate"]
    percent_at_most: Percent

    def _sentence(self) -> str:
        return f"the error rate is at most {self.percent_at_most:g} %{self._when()}"

    def judge(self, evidence: Evidence) -> Finding:
        """Compare failed and all requests of the window."""
        requests, failures = evidence.series.between(self.since, self._end(evidence))
        held = requests > 0 and share_held(failures, requests, self.percent_at_most)
        return Finding(held, f"{failures} of {requests} failed")
