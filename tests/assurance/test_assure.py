"""A slice of every runbook's points holds, and runbooks with a flaw do not get through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from autopilot.audit.layout import segment_key
from autopilot.domain.allocation import VersionedAllocation
from autopilot.errors import BadInput
from autopilot_lab.assurance.assure import cases_of, chosen
from autopilot_lab.assurance.bench import Bench, bench
from autopilot_lab.assurance.cases import CASES
from autopilot_lab.assurance.forked import ForkFailed
from autopilot_lab.assurance.point import Blow, Point
from autopilot_lab.assurance.trial import strike
from autopilot_lab.emulator.world.router import Router
from tests.assurance.slices import Strike, broken_by, in_a_fork, points_in_a_fork

RAMP_UP, *_ = CASES["traffic_ramp"]
REFLEX, *_ = CASES["contain_route"]
INCIDENT, STALE = CASES["incident_response"]
#: The first look, the claim, the first page, and the run stopped while it watches.
INCIDENT_SLICE = [
    Strike(Blow.ERROR, "dynamodb:GetItem", lasting=True),
    Strike(Blow.APPLIED_UNANSWERED, "dynamodb:UpdateItem by hybrid-routing-report-run"),
    Strike(Blow.DIES_AFTER, "sns:Publish"),
    Strike(Blow.STOPPED, "Wait for the next look"),
    Strike(Blow.LEVER, "Tell people"),
]
#: Chosen for what they cut in two: the lease, the step, the report, the reflex and the export.
RAMP_SLICE = [
    Strike(Blow.APPLIED_UNANSWERED, "dynamodb:UpdateItem by hybrid-routing-change-service", 2),
    Strike(Blow.DIES_AFTER, "dynamodb:UpdateItem by hybrid-routing-change-service", 3),
    Strike(Blow.ERROR, "dynamodb:UpdateItem by hybrid-routing-change-service", 3, lasting=True),
    Strike(Blow.STOPPED, "Let the step bake"),
    Strike(Blow.ERROR, "dynamodb:UpdateItem by hybrid-routing-report-run", lasting=True),
    Strike(Blow.LEVER, "Let the step bake"),
]
#: Points as `--only` chooses among them.
POINTS = [
    Point("up", 7, Blow.APPLIED_UNANSWERED),
    Point("up", 10, Blow.DIES_AFTER),
    Point("up", 10, Blow.ERROR, lasting=True),
    Point("up", 8, Blow.STOPPED),
]
UNDISTURBED = Point("up", 9_999, Blow.ERROR, place="no such call")


@pytest.fixture(scope="module")
def deployed() -> Iterator[Bench]:
    """The product, deployed once; every point is played in a fork."""
    with bench(seed=1) as prepared:
        yield prepared


@pytest.fixture(scope="module")
def points_of_a_ramp(deployed: Bench) -> Sequence[Point]:
    """Every point of a ramp up; its clean run holds, or this fails."""
    return points_in_a_fork(deployed, RAMP_UP)


@pytest.fixture(scope="module")
def points_of_an_incident(deployed: Bench) -> Sequence[Point]:
    """Every point of an incident; its clean run holds, or this fails."""
    return points_in_a_fork(deployed, INCIDENT)


@pytest.mark.parametrize("wanted", RAMP_SLICE, ids=str)
def test_a_ramp_holds_at_a_point(
    deployed: Bench, points_of_a_ramp: Sequence[Point], wanted: Strike
) -> None:
    """Every invariant, after the run and the reaper had their time."""
    assert broken_by(deployed, RAMP_UP, wanted, points_of_a_ramp) == []


def test_the_reflex_holds_though_its_answer_is_lost(deployed: Bench) -> None:
    """The write of contain is applied and never answered."""
    point = Point(REFLEX.name, 1, Blow.APPLIED_UNANSWERED)
    assert in_a_fork(lambda: strike(deployed, REFLEX, point)) == []


@pytest.mark.parametrize("wanted", INCIDENT_SLICE, ids=str)
def test_an_incident_holds_at_a_point(
    deployed: Bench, points_of_an_incident: Sequence[Point], wanted: Strike
) -> None:
    """At most one ramp, off the failing route only; people know; all comes to rest."""
    assert broken_by(deployed, INCIDENT, wanted, points_of_an_incident) == []


def test_a_stale_incident_moves_nothing_though_its_calls_fail(deployed: Bench) -> None:
    """The look's own call is throttled for a while."""
    point = Point("nothing_is_wrong", 2, Blow.THROTTLE, lasting=True)
    assert in_a_fork(lambda: strike(deployed, STALE, point)) == []


