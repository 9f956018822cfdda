"""Offers the way back once a region that was left has been well for long enough. Never goes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from autopilot.domain.failover import Kind
from autopilot.domain.page import Page
from autopilot.domain.severity import Severity
from autopilot.procedures.regional_failover.report import LAST
from autopilot.procedures.regional_failover.scene import well_since_ms
from autopilot.procedures.vantages import observations

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies

LOOK_EVERY_MINUTES: Final = 5
_MINUTE_MS: Final = 60_000


def offer_failback(dependencies: Dependencies, now_ms: int) -> str:
    """Page once when the dwell time is over; return the region that can be come back to, or ""."""
    section = dependencies.profile.failover
    if section is None or now_ms // _MINUTE_MS % LOOK_EVERY_MINUTES:
        return ""
    last = dependencies.gate.find_record(LAST)
    if (
        last is None
        or last["kind"] == Kind.BACK
        or last["target"] == dependencies.profile.regions.home
    ):
        return ""
    region = str(last["source"])
    since_ms = well_since_ms(observations(dependencies.gate), region)
    minutes = (now_ms - since_ms) // _MINUTE_MS if since_ms else 0
    if minutes < section.dwell_minutes:
        return ""
    dependencies.pager.page(_offer(dependencies, region, str(last["run"]), minutes))
    return region


def _offer(dependencies: Dependencies, region: str, run: str, minutes: int) -> Page:
    return Page(
        key=f"failback/{run}",
        thread=run,
        severity=Severity(dependencies.profile.pages.completed),
        title=f"{dependencies.service}: {region} can be come back to",
        seen=f"Every vantage has reached {region} for {minutes} min.",
        done="Nothing: the way back is never gone by itself.",
        decide="Whether and when to go back: start regional_failover with direction back.",
        next_command=f"autopilot preflight --to {region}",
    )
