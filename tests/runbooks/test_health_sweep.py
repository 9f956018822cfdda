"""The health sweep as it is deployed: what a run shows, records and tells."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autopilot.adapters.clients import may_send
from autopilot.domain.allocation import Route
from autopilot.domain.probes import ProbeObservation, TargetState
from autopilot.domain.verdict import State
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.forked import in_forks
from autopilot_lab.drill.health_endpoints import serve_health
from autopilot_lab.emulator.faults import Fault
from tests.runbooks.witness import execution

EVENTS = Path(__file__).parents[2] / "events"
HOME, STANDBY = "eu-central-1", "eu-west-1"
REQUESTS_QUOTA = "L-CCA5DF70"
REQUESTS_PER_MINUTE = 72_000  #: of the bench's service on home's direct path; a few canaries more


@dataclass(frozen=True, slots=True)
class Swept:
    """What was left behind, as plain values."""

    status: str
    output: Mapping[str, Any]
    record: Mapping[str, Any]  #: home's
    calls: list[str]
    pages: list[list[str]]  #: severity and title, key
    standing: list[str]  #: routes that an alarm could relieve

    def states(self, check: str) -> set[str]:
        """The states of a check's findings."""
        return {each["state"] for each in self.output["findings"] if each["check"] == check}


def example(name: str) -> Any:
    """The input in one of the repository's events."""
    return json.loads((EVENTS / f"{name}.json").read_text("utf-8"))


def swept(deployed: Bench, happening: Callable[[Bench], str]) -> Swept:
    """Play in a fork; `happening` returns the name of the run to look at."""
    ((_, seen),) = in_forks([happening], lambda play: _play(deployed, play), at_once=1)
    return Swept(**seen)


def _play(deployed: Bench, happening: Callable[[Bench], str]) -> dict[str, Any]:
    name = happening(deployed)
    run, log = execution(deployed, name), deployed.aws.log
    own = [each["invocation"] for each in log.of("invocation", caller=f"states:{name}")]
    gate = deployed.installation.gate
    return {
        "status": run.status,
        "output": run.output.value if run.output else {},
        "record": dict(gate.find_record(f"sweep/{HOME}") or {}),
        "calls": [
            f"{c['service']}:{c['operation']}" for c in log.of("call") if c["invocation"] in own
        ],
        "pages": [[p["region"], p["subject"]] for p in log.of("page")],
        "standing": sorted(str(route) for route in gate.read().standing),
    }


def sweep(bench: Bench, request: Any, name: str = "by-hand") -> str:
    """Start a sweep at home and let it end."""
    bench.installation.start_run("health_sweep", request, region=HOME, name=name)
    execution(bench, name).wait()
    return name


def fail(bench: Bench, service: str, operation: str) -> None:
    """Let every such call of the observing function fail from now on."""
    function = bench.function("observe_service")
    bench.aws.faults.add(Fault(service=service, operation=operation, caller=function))


def test_an_empty_object_shows_everything_and_leaves_no_trace(deployed: Bench) -> None:
    """A dry run is a full sweep by functions that only read."""
    seen = swept(deployed, lambda bench: sweep(bench, example("console_health_sweep_dry_run")))
    assert seen.status == "SUCCEEDED"
    assert (seen.output["mode"], seen.output["kind"]) == ("dry_run", "full")
    assert [c for c in seen.calls if c.split(":")[1] not in may_send(c.split(":")[0])] == []
    assert seen.record["run"] != "by-hand"
    weights = deployed.installation.profile.sweep.weights.model_dump()
    assert {each["check"] for each in seen.output["findings"]} == weights.keys()
    assert f"= {seen.output['score']}" in seen.output["arithmetic"]


def test_a_light_sweep_leaves_out_what_changes_by_the_day(deployed: Bench) -> None:
    """It records, asks no quota and no endpoint, and judges the service healthy."""
    seen = swept(deployed, lambda bench: sweep(bench, example("schedule_health_sweep")))
    assert seen.record["run"] == "by-hand"
    assert (seen.record["state"], seen.record["kind"]) == ("healthy", "light")
    assert "service-quotas:GetServiceQuota" not in seen.calls
    assert {"quotas", "endpoints"}.isdisjoint(f["check"] for f in seen.output["findings"])


def test_a_full_sweep_asks_the_service_and_the_quotas(deployed: Bench) -> None:
    """Support Mode has its four components, and a degraded one makes the service unhealthy."""

    def play(bench: Bench) -> str:
        components = {"MetaMonitor": "degraded"}
        serve_health(bench.aws, bench.installation.profile, components=components)
        return sweep(bench, example("console_health_sweep_full"))

    seen = swept(deployed, play)
    said = {f["subject"]: f["state"] for f in seen.output["findings"] if f["check"] == "support"}
    assert len(said) == 4
    assert [name for name, state in said.items() if state == "unhealthy"] == ["MetaMonitor"]
    assert seen.record["state"] == "unhealthy"
    assert seen.states("endpoints") == {"healthy"}


def test_metrics_that_do_not_answer_are_unknown_not_healthy(deployed: Bench) -> None:
    """Nothing that rests on them is called well; what does not rest on them is."""

    def play(bench: Bench) -> str:
        fail(bench, "cloudwatch", "GetMetricData")
        return sweep(bench, example("console_health_sweep_full"))

    seen = swept(deployed, play)
    assert seen.status == "SUCCEEDED"
    assert seen.record["state"] == "unknown"
    for check in ("service", "burn", "efficiency", "quotas"):
        assert seen.states(check) == {"unknown"}, check
    assert seen.states("queues") == {"healthy"}