def test_a_clean_run_names_every_call_and_every_state(points_of_a_ramp: Sequence[Point]) -> None:
    """Calls by Step Functions and by functions; blows on processes only where there is one."""
    places = {str(point): point.place for point in points_of_a_ramp}
    assert len(places) == len(points_of_a_ramp)
    assert places["up/call-001/throttle"] == "lambda:Invoke by states:by-hand-up"
    assert "up/call-001/dies_after" not in places
    assert places["up/call-002/dies_after"].endswith("by hybrid-routing-plan-runbook")
    assert places["up/state-002/stopped"] == "Plan the ramp"
    assert any(place == "Report the run" for place in places.values())


# -- mutants: the same run, with one part of the product replaced by a faulty one ------------------


class ObedientRouter(Router):
    """Takes whatever it is given, also what is older than what it has."""

    def poll(self, seen: VersionedAllocation | None, second: int) -> bool:
        """Take up the first allocation again after each new one."""
        if seen is not None and seen.order != self.held.order:
            self.taken_up.extend([(second, seen), (second, self.held)])
        return False


def router_steps_back(deployed: Bench) -> None:
    """Home's router is fed an old version."""
    first = deployed.service.routers[0]
    deployed.service.routers[0] = ObedientRouter(first.region, start=first.held)


def when_the_run_has_ended(deployed: Bench, act: Callable[[], object]) -> None:
    """Do something soon after, while the case still waits to see whether all is quiet."""
    scheduler, engine = deployed.aws.scheduler, deployed.aws.engine

    def wait_and_act() -> None:
        scheduler.sleep(5)
        while any(execution.running for execution in engine.list()):
            scheduler.sleep(1)
        act()

    scheduler.spawn(wait_and_act, name="mutant")


def write_past_the_gate(deployed: Bench, expression: str, values: Mapping[str, Any]) -> None:
    """Change the ledger item with no condition, no permit and no entry."""
    deployed.aws.client("dynamodb", deployed.home).update_item(
        TableName=deployed.installation.ledger_table,
        Key={"service": {"S": "hybrid-routing"}, "record": {"S": "ledger"}},
        UpdateExpression=expression,
        ExpressionAttributeValues=values,
    )


def exporter_drops_an_entry(deployed: Bench) -> None:
    """What waits in the journal after the first step is gone before it was exported."""
    scheduler = deployed.aws.scheduler
    nothing: dict[str, Any] = {":nothing": {"M": {}}}

    def drop() -> None:
        while deployed.installation.gate.read().version == 1:
            scheduler.sleep(1)
        write_past_the_gate(deployed, "SET journal.advance = :nothing", nothing)

    scheduler.spawn(drop, name="mutant")


def run_leaves_its_lease(deployed: Bench) -> None:
    """The run ends, and the lease still names it, until far in the future."""
    expression = "SET lease.holder = :run, lease.expires_ms = :never"
    values = {":run": {"S": "by-hand-up"}, ":never": {"N": "9999999999999"}}
    when_the_run_has_ended(deployed, lambda: write_past_the_gate(deployed, expression, values))


def record_stays_open(deployed: Bench) -> None:
    """The run has ended, and nobody wrote down how."""

    def forget() -> None:
        deployed.aws.client("dynamodb", deployed.home).update_item(
            TableName=deployed.installation.ledger_table,
            Key={"service": {"S": "hybrid-routing"}, "record": {"S": "run/by-hand-up"}},
            UpdateExpression="SET outcome = :nothing",
            ExpressionAttributeValues={":nothing": {"S": ""}},
        )

    when_the_run_has_ended(deployed, forget)


