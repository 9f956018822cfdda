"""Templates make what the own services keep."""

from __future__ import annotations

from typing import Any

from autopilot_lab.emulator.cloud import EmbeddedAws
from tests.emulator.conftest import HOME

ARC = "AWS::Route53RecoveryControl"
TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Cluster": {"Type": f"{ARC}::Cluster", "Properties": {"Name": "main"}},
        "Panel": {
            "Type": f"{ARC}::ControlPanel",
            "Properties": {
                "Name": "regions",
                "ClusterArn": {"Fn::GetAtt": ["Cluster", "ClusterArn"]},
            },
        },
        "Home": {
            "Type": f"{ARC}::RoutingControl",
            "Properties": {
                "Name": "home",
                "ClusterArn": {"Fn::GetAtt": ["Cluster", "ClusterArn"]},
                "ControlPanelArn": {"Ref": "Panel"},
            },
        },
        "Rule": {
            "Type": f"{ARC}::SafetyRule",
            "Properties": {
                "Name": "one-stays",
                "ControlPanelArn": {"Ref": "Panel"},
                "RuleConfig": {"Type": "ATLEAST", "Threshold": 1, "Inverted": False},
                "AssertionRule": {"AssertedControls": [{"Ref": "Home"}], "WaitPeriodMs": 0},
            },
        },
        "Check": {
            "Type": "AWS::Route53::HealthCheck",
            "Properties": {
                "HealthCheckConfig": {
                    "Type": "RECOVERY_CONTROL",
                    "RoutingControlArn": {"Ref": "Home"},
                }
            },
        },
        "Quiet": {
            "Type": "AWS::CloudWatch::AlarmMuteRule",
            "Properties": {
                "Name": "sundays",
                "Rule": {"Schedule": {"Expression": "cron(0 2 * * SUN)", "Duration": "PT4H"}},
                "MuteTargets": {"AlarmNames": ["failing"]},
            },
        },
    }
}


def test_a_template_makes_routing_controls_checks_and_mute_rules(aws: EmbeddedAws) -> None:
    """With references from one to the other."""
    aws.deploy(TEMPLATE, "foundation", HOME)
    config = aws.client("route53-recovery-control-config", "us-west-2")
    panels = {one["Name"]: one for one in config.list_control_panels()["ControlPanels"]}
    panel = panels["regions"]["ControlPanelArn"]
    control = config.list_routing_controls(ControlPanelArn=panel)["RoutingControls"][0]
    checks = config.list_associated_route53_health_checks(
        RoutingControlArn=control["RoutingControlArn"]
    )["HealthCheckIds"]
    rules = aws.client("cloudwatch", HOME).list_alarm_mute_rules(AlarmName="failing")
    assert len(config.list_safety_rules(ControlPanelArn=panel)["SafetyRules"]) == 1
    assert [aws.services.health_checks.healthy(one, aws.scheduler.now) for one in checks] == [False]
    assert len(rules["AlarmMuteRuleSummaries"]) == 1


def test_deleting_the_stack_takes_them_away(aws: EmbeddedAws) -> None:
    """In the order that their uses allow."""
    aws.deploy(TEMPLATE, "foundation", HOME)
    aws.client("cloudformation", HOME).delete_stack(StackName="foundation")
    config = aws.client("route53-recovery-control-config", "us-west-2")
    assert config.list_clusters()["Clusters"] == []
    assert aws.client("route53", "us-east-1").list_health_checks()["HealthChecks"] == []
    assert aws.client("cloudwatch", HOME).list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []
