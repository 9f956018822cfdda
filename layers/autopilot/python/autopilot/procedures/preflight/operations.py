"""The checks that the ledger and the profile can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autopilot.domain.preflight import Answer, Check, Preflight
from autopilot.domain.probes import region_verdict
from autopilot.domain.verdict import State
from autopilot.procedures.vantages import observations

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies


def preflight_of(dependencies: Dependencies, target: str, lost: str | None = None) -> Preflight:
    """Look at the target; nothing is asked of the lost region."""
    now_ms, profile = dependencies.clock.now_ms(), dependencies.profile
    seen = region_verdict(
        observations(dependencies.gate), target, now_ms, profile.probes.fresh_seconds
    )
    view = dependencies.gate.read()
    checks = (
        Check(
            f"probes/{target}",
            seen.state,
            State.HEALTHY,
            "probes of every vantage",
            0,
            Answer.GO if seen.state is State.HEALTHY else Answer.NO_GO,
            seen.reason,
        ),
        Check(
            "lever",
            str(view.lever.engaged),
            "False",
            "ledger",
            0,
            Answer.NO_GO if view.lever.engaged else Answer.GO,
            view.lever.reason or "not engaged",
        ),
    )
    return Preflight(lost, target, checks, now_ms)