def effect_leaves_no_entry(deployed: Bench) -> None:
    """An allocation that nobody planned, and no version of its own."""
    shares = {str(route): {"N": "25"} for route in deployed.start.routes}
    values = {":shares": {"M": shares}}
    when_the_run_has_ended(
        deployed, lambda: write_past_the_gate(deployed, "SET allocation = :shares", values)
    )


def trail_lost_its_tail(deployed: Bench) -> None:
    """The newest segment of a trail is gone, though the ledger says that it is there."""

    def cut() -> None:
        deployed.aws.scheduler.sleep(180)
        for region in deployed.installation.regions:
            size = deployed.installation.gate.anchor(region).read().size
            if size:
                deployed.installation.trail(region).remove(segment_key(size - 1))

    when_the_run_has_ended(deployed, cut)


def lever_is_ignored(deployed: Bench) -> None:
    """The lever was engaged before the effects, and they were made all the same."""
    text, at_ms = {"S": ""}, {"N": "1"}
    lever = {"engaged": {"BOOL": True}, "reason": text, "by": text, "at_ms": at_ms}
    values = {":engaged": {"M": lever}}
    when_the_run_has_ended(
        deployed, lambda: write_past_the_gate(deployed, "SET lever = :engaged", values)
    )


MUTANTS: Mapping[str, tuple[Callable[[Bench], None], frozenset[str]]] = {
    "a router is fed an old version": (
        router_steps_back,
        frozenset({"routers never step back"}),
    ),
    "the exporter drops an entry": (
        exporter_drops_an_entry,
        frozenset({"every effect has exactly one entry"}),
    ),
    "a run leaves its lease": (
        run_leaves_its_lease,
        frozenset({"everything came to rest", "the lease is free"}),
    ),
    "a record stays open": (
        record_stays_open,
        frozenset({"who changed something says how it ended"}),
    ),
    "an effect leaves no entry": (
        effect_leaves_no_entry,
        frozenset(
            {
                "the allocation is one that was planned",
                "the allocation is where the outcome says",
                "the entries tell the whole story",
            }
        ),
    ),
    "the trail lost its tail": (trail_lost_its_tail, frozenset({"the trail verifies"})),
    "the lever is ignored": (
        lever_is_ignored,
        frozenset({"nothing happens after the stop lever"}),
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_flaw_in_the_product_is_found(deployed: Bench, mutant: str) -> None:
    """A run that nothing disturbs, with one faulty part, breaks the invariant that is about it."""
    spoil, broken = MUTANTS[mutant]

    def begin(prepared: Bench) -> None:
        spoil(prepared)
        RAMP_UP.begin(prepared)

    spoilt = replace(RAMP_UP, begin=begin, quiet_seconds=210.0, horizon_seconds=600.0)
    found = in_a_fork(lambda: strike(deployed, spoilt, UNDISTURBED))
    assert broken <= {each.partition(": ")[0] for each in found}, found


def test_a_pattern_that_names_no_point_is_refused() -> None:
    """With an example of a name."""
    with pytest.raises(BadInput, match=r"call-999.*Points are named like up/call-007"):
        chosen(POINTS, ["up/call-999"])


def test_a_pattern_names_a_point_or_all_below_it() -> None:
    """A name, its beginning, or anything with a star."""
    assert chosen(POINTS, ["up/call-010/dies_after"]) == [POINTS[1]]
    assert chosen(POINTS, ["up/call-010"]) == POINTS[1:3]
    assert chosen(POINTS, ["*/stopped"]) == [POINTS[3]]
    assert chosen(POINTS, []) == POINTS


def test_a_runbook_without_cases_is_refused_by_name() -> None:
    """And those that have some are named."""
    named = "expected one of contain_route, emergency_rollback, incident_response, ledger_restore, "
    with pytest.raises(BadInput, match=named):
        cases_of("health_sweep")


def test_a_fork_that_dies_is_an_error_and_not_a_point_that_held() -> None:
    """Silence is not success."""
    with pytest.raises(ForkFailed, match="played"):
        in_a_fork(lambda: 1 / 0)
