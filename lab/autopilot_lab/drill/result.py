"""A drill's result, as one JSON object: what held, how long it took, what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from autopilot_lab.drill.checks.expected import Finding
from autopilot_lab.drill.evidence import Effect, Evidence, Page, ReleasedBy, Turned
from autopilot_lab.drill.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Checked:
    """One expectation and what was found."""

    name: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class DrillResult:
    """A finished drill."""

    scenario: Scenario
    seed: int
    evidence: Evidence
    checked: Sequence[Checked]
    wall_seconds: float

    @property
    def held(self) -> bool:
        """Whether every expectation held."""
        return all(checked.finding.held for checked in self.checked)

    @property
    def time_to_mitigate_seconds(self) -> int | None:
        """From the first fault until it was mitigated."""
        fault, mitigated = self.evidence.fault_at, self.evidence.mitigated_at
        return None if fault is None or mitigated is None else mitigated - fault

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON. Only `wall_seconds` differs between two runs of one seed."""
        evidence = self.evidence
        return {
            "scenario": self.scenario.name,
            "seed": self.seed,
            "outcome": "held" if self.held else "not held",
            "expectations": [
                {"name": c.name, "held": c.finding.held, "detail": c.finding.detail}
                for c in self.checked
            ],
            "times": self._times(),
            "requests": {
                "total": evidence.series.requests,
                "failed": evidence.series.failures,
                "failed_without_automation": evidence.unautomated.failures,
            },
            **self._compared(),
            "reflex": self._reflex(),
            **self._failover(),
            "effects": [_effect(effect) for effect in evidence.effects],
            "turns": [_turn(turn) for turn in evidence.turned],
            "lease": {
                "free": not evidence.ledger.lease_holder,
                "holder": evidence.ledger.lease_holder,
                "fence": evidence.ledger.fence,
            },
            "trail": {"entries": evidence.trail.entries, "verified": evidence.trail.verified},
            "runs": [
                {
                    "name": run.name,
                    "runbook": run.runbook,
                    "region": run.region,
                    "ending": run.ending,
                    "states": len(run.states),
                }
                for run in evidence.runs
            ],
            "pages": [_page(page, evidence.alarm_at) for page in evidence.pages if page.at >= 0],
            "virtual_seconds": evidence.seconds,
            "wall_seconds": round(self.wall_seconds, 3),
        }

    def _compared(self) -> dict[str, Any]:
        evidence = self.evidence
        if evidence.release_peers:
            peers = evidence.release_peers
            return {"release": {"failed_by_preset": {n: _preset(p) for n, p in peers.items()}}}
        if not evidence.peers:
            return {}
        return {
            "roll_out": {
                "failed_beyond_a_day_without_it": evidence.caused,
                "by_other_strategies": dict(evidence.caused_by_peers),
            }
        }

    def _failover(self) -> dict[str, Any]:
        parts = self.evidence.failover
        if not parts:
            return {}
        return {
            "failover": {
                "parts": [asdict(part) for part in parts],
                "total_seconds": round(sum(part.seconds for part in parts), 2),
                "budget_seconds": sum(part.budget_seconds for part in parts),
            }
        }

    def _times(self) -> dict[str, Any]:
        evidence = self.evidence
        effect = evidence.first_effect
        return {
            "fault_at": evidence.fault_at,
            "alarm_at": _rounded(evidence.alarm_at),
            "first_effect_at": _rounded(effect.at if effect else None),
            "mitigated_at": evidence.mitigated_at,
            "time_to_mitigate_seconds": self.time_to_mitigate_seconds,
        }

    def _reflex(self) -> dict[str, Any]:
        reflex = self.evidence.reflex
        parts = reflex.parts
        named = {f.name: round(getattr(parts, f.name), 3) for f in fields(parts)} if parts else {}
        return {
            "transitions_before_first_effect": reflex.transitions,
            "calls_before_first_effect": reflex.calls,
            "parts_seconds": named,
            "total_seconds": round(parts.total, 3) if parts else None,
        }


def check(scenario: Scenario, evidence: Evidence) -> list[Checked]:
    """Judge every expectation of the scenario."""
    return [Checked(e.sentence, e.judge(evidence)) for e in scenario.expect]


def _preset(played: ReleasedBy) -> dict[str, Any]:
    return {
        "failed": played.series.failures,
        "watched_until": played.watched_until,
        "rolled_back_at": played.rolled_back_at,
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "at": _rounded(effect.at),
        "entry": effect.entry_id,
        "act": effect.act,
        "runbook": effect.runbook,
        "by": effect.by,
        "version": effect.after.version,
        "before": effect.before.compact(),
        "after": effect.after.allocation.compact(),
    }


def _turn(turn: Turned) -> dict[str, Any]:
    return {
        "at": _rounded(turn.at),
        "act": turn.act,
        "switch": turn.switch,
        "before": turn.before,
        "after": turn.to,
        "by": turn.by,
    }


def _page(page: Page, alarm_at: float | None) -> dict[str, Any]:
    return {
        "at": _rounded(page.at),
        "after_alarm_seconds": None if alarm_at is None else _rounded(page.at - alarm_at),
        "region": page.region,
        "severity": page.severity or None,
        "due_at": _rounded(page.due),
        "subject": page.subject,
    }


def _rounded(instant: float | None) -> float | None:
    return None if instant is None else round(instant, 3)
