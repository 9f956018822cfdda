"""Writes a sweep down, and tells people when its state is not the one they were told of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.family import Family
from autopilot.domain.page import Link, Page
from autopilot.domain.severity import Severity
from autopilot.domain.verdict import State
from autopilot.procedures.health_sweep.fitness import sweep_record
from autopilot.procedures.health_sweep.measuring import readings
from autopilot.procedures.health_sweep.review import day_record
from autopilot.procedures.health_sweep.unanswered import open_unanswered
from autopilot.procedures.preflight.memory import RECORD_PREFIX

if TYPE_CHECKING:
    from autopilot.gate.gate import Gate
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

_SUMMARY_MAX: Final = 2_048
#: The other region sees the same change within two of its sweeps, or sees another one.
SAME_CHANGE_SECONDS: Final = 900
_MINUTE_MS: Final = 60_000
_BLIND: Final = "blind"
#: Checks of what clients feel, which is what an incident of that family is about.
_OF_REQUESTS: Final = frozenset({"service", "routes", "burn", "latency", "efficiency", "regions"})
_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Told:
    """What people were told last, and under which key."""

    state: str = ""  #: unhealthy, blind, healthy after either; "" when nothing yet
    severity: str = ""
    about: str = ""  #: the check that was worst
    key: str = ""
    at_ms: int = 0

    def to_item(self) -> dict[str, Any]:
        """As it lies in the record."""
        return {
            "state": self.state,
            "severity": self.severity,
            "about": self.about,
            "key": self.key,
            "at_ms": self.at_ms,
        }

    def is_same_change(self, other: Told) -> bool:
        """Whether another region told the same a little while ago."""
        same = (self.state, self.severity, self.about) == (other.state, other.severity, other.about)
        return same and abs(self.at_ms - other.at_ms) <= SAME_CHANGE_SECONDS * 1000


def record(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Write the sweep down; page on a change of state, and once when the other region is silent.

    Alarms that nobody answered become cases; that comes last, so that it can be tried again.

    The region's record is replaced: the trail of observations is the metrics themselves, and a
    day's full sweep has a record of its own for the review.
    """
    sweep: Mapping[str, Any] = _whole(message["sweep"])
    gate, region, now_ms = dependencies.gate, dependencies.region, dependencies.clock.now_ms()
    before = gate.find_record(sweep_record(region)) or _NOTHING
    told_before = Told(**before["told"]) if "told" in before else Told()
    telling = _telling(sweep, before, told_before, now_ms)
    if telling is not None and _is_told_by_an_incident(telling, gate, now_ms):
        telling = None  # what is left of it when the incident is closed is told by a later sweep
    if telling is not None:
        telling = _under_one_key(telling, dependencies)
        dependencies.pager.page(_page(telling, sweep, message, dependencies))
    silent = _tell_silence(sweep, before, message, dependencies)
    fields = _fields(sweep, before, now_ms, str(message["run"]))
    told = telling or told_before
    gate.record(
        sweep_record(region), {**fields, "told": told.to_item(), "silent": silent}, once=False
    )
    dependencies.meter.record(list(readings(sweep)))
    if "limits" in sweep:
        _record_day(sweep, now_ms, dependencies)
    if "preflight" in sweep:
        gate.record(RECORD_PREFIX + region, sweep["preflight"], once=False)
    return {"changed": telling is not None, "opened": open_unanswered(sweep, dependencies)}


def _whole(sweep: Mapping[str, Any]) -> Mapping[str, Any]:
    """A sweep of which a part could not be looked at is not healthy."""
    if "partial" not in sweep:
        return sweep
    state = State.UNKNOWN if sweep["state"] == State.HEALTHY else sweep["state"]
    summary = f"{sweep['summary']} Not everything was looked at: {sweep['partial']}."
    return {**sweep, "state": str(state), "summary": summary}


# -- what people are told ------------------------------------------------------------------------


def _telling(
    sweep: Mapping[str, Any], before: Mapping[str, Any], told: Told, now_ms: int
) -> Told | None:
    """What is to be said now; None when people know."""
    about = _worst_check(sweep)
    if sweep["state"] == State.UNHEALTHY:
        now = Told("unhealthy", str(sweep["severity"]), about, at_ms=now_ms)
        known = told.state == now.state and told.severity <= now.severity
        return None if known else now
    if sweep["state"] == State.HEALTHY and told.state in {"unhealthy", _BLIND}:
        return Told("healthy", Severity.P3.value, told.about, at_ms=now_ms)
    # One sweep that sees nothing may be a hiccup; the second one is news.
    if _is_blind(sweep) and before.get("blind") and told.state not in {"unhealthy", _BLIND}:
        return Told(_BLIND, Severity.P2.value, about, at_ms=now_ms)
    return None


