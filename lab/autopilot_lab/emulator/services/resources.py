"""CloudFormation types of the own services."""
# ruff: noqa: ARG003, D102 - moto creates every type with the same arguments; see LabResource

from __future__ import annotations

from typing import Any, Self

from autopilot_lab.emulator.resources.resource import LabResource
from autopilot_lab.emulator.services.routing_control_config import RoutingControlConfig


class HealthCheck(LabResource):
    """AWS::Route53::HealthCheck."""

    TYPE = "AWS::Route53::HealthCheck"
    ATTRIBUTES = frozenset({"HealthCheckId"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        config = _typed(properties["HealthCheckConfig"])
        check = cls.backends.services.health_checks_api.make(config, f"{region}/{name}")
        return cls(check.id, {"HealthCheckId": check.id})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        check = cls.backends.services.health_checks.find(physical_id)
        if check is not None:
            cls.backends.services.health_checks.remove(check)


class Url(LabResource):
    """AWS::Lambda::Url."""

    TYPE = "AWS::Lambda::Url"
    ATTRIBUTES = frozenset({"FunctionArn", "FunctionUrl"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        wanted = {**properties, "FunctionName": properties["TargetFunctionArn"]}
        made = cls.backends.services.function_urls.add(wanted, region)
        return cls(made.function_arn, {"FunctionArn": made.function_arn, "FunctionUrl": made.url})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        cls.backends.services.function_urls.remove(physical_id)


class AlarmMuteRule(LabResource):
    """AWS::CloudWatch::AlarmMuteRule."""

    TYPE = "AWS::CloudWatch::AlarmMuteRule"
    NAME_PROPERTY = "Name"
    ATTRIBUTES = frozenset({"AlarmMuteRuleArn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        rules = cls.backends.services.mute_rules
        rules.put({**properties, "Name": name}, region)
        made = rules.get({"AlarmMuteRuleName": name}, region)
        return cls(name, {"AlarmMuteRuleArn": made["AlarmMuteRuleArn"]})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        cls.backends.services.mute_rules.delete({"AlarmMuteRuleName": physical_id}, region)


class Cluster(LabResource):
    """AWS::Route53RecoveryControl::Cluster; its endpoints are told when it is deployed."""

    TYPE = "AWS::Route53RecoveryControl::Cluster"
    NAME_PROPERTY = "Name"
    ATTRIBUTES = frozenset({"ClusterArn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        made = _control_plane(cls).create_cluster({"ClusterName": name})["Cluster"]
        return cls(made["ClusterArn"], {"ClusterArn": made["ClusterArn"]})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        _control_plane(cls).delete_cluster({"ClusterArn": physical_id})


class ControlPanel(LabResource):
    """AWS::Route53RecoveryControl::ControlPanel."""

    TYPE = "AWS::Route53RecoveryControl::ControlPanel"
    NAME_PROPERTY = "Name"
    ATTRIBUTES = frozenset({"ControlPanelArn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        wanted = {"ClusterArn": properties["ClusterArn"], "ControlPanelName": name}
        made = _control_plane(cls).create_control_panel(wanted)["ControlPanel"]
        return cls(made["ControlPanelArn"], {"ControlPanelArn": made["ControlPanelArn"]})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        _control_plane(cls).delete_control_panel({"ControlPanelArn": physical_id})


class RoutingControl(LabResource):
    """AWS::Route53RecoveryControl::RoutingControl."""

    TYPE = "AWS::Route53RecoveryControl::RoutingControl"
    NAME_PROPERTY = "Name"
    ATTRIBUTES = frozenset({"RoutingControlArn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        wanted = {**properties, "RoutingControlName": name}
        made = _control_plane(cls).create_routing_control(wanted)["RoutingControl"]
        return cls(made["RoutingControlArn"], {"RoutingControlArn": made["RoutingControlArn"]})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        _control_plane(cls).delete_routing_control({"RoutingControlArn": physical_id})


class SafetyRule(LabResource):
    """AWS::Route53RecoveryControl::SafetyRule."""

    TYPE = "AWS::Route53RecoveryControl::SafetyRule"
    NAME_PROPERTY = "Name"
    ATTRIBUTES = frozenset({"SafetyRuleArn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        shared = {
            "Name": name,
            **{key: properties[key] for key in ("ControlPanelArn", "RuleConfig")},
        }
        wanted: dict[str, Any] = {
            kind: {**properties[kind], **shared}
            for kind in ("AssertionRule", "GatingRule")
            if kind in properties
        }
        made = _control_plane(cls).create_safety_rule(wanted)
        arn = next(iter(made.values()))["SafetyRuleArn"]
        return cls(arn, {"SafetyRuleArn": arn})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        _control_plane(cls).delete_safety_rule({"SafetyRuleArn": physical_id})


def _control_plane(kind: type[LabResource]) -> RoutingControlConfig:
    """ARC's control plane: CloudFormation reaches it from every region."""
    return kind.backends.services.routing_control_config


_NUMBERS = ("Port", "RequestInterval", "FailureThreshold", "HealthThreshold")
_TRUTHS = ("Inverted", "EnableSNI", "MeasureLatency", "Disabled")


def _typed(config: dict[str, Any]) -> dict[str, Any]:
    """Settings with numbers and truth values where a template may have text."""
    typed = dict(config)
    for name in set(_NUMBERS) & config.keys():
        typed[name] = int(config[name])
    for name in set(_TRUTHS) & config.keys():
        typed[name] = str(config[name]).lower() == "true"
    return typed


#: Every type that this package teaches moto.
RESOURCE_TYPES: tuple[type[LabResource], ...] = (
    AlarmMuteRule,
    Cluster,
    ControlPanel,
    HealthCheck,
    RoutingControl,
    SafetyRule,
    Url,
)
