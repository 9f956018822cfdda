"""ARC routing control: switches at five endpoints, with safety rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.faults import Fault
from tests.emulator.conftest import HOME
from tests.emulator.services.conftest import client_at, refusal

CONFIG = "route53-recovery-control-config"
CLUSTER = "route53-recovery-cluster"
AT_LEAST_ONE = {"Type": "ATLEAST", "Threshold": 1, "Inverted": False}


@dataclass
class Arc:
    """A cluster with two switches, home and standby, in its default panel."""

    aws: EmbeddedAws
    config: Any
    cluster: dict[str, Any]
    switches: dict[str, str]
    panel: str

    def at(self, region: str) -> Any:
        """A client of the endpoint in a region."""
        endpoints = {one["Region"]: one["Endpoint"] for one in self.cluster["ClusterEndpoints"]}
        return client_at(CLUSTER, region, endpoints[region])

    def set(self, region: str = "us-east-1", *, override: tuple[str, ...] = (), **on: bool) -> Any:
        """Set switches by name, in one call."""
        entries = [
            {"RoutingControlArn": self.switches[name], "RoutingControlState": "On" if to else "Off"}
            for name, to in on.items()
        ]
        return self.at(region).update_routing_control_states(
            UpdateRoutingControlStateEntries=entries, SafetyRulesToOverride=list(override)
        )

    def state(self, name: str, region: str = "eu-west-1") -> str:
        """The state of a switch as an endpoint tells it."""
        arn = self.switches[name]
        answer = self.at(region).get_routing_control_state(RoutingControlArn=arn)
        return str(answer["RoutingControlState"])


@pytest.fixture
def arc(aws: EmbeddedAws) -> Arc:
    """A deployed cluster with both switches on."""
    config = aws.client(CONFIG, "us-west-2")
    arn = config.create_cluster(ClusterName="main")["Cluster"]["ClusterArn"]
    made = {
        name: config.create_routing_control(ClusterArn=arn, RoutingControlName=name)
        for name in ("home", "standby")
    }
    aws.run(30)
    switches = {name: one["RoutingControl"]["RoutingControlArn"] for name, one in made.items()}
    panel = made["home"]["RoutingControl"]["ControlPanelArn"]
    cluster = config.describe_cluster(ClusterArn=arn)["Cluster"]
    found = Arc(aws, config, cluster, switches, panel)
    found.set(home=True, standby=True)
    return found


def test_a_cluster_has_five_endpoints_once_it_is_deployed(aws: EmbeddedAws) -> None:
    """Until then it is PENDING and has none."""
    config = aws.client(CONFIG, "us-west-2")
    cluster = config.create_cluster(ClusterName="main")["Cluster"]
    assert (cluster["Status"], "ClusterEndpoints" in cluster) == ("PENDING", False)
    aws.run(30)
    cluster = config.describe_cluster(ClusterArn=cluster["ClusterArn"])["Cluster"]
    assert cluster["Status"] == "DEPLOYED"
    assert len({one["Region"] for one in cluster["ClusterEndpoints"]}) == 5


def test_a_change_at_one_endpoint_is_seen_at_the_others(arc: Arc) -> None:
    """The cluster is one."""
    arc.set("us-west-2", home=False)
    assert {arc.state("home", one["Region"]) for one in arc.cluster["ClusterEndpoints"]} == {"Off"}


def test_an_unavailable_endpoint_is_one_of_five(arc: Arc) -> None:
    """A caller that goes on to the next endpoint succeeds."""
    arc.aws.faults.add(
        Fault(
            service=CLUSTER,
            region="us-east-1",
            code="EndpointTemporarilyUnavailableException",
            status=503,
        )
    )
    code, _ = refusal(lambda: arc.set("us-east-1", home=False))
    assert code == "EndpointTemporarilyUnavailableException"
    arc.set("ap-northeast-1", home=False)
    assert arc.state("home") == "Off"


def test_the_data_plane_has_no_address_but_the_clusters_own(arc: Arc) -> None:
    """A client without endpoint_url reaches nobody."""
    with pytest.raises(ConnectTimeoutError):
        arc.aws.client(CLUSTER, "us-east-1").list_routing_controls()


def test_the_control_plane_lives_in_one_region(aws: EmbeddedAws) -> None:
    """So a failover must not need it."""
    with pytest.raises(ConnectTimeoutError):
        aws.client(CONFIG, HOME).list_clusters()


def assertion(arc: Arc, **more: Any) -> str:
    """Put an assertion rule over both switches in force."""
    rule = {
        "Name": "one-region-stays",
        "ControlPanelArn": arc.panel,
        "AssertedControls": list(arc.switches.values()),
        "RuleConfig": AT_LEAST_ONE,
        "WaitPeriodMs": 5000,
        **more,
    }
    made = arc.config.create_safety_rule(AssertionRule=rule)
    return str(made["AssertionRule"]["SafetyRuleArn"])


def test_an_assertion_rule_refuses_an_outcome(arc: Arc) -> None:
    """Nothing of the transaction happens."""
    assertion(arc)
    code, message = refusal(lambda: arc.set(home=False, standby=False))
    assert code == "ConflictException"
    assert "one-region-stays" in message
    assert (arc.state("home"), arc.state("standby")) == ("On", "On")


def test_a_safety_rule_can_be_overridden_by_name(arc: Arc) -> None:
    """For the emergency."""
    rule = assertion(arc)
    arc.set(home=False, standby=False, override=(rule,))
    assert arc.state("home") == "Off"


def test_a_wait_period_keeps_a_switch_from_flapping(arc: Arc) -> None:
    """Five seconds after a change the next one goes through, not before."""
    assertion(arc)
    arc.set(home=False)
    code, message = refusal(lambda: arc.set(home=True))
    assert (code, "wait period of 5000 ms" in message) == ("ConflictException", True)
    arc.aws.run(5)
    arc.set(home=True)
    assert arc.state("home") == "On"


def test_a_gating_rule_opens_and_closes_a_gate(arc: Arc) -> None:
    """Targets change only while the gate is on; opening it is a change of its own."""
    made = arc.config.create_routing_control(
        ClusterArn=arc.cluster["ClusterArn"], RoutingControlName="gate"
    )
    arc.switches["gate"] = made["RoutingControl"]["RoutingControlArn"]
    arc.config.create_safety_rule(
        GatingRule={
            "Name": "gate-is-open",
            "ControlPanelArn": arc.panel,
            "GatingControls": [arc.switches["gate"]],
            "TargetControls": [arc.switches["home"]],
            "RuleConfig": {"Type": "OR", "Threshold": 0, "Inverted": False},
            "WaitPeriodMs": 0,
        }
    )
    for call in (
        lambda: arc.set(home=False),
        lambda: arc.set(gate=True, home=False),
    ):
        assert refusal(call)[0] == "ConflictException"
    arc.set(gate=True)
    arc.set(home=False)
    assert arc.state("home") == "Off"


def test_a_health_check_follows_its_routing_control(arc: Arc) -> None:
    """At once: there is nothing to probe."""
    check = arc.aws.client("route53", "us-east-1").create_health_check(
        CallerReference="home",
        HealthCheckConfig={
            "Type": "RECOVERY_CONTROL",
            "RoutingControlArn": arc.switches["home"],
        },
    )["HealthCheck"]["Id"]
    statuses = []
    for to in (True, False):
        arc.set(home=to)
        statuses.append(arc.aws.services.health_checks.healthy(check, arc.aws.scheduler.now))
    assert statuses == [True, False]
    followers = arc.config.list_associated_route53_health_checks(
        RoutingControlArn=arc.switches["home"]
    )
    assert followers["HealthCheckIds"] == [check]


def test_what_is_in_use_cannot_be_deleted(arc: Arc) -> None:
    """A cluster with switches, a switch with a rule."""
    assertion(arc)
    for call in (
        lambda: arc.config.delete_cluster(ClusterArn=arc.cluster["ClusterArn"]),
        lambda: arc.config.delete_routing_control(RoutingControlArn=arc.switches["home"]),
    ):
        assert refusal(call)[0] == "ConflictException"


def test_the_lists_show_what_was_made(arc: Arc) -> None:
    """Panels with counts, controls with states, rules by kind."""
    assertion(arc)
    panels = arc.config.list_control_panels(ClusterArn=arc.cluster["ClusterArn"])["ControlPanels"]
    rules = arc.config.list_safety_rules(ControlPanelArn=arc.panel)["SafetyRules"]
    listed = arc.at("eu-west-1").list_routing_controls(ControlPanelArn=arc.panel)
    assert [one["RoutingControlCount"] for one in panels] == [2]
    assert [list(one) for one in rules] == [["ASSERTION"]]
    assert [one["RoutingControlState"] for one in listed["RoutingControls"]] == ["On", "On"]
