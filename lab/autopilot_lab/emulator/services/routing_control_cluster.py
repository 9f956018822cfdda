"""route53-recovery-cluster: the data plane of ARC, at the five endpoints of each cluster.

A caller names one endpoint (`endpoint_url`) and its region, and tries the next when it is
unavailable, which is routine; at least three of five answer
(https://docs.aws.amazon.com/r53recovery/latest/dg/routing-control.update.api.html). A fault on
this service in a region, with code EndpointTemporarilyUnavailableException, makes one so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import CallPath
from autopilot_lab.emulator.calls import Call, ConnectTimedOut
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.paging import page
from autopilot_lab.emulator.services.routing_controls import (
    Cluster,
    RoutingControl,
    RoutingControls,
    look_up,
)
from autopilot_lab.emulator.services.validation import validate

SERVICE = "route53-recovery-cluster"
RESULTS_MAX = 500

#: Parameters, and the cluster whose endpoint was called (None: the lab's own port) → result.
Method = Callable[[dict[str, Any], Cluster | None], dict[str, Any]]


class RoutingControlCluster:
    """One method per operation."""

    def __init__(self, controls: RoutingControls) -> None:
        self._controls = controls

    def register(self, calls: CallPath) -> None:
        """Take this service's place on the call path."""
        methods: Mapping[str, Method] = {
            "GetRoutingControlState": self.get_state,
            "ListRoutingControls": self.list_controls,
            "UpdateRoutingControlState": self.update_state,
            "UpdateRoutingControlStates": self.update_states,
        }
        for name, method in methods.items():
            calls.own_wire(SERVICE, name, self._answering(name, method))

    def get_state(self, params: dict[str, Any], cluster: Cluster | None) -> dict[str, Any]:
        """The state of one routing control."""
        control = self._find(str(params["RoutingControlArn"]), cluster)
        return {
            "RoutingControlArn": control.arn,
            "RoutingControlName": control.name,
            "RoutingControlState": _state(control),
        }

    def list_controls(self, params: dict[str, Any], cluster: Cluster | None) -> dict[str, Any]:
        """The routing controls of a control panel, or of the cluster."""
        panel = params.get("ControlPanelArn")
        found = [
            self._described(one)
            for one in self._controls.controls.values()
            if panel in (None, one.panel_arn) and cluster in (None, self._controls.cluster_of(one))
        ]
        size = int(params.get("MaxResults") or RESULTS_MAX)
        chosen, token = page(found, params.get("NextToken"), size)
        return {"RoutingControls": chosen} | ({"NextToken": token} if token else {})

    def update_state(self, params: dict[str, Any], cluster: Cluster | None) -> dict[str, Any]:
        """Set one routing control."""
        return self._switch([params], params, cluster)

    def update_states(self, params: dict[str, Any], cluster: Cluster | None) -> dict[str, Any]:
        """Set several routing controls, all or none."""
        return self._switch(params["UpdateRoutingControlStateEntries"], params, cluster)

    def _switch(
        self, entries: list[dict[str, Any]], params: dict[str, Any], cluster: Cluster | None
    ) -> dict[str, Any]:
        wanted = {
            self._find(str(one["RoutingControlArn"]), cluster).arn: (
                one["RoutingControlState"] == "On"
            )
            for one in entries
        }
        self._controls.switch(wanted, params.get("SafetyRulesToOverride") or ())
        return {}

    def _find(self, arn: str, cluster: Cluster | None) -> RoutingControl:
        control = look_up(self._controls.controls, arn)
        if cluster not in (None, self._controls.cluster_of(control)):
            raise AwsError("ResourceNotFoundException", f"{arn} is not in this cluster", 404)
        return control

    def _described(self, control: RoutingControl) -> dict[str, Any]:
        return {
            "ControlPanelArn": control.panel_arn,
            "ControlPanelName": self._controls.panels[control.panel_arn].name,
            "RoutingControlArn": control.arn,
            "RoutingControlName": control.name,
            "RoutingControlState": _state(control),
            "Owner": ACCOUNT,
        }

    def _answering(
        self, name: str, method: Method
    ) -> Callable[[Call, wire.Request], wire.Response]:
        def answer(call: Call, request: wire.Request) -> wire.Response:
            cluster = self._cluster_called(call, request)
            params = wire.decode(SERVICE, name, request)
            validate(SERVICE, name, params, code="ValidationException")
            return wire.encode(SERVICE, name, request, method(params, cluster))

        return answer

    def _cluster_called(self, call: Call, request: wire.Request) -> Cluster | None:
        """The cluster whose endpoint a request went to: the service has no other host names.

        Requests that came over the network, which alone have a Host header by now, went to the
        lab's own port, which stands for every cluster.
        """
        if "host" in request.headers:
            return None
        host = urlsplit(request.url).hostname or ""
        cluster = self._controls.cluster_at(host, call.region)
        if cluster is None or not self._controls.is_deployed(cluster.created_at):
            raise ConnectTimedOut
        return cluster


def _state(control: RoutingControl) -> str:
    return "On" if control.is_on else "Off"
