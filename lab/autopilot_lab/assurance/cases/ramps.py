"""traffic_ramp: up, down because a route limps, and up onto a route that turns out to fail."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from autopilot.domain.allocation import Allocation, Route
from autopilot.errors import Refused
from autopilot_lab.assurance.aftermath import Aftermath
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.case import Case
from autopilot_lab.assurance.cases.quiet import keep_the_service_quiet
from autopilot_lab.drill.events.approvers import Caller
from autopilot_lab.drill.profiles import profile_text
from autopilot_lab.drill.project import SCENARIOS

LIMPING: Final = Route("eu-central-1", "direct")
GAINING: Final = Route("eu-west-1", "direct")
UP: Final[Mapping[str, Any]] = {
    "mode": "execute",
    "direction": "up",
    "route": str(GAINING),
    "to_percent": 7,
}
DOWN: Final[Mapping[str, Any]] = {
    "mode": "execute",
    "direction": "down",
    "route": str(LIMPING),
    "to_percent": 20,
}
_GAINING_FROM: Final = 7  #: percent, from which on the gaining route fails
_LIMPING_PPM: Final = 40_000  #: below the guard of 5 %, so that no alarm goes off
_FAILING_PPM: Final = 300_000
#: One step, because what comes after the approval is struck in `down` already.
_ASKED: Final[Mapping[str, Any]] = {
    "to_percent": 50,
    "requested_by": "arn:aws:sts::123456789012:assumed-role/on-call/alice",
}
_APPROVER: Final = "platform/bea"
_TRIES: Final = 180
_TRY_EVERY_SECONDS: Final = 20.0


def start_ramp(bench: Bench, name: str, request: Mapping[str, Any]) -> None:
    """Start a ramp at home; the service's alarms keep quiet, so that only the ramp answers."""
    keep_the_service_quiet(bench)
    bench.installation.start_run("traffic_ramp", request, region=bench.home, name=name)


def _up(bench: Bench) -> None:
    start_ramp(bench, "by-hand-up", UP)


def _up_onto_failure(bench: Bench) -> None:
    bench.service.failures_ppm = _fails_when_used
    start_ramp(bench, "by-hand-up", UP)


def _down(bench: Bench) -> None:
    bench.service.failures_ppm = lambda route, _: _LIMPING_PPM if route == LIMPING else 0
    start_ramp(bench, "down-as-an-alarm", DOWN)


def _down_with_approval(bench: Bench) -> None:
    """A person asks; another one approves, and again, until that is heard."""
    bench.service.failures_ppm = lambda route, _: _LIMPING_PPM if route == LIMPING else 0
    start_ramp(bench, "by-hand-down", {**DOWN, **_ASKED})
    bench.aws.scheduler.spawn(lambda: _approve(bench), name="approver")


def _approve(bench: Bench) -> None:
    """Approve what waits; whatever a point breaks, the person does not give up for an hour."""
    scheduler, approver = bench.aws.scheduler, Caller(bench.installation, _APPROVER)
    for _ in range(_TRIES):
        scheduler.sleep(_TRY_EVERY_SECONDS)
        for waiting in approver.send("GET")["approvals"]:
            decision = {"decision": "approve", "reason": "seen"}
            with suppress(Refused):
                approver.send("POST", decision | {k: waiting[k] for k in ("id", "digest")})


def _asked_first(aftermath: Aftermath) -> list[str]:
    """Nothing is moved by a run whose approval was not used, and none is used twice."""
    approvals = [entry for entry in aftermath.approvals if entry["run"] == "by-hand-down"]
    used = [entry for entry in approvals if entry["status"] == "consumed"]
    moved = [entry for entry in aftermath.entries if entry["runbook"] == "traffic_ramp"]
    found = [] if len(approvals) <= 1 else [f"asked {len(approvals)} times"]
    if moved and not used:
        found.append("traffic was moved without an approval that was used")
    return found


def _fails_when_used(route: Route, held: Allocation) -> int:
    used = route == GAINING and held.percent(route) >= _GAINING_FROM
    return _FAILING_PPM if used else 0


def _of(run: str, **settings: Any) -> dict[str, Any]:
    """The run's own calls: of Step Functions for it, and of the functions that it invokes."""
    caller = f"states:{run}"
    return {"run": run, "owns": lambda by, called_by: caller in (by, called_by), **settings}


def _with_approvals() -> str:
    return profile_text(SCENARIOS / "profiles" / "approvals.toml")


CASES: Final = (
    Case("up", _up, **_of("by-hand-up", by_hand=True)),
    Case("down", _down, **_of("down-as-an-alarm")),
    Case("up_onto_failure", _up_onto_failure, **_of("by-hand-up", by_hand=True)),
    Case(
        "down_with_approval",
        _down_with_approval,
        described=_with_approvals,
        check=_asked_first,
        **_of("by-hand-down", by_hand=True),
    ),
)