@pytest.mark.parametrize(
    "service, operation, check",
    [
        ("cloudwatch", "DescribeAlarms", "alarms"),
        ("sqs", "GetQueueAttributes", "queues"),
        ("service-quotas", "GetServiceQuota", "quotas"),
    ],
)
def test_what_cannot_be_read_is_unknown(
    deployed: Bench, service: str, operation: str, check: str
) -> None:
    """The sweep goes on without it, and says so."""

    def play(bench: Bench) -> str:
        fail(bench, service, operation)
        return sweep(bench, example("console_health_sweep_full"))

    seen = swept(deployed, play)
    assert seen.status == "SUCCEEDED"
    assert seen.states(check) == {"unknown"}
    assert "could not be read" in json.dumps(seen.output["findings"])


def test_a_quota_without_room_takes_its_route_out_of_the_standing_plans(deployed: Bench) -> None:
    """Until the next tend it was a target; then every plan that needed it is gone or smaller."""

    def play(bench: Bench) -> str:
        bench.aws.services.quotas.apply(HOME, REQUESTS_QUOTA, REQUESTS_PER_MINUTE)
        assert max(_planned(bench)) > 60
        name = sweep(bench, example("console_health_sweep_full"))
        bench.aws.run(60)
        assert max(_planned(bench)) == 60
        return name

    seen = swept(deployed, play)
    limit = seen.record["limits"][f"{HOME}/direct"]
    assert limit["at_most_percent"] == 47
    assert REQUESTS_QUOTA in limit["reason"]


def _planned(bench: Bench) -> list[int]:
    """What home's direct route would hold under each standing plan."""
    standing = bench.installation.gate.read().standing
    return [plan.target.percent(Route(HOME, "direct")) for plan in standing.values()]


def test_the_review_compares_the_weeks(deployed: Bench) -> None:
    """Seven days at 90 after seven at 80: ten points more."""

    def play(bench: Bench) -> str:
        gate = bench.installation.gate
        for day, score in [(f"2026-01-{n:02}", 90) for n in range(1, 5)] + [
            (f"2025-12-{n}", 90 if n > 28 else 80) for n in range(22, 32)
        ]:
            gate.record(f"sweep-day/{day}/{HOME}", {"score": score}, once=False)
        return sweep(bench, example("schedule_health_sweep_review"))

    review = swept(deployed, play).output["review"]
    assert (review["this_week"]["days"], review["last_week"]["days"]) == (7, 7)
    assert review["said"] == (
        "mean score 90 over 7 days, 10.0 more than in the week before (80 over 7 days)"
    )


@pytest.mark.parametrize("given", [{"kind": "quick"}, {"mode": "execute", "depth": 2}, []])
def test_bad_input_is_refused(deployed: Bench, given: Any) -> None:
    """With what was expected; nothing is recorded."""
    seen = swept(deployed, lambda bench: sweep(bench, given))
    assert seen.status == "FAILED"
    assert seen.record["run"] != "by-hand"


def test_the_other_regions_silence_is_told_once(deployed: Bench) -> None:
    """Two sweeps find it silent; people hear of it from the first."""

    def play(bench: Bench) -> str:
        observed_ms = int(bench.aws.scheduler.now * 1000) - 13 * 60_000
        before = {"observed_ms": observed_ms, "state": "healthy", "unfit": {}, "limits": {}}
        gate = bench.installation.gate
        gate.record(f"sweep/{STANDBY}", {**before, "limits_ms": 0}, once=False)
        sweep(bench, example("schedule_health_sweep"), "first")
        return sweep(bench, example("schedule_health_sweep"), "second")

    seen = swept(deployed, play)
    assert seen.states("sweeps") == {"unhealthy"}
    told = [subject for _, subject in seen.pages if f"no sweep of {STANDBY}" in subject]
    assert len(told) == 1


def test_standing_plans_lose_targets_in_a_region_that_fails_its_probes(deployed: Bench) -> None:
    """Two vantages cannot reach standby: at the next tend nothing moves there any more."""

    def play(bench: Bench) -> str:
        gate = bench.installation.gate
        now_ms = int(bench.aws.scheduler.now * 1000)
        well, dead = TargetState(State.HEALTHY), TargetState(State.UNHEALTHY)
        seen = ProbeObservation({HOME: well, STANDBY: dead}, well, now_ms)
        for vantage in (HOME, "eu-west-3"):
            gate.record(f"probes/{vantage}", seen.to_record(), once=False)
        name = sweep(bench, example("schedule_health_sweep"))
        bench.aws.run(60)
        _assert_no_target_in(STANDBY, bench)
        return name

    seen = swept(deployed, play)
    assert seen.record["unfit"].keys() == {f"{STANDBY}/direct", f"{STANDBY}/mcp"}
    assert seen.states("regions") == {"unhealthy", "healthy"}


def _assert_no_target_in(region: str, bench: Bench) -> None:
    view = bench.installation.gate.read()
    for plan in view.standing.values():
        for route, percent in plan.target.shares:
            gained = percent - view.allocation.percent(Route(route.region, route.path))
            assert route.region != region or gained <= 0, (route, gained)
