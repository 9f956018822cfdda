"""The switches of a failover on the embedded AWS: flags, routing controls, the owner of writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations
from typing import Any

import pytest

from autopilot.adapters import clients
from autopilot.adapters.admission_flags import AdmissionFlags
from autopilot.adapters.dynamodb_ledger import DynamoDbLedger
from autopilot.adapters.ledger_writer import LedgerWriter
from autopilot.adapters.routing_controls import SERVICE, RoutingControls
from autopilot.domain.failover_section import Arc
from autopilot.domain.permit import SwitchPermit, issue_switch
from autopilot.domain.switches import ADMISSION, WRITER, SwitchChange, SwitchState
from autopilot.errors import Inconsistent, Refused, Transient
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.faults import Fault, FaultKind
from autopilot_lab.emulator.services.routing_controls import ENDPOINT_REGIONS
from tests.failovers import BOTH, HOME, NOW_MS, STANDBY
from tests.gate.service import LEDGER_TABLE, SettableClock, create_table

OBSERVER = "eu-west-3"
CONFIG = "route53-recovery-control-config"


def allowed(switch: str, to: str, expected: SwitchState) -> SwitchPermit:
    """A permit for this very change."""
    return issue_switch("switch", SwitchChange(switch, to, expected))


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    """An account without anything in it."""
    with EmbeddedAws(start=NOW_MS / 1000) as embedded:
        yield embedded


# -- the owner of the writes -----------------------------------------------------------------------


@pytest.fixture
def writer(aws: EmbeddedAws) -> LedgerWriter:
    """The owner's record, which nobody wrote yet."""
    client = aws.client("dynamodb", HOME)
    create_table(client)
    ledger = DynamoDbLedger(clients=[client], table=LEDGER_TABLE, service="service")
    return LedgerWriter(ledger=ledger, clock=SettableClock(NOW_MS), home=HOME, hand_over_seconds=20)


def test_home_owns_the_writes_until_they_change_hands(writer: LedgerWriter) -> None:
    """And then the new owner does, counted by one."""
    before = writer.observe()
    after = writer.change(STANDBY, before, allowed(WRITER, STANDBY, before))
    assert (before, after) == (SwitchState(HOME, "0"), SwitchState(STANDBY, "1"))
    assert writer.observe() == after


def test_a_hand_over_from_what_stands_no_more_is_refused(writer: LedgerWriter) -> None:
    """Two runs that saw the same owner: one of them hands over."""
    before = writer.observe()
    writer.change(STANDBY, before, allowed(WRITER, STANDBY, before))
    later = writer.observe()
    writer.change(HOME, later, allowed(WRITER, HOME, later))
    with pytest.raises(Refused, match="after 2 moves, expected 0"):
        writer.change(STANDBY, before, allowed(WRITER, STANDBY, before))


def test_a_hand_over_whose_answer_was_lost_counts_once(writer: LedgerWriter) -> None:
    """The second try finds its own write."""
    before = writer.observe()
    for _ in range(2):
        after = writer.change(STANDBY, before, allowed(WRITER, STANDBY, before))
        assert after == SwitchState(STANDBY, "1")


# -- flags -----------------------------------------------------------------------------------------


@pytest.fixture
def flags(aws: EmbeddedAws) -> AdmissionFlags:
    """Three empty buckets."""
    for region in (HOME, STANDBY, OBSERVER):
        aws.client("s3", region).create_bucket(
            Bucket=f"flags-{region}", CreateBucketConfiguration={"LocationConstraint": region}
        )
    return AdmissionFlags(
        client=lambda region: clients.client("s3", region, attempts_max=1),
        bucket=lambda region: f"flags-{region}",
        serving=(HOME, STANDBY),
        observer=OBSERVER,
    )


def keys(aws: EmbeddedAws, region: str) -> list[str]:
    """What lies in a region's bucket."""
    found = aws.client("s3", region).list_objects_v2(Bucket=f"flags-{region}")
    return [each["Key"] for each in found.get("Contents", ())]


def test_a_region_is_left_by_a_flag_in_both_others(aws: EmbeddedAws, flags: AdmissionFlags) -> None:
    """Nothing lies in the region that is left: it may be gone."""
    before = flags.observe()
    flags.change(STANDBY, before, allowed(ADMISSION, STANDBY, before))
    flag = [f"admission/{HOME}/leave"]
    assert before.value == BOTH
    assert [keys(aws, each) for each in (HOME, STANDBY, OBSERVER)] == [[], flag, flag]
    assert flags.observe().value == STANDBY


def test_both_copies_are_removed_when_a_region_is_opened(
    aws: EmbeddedAws, flags: AdmissionFlags
) -> None:
    """One that stayed would still mean leave."""
    for to in (STANDBY, BOTH):
        before = flags.observe()
        flags.change(to, before, allowed(ADMISSION, to, before))
    assert [keys(aws, each) for each in (HOME, STANDBY, OBSERVER)] == [[], [], []]


def test_half_a_change_does_not_show_as_done(aws: EmbeddedAws, flags: AdmissionFlags) -> None:
    """The observer's copy is written last, so that the next try makes the other half."""
    before = flags.observe()
    fault = Fault("s3", "PutObject", OBSERVER, FaultKind.TIMEOUT)
    aws.faults.add(fault)
    with pytest.raises(Transient):
        flags.change(STANDBY, before, allowed(ADMISSION, STANDBY, before))
    aws.faults.remove(fault)
    assert flags.observe() == before
    flags.change(STANDBY, before, allowed(ADMISSION, STANDBY, before))
    assert flags.observe().value == STANDBY


