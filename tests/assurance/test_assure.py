"""A slice of every runbook's points holds, and runbooks with a flaw do not get through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from autopilot.audit.layout import segment_key
from autopilot.domain.allocation import VersionedAllocation
from autopilot.errors import BadInput
from autopilot_lab.assurance.assure import cases_of, chosen
from autopilot_lab.assurance.bench import Bench, bench
from autopilot_lab.assurance.cases import CASES
from autopilot_lab.assurance.forked import ForkFailed, in_forks
from autopilot_lab.assurance.point import Blow, Point
from autopilot_lab.assurance.trial import points_of, strike
from autopilot_lab.emulator.world.router import Router

RAMP_UP, *_ = CASES["traffic_ramp"]
REFLEX, *_ = CASES["contain_route"]
INCIDENT, STALE = CASES["incident_response"]
#: The first look, the claim, the first page, and the run stopped while it watches.
INCIDENT_SLICE = [
    Point("route_fails", 2, Blow.ERROR, lasting=True, place="reads the ledger"),
    Point("route_fails", 6, Blow.APPLIED_UNANSWERED, place="claims the incident"),
    Point("route_fails", 9, Blow.DIES_AFTER, place="pages"),
    Point("route_fails", 8, Blow.STOPPED, place="after the first page"),
    Point("route_fails", 6, Blow.LEVER, place="before the ramp"),
]
#: Chosen for what they cut in two: the lease, the step, the report, the reflex and the export.
SLICE = [
    Point("up", 7, Blow.APPLIED_UNANSWERED, place="takes the lease"),
    Point("up", 10, Blow.DIES_AFTER, place="applies the step"),
    Point("up", 10, Blow.ERROR, lasting=True, place="applies the step"),
    Point("up", 8, Blow.STOPPED, place="in the first bake"),
    Point("up", 8, Blow.LEVER, place="in the first bake"),
]
UNDISTURBED = Point("up", 9_999, Blow.ERROR, place="no such call")


@pytest.fixture(scope="module")
def deployed() -> Iterator[Bench]:
    """The product, deployed once; every point is played in a fork."""
    with bench(seed=1) as prepared:
        yield prepared


def in_a_fork(work: Callable[[], Any]) -> Any:
    """What `work` answers; nothing that it does is seen here."""
    ((_, answer),) = in_forks([work], lambda each: each(), at_once=1)
    return answer


@pytest.mark.parametrize("point", SLICE, ids=str)
def test_a_ramp_holds_at_a_point(deployed: Bench, point: Point) -> None:
    """Every invariant, after the run and the reaper had their time."""
    assert in_a_fork(lambda: strike(deployed, RAMP_UP, point)) == []


def test_the_reflex_holds_though_its_answer_is_lost(deployed: Bench) -> None:
    """The write of contain is applied and never answered."""
    point = Point(REFLEX.name, 1, Blow.APPLIED_UNANSWERED)
    assert in_a_fork(lambda: strike(deployed, REFLEX, point)) == []


@pytest.mark.parametrize("point", INCIDENT_SLICE, ids=str)
def test_an_incident_holds_at_a_point(deployed: Bench, point: Point) -> None:
    """At most one ramp, off the failing route only; people know; all comes to rest."""
    assert in_a_fork(lambda: strike(deployed, INCIDENT, point)) == []


def test_a_stale_incident_moves_nothing_though_its_calls_fail(deployed: Bench) -> None:
    """The look's own call is throttled for a while."""
    point = Point("nothing_is_wrong", 2, Blow.THROTTLE, lasting=True)
    assert in_a_fork(lambda: strike(deployed, STALE, point)) == []


def test_a_clean_run_names_every_call_and_every_state(deployed: Bench) -> None:
    """Calls by Step Functions and by functions; blows on processes only where there is one."""
    named = in_a_fork(lambda: [(str(p), p.place) for p in points_of(deployed, RAMP_UP)])
    places = dict(named)
    assert len(places) == len(named)
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

    spoilt = replace(RAMP_UP, begin=begin, quiet_seconds=90.0, horizon_seconds=450.0)
    found = in_a_fork(lambda: strike(deployed, spoilt, UNDISTURBED))
    assert broken <= {each.partition(": ")[0] for each in found}, found


def test_a_pattern_that_names_no_point_is_refused() -> None:
    """With an example of a name."""
    with pytest.raises(BadInput, match=r"call-999.*Points are named like up/call-007"):
        chosen(SLICE, ["up/call-999"])


def test_a_pattern_names_a_point_or_all_below_it() -> None:
    """A name, its beginning, or anything with a star."""
    assert chosen(SLICE, ["up/call-010/dies_after"]) == [SLICE[1]]
    assert chosen(SLICE, ["up/call-010"]) == SLICE[1:3]
    assert chosen(SLICE, ["*/stopped"]) == [SLICE[3]]
    assert chosen(SLICE, []) == SLICE


def test_a_runbook_without_cases_is_refused_by_name() -> None:
    """And those that have some are named."""
    with pytest.raises(
        BadInput, match="expected one of contain_route, incident_response, tend_ledger"
    ):
        cases_of("emergency_rollback")


def test_a_fork_that_dies_is_an_error_and_not_a_point_that_held() -> None:
    """Silence is not success."""
    with pytest.raises(ForkFailed, match="played"):
        in_a_fork(lambda: 1 / 0)
