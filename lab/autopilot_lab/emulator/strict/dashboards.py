"""CloudWatch: dashboards belong to the account; a region is only the door they are reached by."""

from __future__ import annotations

from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.strict.layer import StrictLayer

_OPERATIONS = ("PutDashboard", "GetDashboard", "ListDashboards", "DeleteDashboards")


class Dashboards:
    """One set of dashboards for all regions: the last write of a name wins."""

    def __init__(self) -> None:
        self._all: dict[str, Any] = {}

    def register(self, layer: StrictLayer) -> None:
        """Put the rule in force."""
        layer.refuse("cloudwatch", _OPERATIONS, self.share)

    def share(self, asked: Asked) -> None:
        """Let the region that is called see every dashboard, also those that templates made.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html:
        "All dashboards in your account are global, not region-specific."
        """
        for backend in (
            *cloudwatch_backends[ACCOUNT].values(),
            cloudwatch_backends[ACCOUNT][asked.call.region],
        ):
            if backend.dashboards is not self._all:
                self._all.update(backend.dashboards)
                backend.dashboards = self._all
