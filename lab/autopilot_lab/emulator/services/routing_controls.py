"""ARC routing controls: clusters of five regional endpoints, control panels, switches, rules.

https://docs.aws.amazon.com/r53recovery/latest/dg/introduction-components-routing.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.services.safety_rules import SafetyRule

#: https://docs.aws.amazon.com/general/latest/gr/r53arc.html
ENDPOINT_REGIONS = ("ap-northeast-1", "ap-southeast-2", "eu-west-1", "us-east-1", "us-west-2")
DEPLOYMENT_SECONDS = 30.0
_ARN = f"arn:aws:route53-recovery-control::{ACCOUNT}"

T = TypeVar("T")


@dataclass(eq=False)
class Cluster:
    """A cluster, reachable at one host name in each of five regions."""

    arn: str
    name: str
    created_at: float
    hosts: Mapping[str, str] = field(default_factory=dict)  #: by region; by default made up

    @property
    def endpoints(self) -> Mapping[str, str]:
        """Region → URL of the endpoint there."""
        return {region: f"https://{self.host(region)}/v1" for region in ENDPOINT_REGIONS}

    def host(self, region: str) -> str:
        """The host name of the endpoint in a region."""
        if region in self.hosts:
            return self.hosts[region]
        label = uuid.uuid5(uuid.NAMESPACE_URL, f"{self.arn}/{region}").hex[:8]
        return f"{label}.route53-recovery-cluster.{region}.amazonaws.com"


@dataclass(eq=False)
class ControlPanel:
    """A group of routing controls that can change together."""

    arn: str
    name: str
    cluster_arn: str
    created_at: float
    is_default: bool = False


@dataclass(eq=False)
class RoutingControl:
    """A switch. It is off when it is created."""

    arn: str
    name: str
    panel_arn: str
    created_at: float
    is_on: bool = False


class RoutingControls:
    """Everything that ARC keeps of an account; `after_change` is told when a switch moved."""

    def __init__(self, *, now: Callable[[], float], log: EventLog) -> None:
        self.now = now
        self._log = log
        self.clusters: dict[str, Cluster] = {}
        self.panels: dict[str, ControlPanel] = {}
        self.controls: dict[str, RoutingControl] = {}
        self.rules: dict[str, SafetyRule] = {}
        self.after_change: Callable[[], None] = lambda: None

    # -- making ----------------------------------------------------------------------------------

    def add_cluster(self, name: str) -> Cluster:
        """A new cluster, with the default control panel that each has."""
        cluster = Cluster(f"{_ARN}:cluster/{uuid.uuid4()}", name, self.now())
        self.clusters[cluster.arn] = cluster
        self.add_panel(cluster.arn, "DefaultControlPanel", is_default=True)
        return cluster

    def add_panel(self, cluster_arn: str, name: str, *, is_default: bool = False) -> ControlPanel:
        """A new control panel of a cluster."""
        arn = f"{_ARN}:controlpanel/{uuid.uuid4().hex}"
        panel = ControlPanel(arn, name, cluster_arn, self.now(), is_default)
        self.panels[arn] = panel
        return panel

    def add_control(self, panel_arn: str, name: str) -> RoutingControl:
        """A new routing control of a control panel."""
        arn = f"{panel_arn}/routingcontrol/{uuid.uuid4().hex[:16]}"
        control = RoutingControl(arn, name, panel_arn, self.now())
        self.controls[arn] = control
        return control

    def add_rule(self, rule: SafetyRule) -> None:
        """Put a safety rule in force."""
        self.rules[rule.arn] = rule

    def is_deployed(self, created_at: float) -> bool:
        """Whether something created at an instant has been deployed by now."""
        return self.now() >= created_at + DEPLOYMENT_SECONDS

    # -- finding ---------------------------------------------------------------------------------

    def controls_of(self, panel_arn: str) -> list[RoutingControl]:
        """The routing controls of a control panel."""
        return [one for one in self.controls.values() if one.panel_arn == panel_arn]

    def rules_of(self, panel_arn: str) -> list[SafetyRule]:
        """The safety rules of a control panel."""
        return [one for one in self.rules.values() if one.panel_arn == panel_arn]

    def cluster_of(self, control: RoutingControl) -> Cluster:
        """The cluster that hosts a routing control."""
        return self.clusters[self.panels[control.panel_arn].cluster_arn]

    def cluster_at(self, host: str, region: str) -> Cluster | None:
        """The cluster that has this host name for its endpoint in a region."""
        found = (one for one in self.clusters.values() if one.host(region) == host)
        return next(found, None) if region in ENDPOINT_REGIONS else None

    def state(self, arn: str) -> bool | None:
        """Whether a routing control is on; None when there is none of that ARN."""
        control = self.controls.get(arn)
        return None if control is None else control.is_on

    # -- switching -------------------------------------------------------------------------------

    def switch(self, wanted: Mapping[str, bool], overridden: Sequence[str]) -> None:
        """Set the states of routing controls of one panel, all or none.

        Raises `AwsError` ConflictException where a safety rule that is not overridden objects.
        """
        controls = [look_up(self.controls, arn) for arn in wanted]
        panels = sorted({control.panel_arn for control in controls})
        if len(panels) != 1:
            message = f"routing controls of one control panel change together, got {len(panels)}"
            raise AwsError("ValidationException", message)
        rules = [one for one in self.rules_of(panels[0]) if one.concerns(wanted)]
        before = {one.arn: one.is_on for one in self.controls_of(panels[0])}
        self._require_safe(rules, before, before | dict(wanted), overridden)
        for rule in rules:
            rule.changed_at = self.now()
        for control in controls:
            control.is_on = wanted[control.arn]
            self._log.add("routing_control", name=control.name, on=control.is_on)
        self.after_change()

    def _require_safe(
        self,
        rules: Sequence[SafetyRule],
        before: Mapping[str, bool],
        after: Mapping[str, bool],
        overridden: Sequence[str],
    ) -> None:
        for rule in rules:
            objection = rule.objection(before, after, self.now())
            if objection and rule.arn not in overridden:
                raise AwsError("ConflictException", f"{objection} ({rule.arn})", 409)


def look_up(store: Mapping[str, T], arn: str) -> T:
    """Something by its ARN. Raises ResourceNotFoundException."""
    found = store.get(arn)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"{arn} does not exist", 404)
    return found