def _is_told_by_an_incident(telling: Told, gate: Gate, now_ms: int) -> bool:
    """Whether an incident is open that tells people of the same: one cause, one thread."""
    if telling.state == State.HEALTHY or telling.about not in _OF_REQUESTS:
        return False
    incident = gate.find_incident(Family.TRAFFIC)
    return incident is not None and incident.is_open and incident.expires_ms > now_ms


def _is_blind(sweep: Mapping[str, Any]) -> bool:
    """Whether not one request was seen; too few to judge is a quiet night, not blindness."""
    seen = [
        finding["evidence"].get("requests", 0)
        for finding in sweep.get("findings", ())
        if finding["check"] == "service"
    ]
    return sweep["state"] == State.UNKNOWN and not any(seen)


def _worst_check(sweep: Mapping[str, Any]) -> str:
    findings = sweep.get("findings") or [{"check": "service"}]
    return str(findings[0]["check"])


def _under_one_key(telling: Told, dependencies: Dependencies) -> Told:
    """The key of the other region's page when it is about the same change, else a new one."""
    regions = dependencies.profile.regions
    other = regions.standby if dependencies.region == regions.home else regions.home
    theirs = dependencies.gate.find_record(sweep_record(other)) or _NOTHING
    told = Told(**theirs["told"]) if "told" in theirs else Told()
    minute = telling.at_ms // _MINUTE_MS
    key = f"sweep/{telling.state}-{telling.severity}/{telling.about}/{minute}"
    return Told(
        telling.state,
        telling.severity,
        telling.about,
        told.key if telling.is_same_change(told) else key,
        telling.at_ms,
    )


def _page(
    telling: Told, sweep: Mapping[str, Any], message: Message, dependencies: Dependencies
) -> Page:
    words = {
        "unhealthy": f"is unhealthy ({telling.about})",
        "healthy": "is healthy again",
        _BLIND: "cannot be seen",
    }
    return Page(
        key=telling.key,
        thread=telling.key,
        severity=Severity(telling.severity),
        title=f"{dependencies.service} {words[telling.state]}, seen from {dependencies.region}",
        seen=str(sweep["summary"]),
        done="",
        decide="",
        links=(Link("Execution", str(message["execution"])),),
    )


def _tell_silence(
    sweep: Mapping[str, Any],
    before: Mapping[str, Any],
    message: Message,
    dependencies: Dependencies,
) -> dict[str, int]:
    """Page once for each silence of the other region: its last sweep names the silence."""
    known: dict[str, int] = dict(before.get("silent") or {})
    silent = {
        str(finding["subject"]): int(finding["evidence"]["observed_ms"])
        for finding in sweep.get("findings", ())
        if finding["check"] == "sweeps" and finding["state"] == State.UNHEALTHY
    }
    for region, observed_ms in silent.items():
        if known.get(region) == observed_ms:
            continue
        dependencies.pager.page(
            Page(
                key=f"sweep-silent/{region}/{observed_ms}",
                thread=f"sweep-silent/{region}/{observed_ms}",
                severity=Severity.P1,
                title=f"{dependencies.service}: no sweep of {region} any more",
                seen=f"{dependencies.region} last saw a sweep of {region} at {observed_ms} "
                "(Unix milliseconds). The region, or the automation in it, may be down.",
                done="Nothing was changed.",
                decide=f"Whether {region} still serves; its own alarms may be silent too.",
                links=(Link("Execution", str(message["execution"])),),
            )
        )
    return silent


# -- what is kept --------------------------------------------------------------------------------


def _fields(
    sweep: Mapping[str, Any], before: Mapping[str, Any], now_ms: int, run: str
) -> dict[str, Any]:
    """The record; a light sweep keeps what the last full one found about quotas."""
    full = "limits" in sweep
    return {
        "state": str(sweep["state"]),
        "severity": str(sweep.get("severity", Severity.P3.value)),
        "score": int(sweep.get("score", 0)),
        "summary": str(sweep["summary"])[:_SUMMARY_MAX],
        "kind": str(sweep.get("kind", "light")),
        "blind": _is_blind(sweep),
        "unfit": sweep.get("unfit", {}),
        "limits": sweep["limits"] if full else before.get("limits", {}),
        "limits_ms": now_ms if full else int(before.get("limits_ms", 0)),
        "observed_ms": now_ms,
        "run": run,
    }


def _record_day(sweep: Mapping[str, Any], now_ms: int, dependencies: Dependencies) -> None:
    fields = {
        "state": str(sweep["state"]),
        "score": int(sweep["score"]),
        "arithmetic": str(sweep["arithmetic"])[:_SUMMARY_MAX],
        "observed_ms": now_ms,
    }
    dependencies.gate.record(day_record(now_ms, dependencies.region), fields, once=False)