def test_no_region_is_never_what_is_open(flags: AdmissionFlags) -> None:
    """Whoever asks for it has a bug."""
    before = flags.observe()
    with pytest.raises(Inconsistent, match="at least one open region"):
        flags.change("+", before, allowed(ADMISSION, "+", before))


# -- routing controls ------------------------------------------------------------------------------

Made = Callable[[], RoutingControls]


@pytest.fixture
def controls(aws: EmbeddedAws) -> Made:
    """A cluster with both regions open, and a rule that one of them stays so."""
    config: Any = aws.client(CONFIG, "us-west-2")
    cluster = config.create_cluster(ClusterName="main")["Cluster"]["ClusterArn"]
    made = [
        config.create_routing_control(ClusterArn=cluster, RoutingControlName=name)["RoutingControl"]
        for name in ("home", "standby")
    ]
    aws.run(30)
    arns = [each["RoutingControlArn"] for each in made]
    config.create_safety_rule(
        AssertionRule={
            "Name": "one-stays-open",
            "ControlPanelArn": made[0]["ControlPanelArn"],
            "AssertedControls": arns,
            "RuleConfig": {"Type": "ATLEAST", "Threshold": 1, "Inverted": False},
            "WaitPeriodMs": 5_000,
        }
    )
    aws.run(30)
    aws.services.routing_controls.switch(dict.fromkeys(arns, True), ())
    aws.run(10)
    endpoints = config.describe_cluster(ClusterArn=cluster)["Cluster"]["ClusterEndpoints"]
    arc = Arc.model_validate(
        {
            "endpoints": tuple(
                {"region": each["Region"], "url": each["Endpoint"]} for each in endpoints
            ),
            "controls": (
                {"region": HOME, "arn": arns[0]},
                {"region": STANDBY, "arn": arns[1]},
            ),
        }
    )
    return partial(RoutingControls, arc=arc, client=clients.client, last=(STANDBY,))


def leave_home(switch: RoutingControls) -> str:
    """Close home; what is open afterwards."""
    before = switch.observe()
    return switch.change(STANDBY, before, allowed(ADMISSION, STANDBY, before)).value


def open_both(aws: EmbeddedAws) -> None:
    """As before the next try, once the rule's wait period is over."""
    aws.faults.clear()
    aws.run(10)
    arns = dict.fromkeys(aws.services.routing_controls.controls, True)
    aws.services.routing_controls.switch(arns, ())
    aws.run(10)


def test_any_two_endpoints_may_be_down(aws: EmbeddedAws, controls: Made) -> None:
    """All ten pairs: one is being maintained, the other does not answer at all."""
    pairs = list(combinations(ENDPOINT_REGIONS, 2))
    for maintained, silent in pairs:
        unavailable = "EndpointTemporarilyUnavailableException"
        aws.faults.add(Fault(SERVICE, region=maintained, code=unavailable, status=503))
        aws.faults.add(Fault(SERVICE, region=silent, kind=FaultKind.CONNECT_TIMEOUT))
        assert leave_home(controls()) == STANDBY, (maintained, silent)
        open_both(aws)
    assert len(pairs) == 10


@pytest.mark.parametrize(
    "kind", [FaultKind.ERROR, FaultKind.THROTTLE, FaultKind.TIMEOUT, FaultKind.APPLIED_UNANSWERED]
)
def test_any_one_call_may_fail_in_any_way(
    aws: EmbeddedAws, controls: Made, kind: FaultKind
) -> None:
    """One region is open at the end, the right one, and no toggle went back and forth."""
    for call in range(7):
        aws.faults.add(Fault(SERVICE, kind=kind, skip=call, count=1))
        switch = controls()
        assert leave_home(switch) == STANDBY, call
        assert switch.observe().value == STANDBY
        states = [control.is_on for control in aws.services.routing_controls.controls.values()]
        assert states == [False, True]
        open_both(aws)


def test_all_endpoints_down_is_no_answer(aws: EmbeddedAws, controls: Made) -> None:
    """Each is tried once, and people are told which."""
    switch = controls()
    aws.faults.add(Fault(SERVICE, kind=FaultKind.CONNECT_TIMEOUT))
    with pytest.raises(Transient, match="none of 5 endpoints"):
        switch.observe()


def test_a_safety_rule_is_not_overridden(aws: EmbeddedAws, controls: Made) -> None:
    """It is somebody's decision; the run stops and says so."""
    switch = controls()
    leave_home(switch)
    before = switch.observe()
    with pytest.raises(Refused, match="wait period"):
        switch.change(BOTH, before, allowed(ADMISSION, BOTH, before))
    assert aws.services.routing_controls.rules


def test_endpoints_of_a_region_that_may_be_lost_come_last(aws: EmbeddedAws, controls: Made) -> None:
    """Nobody waits for one of them while another answers."""
    aws.faults.add(Fault(SERVICE, region=STANDBY, kind=FaultKind.CONNECT_TIMEOUT))
    leave_home(controls())
    asked = {event["region"] for event in aws.log.of("call", service=SERVICE)}
    assert STANDBY not in asked
