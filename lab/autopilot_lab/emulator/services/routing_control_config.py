"""route53-recovery-control-config: the control plane of ARC, which lives in us-west-2.

https://docs.aws.amazon.com/recovery-cluster/latest/api/what-is-recovery-control.html; a failover
must not need it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import Operation
from autopilot_lab.emulator.calls import ConnectTimedOut
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.paging import page
from autopilot_lab.emulator.services.health_checks import HealthChecks
from autopilot_lab.emulator.services.routing_controls import (
    Cluster,
    ControlPanel,
    RoutingControl,
    RoutingControls,
    look_up,
)
from autopilot_lab.emulator.services.safety_rules import SafetyRule

SERVICE = "route53-recovery-control-config"
REGION = "us-west-2"
CLUSTERS_MAX = 2  #: https://docs.aws.amazon.com/r53recovery/latest/dg/routing-control.quotas.html
RESULTS_MAX = 1_000

Result = dict[str, Any]


class RoutingControlConfig:
    """One method per operation: parameters in, result out."""

    def __init__(self, controls: RoutingControls, checks: HealthChecks) -> None:
        self._controls = controls
        self._checks = checks

    def operations(self) -> Mapping[str, Operation]:
        """The operations by their API names."""
        methods: Mapping[str, Callable[[dict[str, Any]], Result]] = {
            "CreateCluster": self.create_cluster,
            "DescribeCluster": self.describe_cluster,
            "ListClusters": self.list_clusters,
            "DeleteCluster": self.delete_cluster,
            "CreateControlPanel": self.create_control_panel,
            "DescribeControlPanel": self.describe_control_panel,
            "ListControlPanels": self.list_control_panels,
            "DeleteControlPanel": self.delete_control_panel,
            "CreateRoutingControl": self.create_routing_control,
            "DescribeRoutingControl": self.describe_routing_control,
            "ListRoutingControls": self.list_routing_controls,
            "DeleteRoutingControl": self.delete_routing_control,
            "CreateSafetyRule": self.create_safety_rule,
            "DescribeSafetyRule": self.describe_safety_rule,
            "ListSafetyRules": self.list_safety_rules,
            "DeleteSafetyRule": self.delete_safety_rule,
            "ListAssociatedRoute53HealthChecks": self.list_health_checks,
        }
        return {name: _in_its_region(method) for name, method in methods.items()}

    # -- clusters --------------------------------------------------------------------------------

    def create_cluster(self, params: dict[str, Any]) -> Result:
        """Create a cluster with its default control panel."""
        if len(self._controls.clusters) >= CLUSTERS_MAX:
            message = f"an account has at most {CLUSTERS_MAX} clusters"
            raise AwsError("ServiceQuotaExceededException", message, 402)
        names = [one.name for one in self._controls.clusters.values()]
        _require_new(params["ClusterName"], names)
        return {"Cluster": self._cluster(self._controls.add_cluster(params["ClusterName"]))}

    def describe_cluster(self, params: dict[str, Any]) -> Result:
        """A cluster and its endpoints."""
        return {"Cluster": self._cluster(look_up(self._controls.clusters, params["ClusterArn"]))}

    def list_clusters(self, params: dict[str, Any]) -> Result:
        """Every cluster."""
        found = [self._cluster(one) for one in self._controls.clusters.values()]
        return _page("Clusters", found, params)

    def delete_cluster(self, params: dict[str, Any]) -> Result:
        """Delete a cluster that has nothing but its empty default control panel."""
        cluster = look_up(self._controls.clusters, params["ClusterArn"])
        panels = [one for one in self._panels(cluster.arn) if not one.is_default]
        _require_unused(cluster.arn, panels)
        for panel in self._panels(cluster.arn):
            _require_unused(cluster.arn, self._controls.controls_of(panel.arn))
            del self._controls.panels[panel.arn]
        del self._controls.clusters[cluster.arn]
        return {}

    # -- control panels --------------------------------------------------------------------------

    def create_control_panel(self, params: dict[str, Any]) -> Result:
        """Create a control panel."""
        cluster = look_up(self._controls.clusters, params["ClusterArn"])
        _require_new(params["ControlPanelName"], [one.name for one in self._panels(cluster.arn)])
        panel = self._controls.add_panel(cluster.arn, params["ControlPanelName"])
        return {"ControlPanel": self._panel(panel)}

    def describe_control_panel(self, params: dict[str, Any]) -> Result:
        """A control panel."""
        panel = look_up(self._controls.panels, params["ControlPanelArn"])
        return {"ControlPanel": self._panel(panel)}

    def list_control_panels(self, params: dict[str, Any]) -> Result:
        """The control panels of a cluster, or all."""
        found = [self._panel(one) for one in self._panels(params.get("ClusterArn"))]
        return _page("ControlPanels", found, params)

    def delete_control_panel(self, params: dict[str, Any]) -> Result:
        """Delete an empty control panel."""
        panel = look_up(self._controls.panels, params["ControlPanelArn"])
        _require_unused(panel.arn, self._controls.controls_of(panel.arn))
        _require_unused(panel.arn, self._controls.rules_of(panel.arn))
        del self._controls.panels[panel.arn]
        return {}

    # -- routing controls ------------------------------------------------------------------------

    def create_routing_control(self, params: dict[str, Any]) -> Result:
        """Create a routing control, in the default control panel where none is named."""
        cluster = look_up(self._controls.clusters, params["ClusterArn"])
        default = next(one for one in self._panels(cluster.arn) if one.is_default)
        panel_arn = params.get("ControlPanelArn") or default.arn
        panel = look_up(self._controls.panels, panel_arn)
        names = [one.name for one in self._controls.controls_of(panel.arn)]
        _require_new(params["RoutingControlName"], names)
        control = self._controls.add_control(panel.arn, params["RoutingControlName"])
        return {"RoutingControl": self._control(control)}

    def describe_routing_control(self, params: dict[str, Any]) -> Result:
        """A routing control, without its state: that is the data plane's."""
        control = look_up(self._controls.controls, params["RoutingControlArn"])
        return {"RoutingControl": self._control(control)}

    def list_routing_controls(self, params: dict[str, Any]) -> Result:
        """The routing controls of a control panel."""
        panel = look_up(self._controls.panels, params["ControlPanelArn"])
        found = [self._control(one) for one in self._controls.controls_of(panel.arn)]
        return _page("RoutingControls", found, params)

    def delete_routing_control(self, params: dict[str, Any]) -> Result:
        """Delete a routing control that no safety rule names."""
        control = look_up(self._controls.controls, params["RoutingControlArn"])
        rules = self._controls.rules_of(control.panel_arn)
        naming = [one for one in rules if control.arn in (*one.controls, *one.gates)]
        _require_unused(control.arn, naming)
        del self._controls.controls[control.arn]
        return {}

    def list_health_checks(self, params: dict[str, Any]) -> Result:
        """The Route 53 health checks that follow a routing control."""
        control = look_up(self._controls.controls, params["RoutingControlArn"])
        found = [
            one.id
            for one in self._checks.all()
            if one.config.get("RoutingControlArn") == control.arn
        ]
        return _page("HealthCheckIds", found, params)

    # -- safety rules ----------------------------------------------------------------------------

    def create_safety_rule(self, params: dict[str, Any]) -> Result:
        """Create an assertion rule or a gating rule: one of them, not both."""
        given = [one for one in ("AssertionRule", "GatingRule") if one in params]
        if len(given) != 1:
            message = f"expected either AssertionRule or GatingRule, got {len(given)} of them"
            raise AwsError("ValidationException", message)
        wanted = params[given[0]]
        panel = look_up(self._controls.panels, wanted["ControlPanelArn"])
        _require_new(wanted["Name"], [one.name for one in self._controls.rules_of(panel.arn)])
        rule = SafetyRule(
            arn=f"{panel.arn}/safetyrule/{uuid.uuid4().hex[:16]}",
            panel_arn=panel.arn,
            name=wanted["Name"],
            controls=tuple(wanted.get("AssertedControls") or wanted["TargetControls"]),
            gates=tuple(wanted.get("GatingControls", ())),
            config=wanted["RuleConfig"],
            wait_ms=int(wanted["WaitPeriodMs"]),
            created_at=self._controls.now(),
        )
        for arn in (*rule.controls, *rule.gates):
            look_up(self._controls.controls, arn)
        self._controls.add_rule(rule)
        return self._rule(rule)

    def describe_safety_rule(self, params: dict[str, Any]) -> Result:
        """A safety rule."""
        return self._rule(look_up(self._controls.rules, params["SafetyRuleArn"]))

    def list_safety_rules(self, params: dict[str, Any]) -> Result:
        """The safety rules of a control panel."""
        panel = look_up(self._controls.panels, params["ControlPanelArn"])
        names = {"AssertionRule": "ASSERTION", "GatingRule": "GATING"}
        found = [
            {names[kind]: rule for kind, rule in self._rule(one).items()}
            for one in self._controls.rules_of(panel.arn)
        ]
        return _page("SafetyRules", found, params)

    def delete_safety_rule(self, params: dict[str, Any]) -> Result:
        """Delete a safety rule."""
        rule = look_up(self._controls.rules, params["SafetyRuleArn"])
        del self._controls.rules[rule.arn]
        return {}

    # -- as the API shows them -------------------------------------------------------------------

    def _panels(self, cluster_arn: str | None) -> list[ControlPanel]:
        panels = self._controls.panels.values()
        return [one for one in panels if cluster_arn in (None, one.cluster_arn)]

    def _status(self, created_at: float) -> str:
        return "DEPLOYED" if self._controls.is_deployed(created_at) else "PENDING"

    def _cluster(self, cluster: Cluster) -> Result:
        described = {
            "ClusterArn": cluster.arn,
            "Name": cluster.name,
            "Status": self._status(cluster.created_at),
            "Owner": ACCOUNT,
            "NetworkType": "IPV4",
        }
        if described["Status"] == "PENDING":
            return described
        endpoints = cluster.endpoints.items()
        shown = [{"Endpoint": url, "Region": region} for region, url in endpoints]
        return {**described, "ClusterEndpoints": shown}

    def _panel(self, panel: ControlPanel) -> Result:
        return {
            "ClusterArn": panel.cluster_arn,
            "ControlPanelArn": panel.arn,
            "DefaultControlPanel": panel.is_default,
            "Name": panel.name,
            "RoutingControlCount": len(self._controls.controls_of(panel.arn)),
            "Status": self._status(panel.created_at),
            "Owner": ACCOUNT,
        }

    def _control(self, control: RoutingControl) -> Result:
        return {
            "ControlPanelArn": control.panel_arn,
            "Name": control.name,
            "RoutingControlArn": control.arn,
            "Status": self._status(control.created_at),
            "Owner": ACCOUNT,
        }

    def _rule(self, rule: SafetyRule) -> Result:
        described: Result = {
            "ControlPanelArn": rule.panel_arn,
            "Name": rule.name,
            "RuleConfig": dict(rule.config),
            "SafetyRuleArn": rule.arn,
            "Status": self._status(rule.created_at),
            "WaitPeriodMs": rule.wait_ms,
            "Owner": ACCOUNT,
        }
        if rule.is_gating:
            described["GatingControls"] = list(rule.gates)
            described["TargetControls"] = list(rule.controls)
            return {"GatingRule": described}
        described["AssertedControls"] = list(rule.controls)
        return {"AssertionRule": described}


def _in_its_region(method: Callable[[dict[str, Any]], Result]) -> Operation:
    def answer(params: dict[str, Any], region: str) -> Result:
        if region != REGION:
            raise ConnectTimedOut  # the service has no endpoint elsewhere
        return method(params)

    return answer


def _page(name: str, found: Sequence[Any], params: Mapping[str, Any]) -> Result:
    size = int(params.get("MaxResults") or RESULTS_MAX)
    chosen, token = page(list(found), params.get("NextToken"), size)
    return {name: chosen} | ({"NextToken": token} if token else {})


def _require_new(name: str, names: Sequence[str]) -> None:
    if name in names:
        raise AwsError("ConflictException", f"the name {name} is taken", 409)


def _require_unused(arn: str, users: Sequence[Any]) -> None:
    if users:
        raise AwsError("ConflictException", f"{arn} is still used by {len(users)} others", 409)
