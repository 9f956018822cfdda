"""The ARC cluster that a profile describes: five endpoints, a control for each region, one rule."""

from __future__ import annotations

from typing import Final

from autopilot.domain.failover_section import Arc
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.services.routing_controls import Cluster, ControlPanel, RoutingControl
from autopilot_lab.emulator.services.safety_rules import SafetyRule

_ARN: Final = f"arn:aws:route53-recovery-control::{ACCOUNT}"
_SCHEME: Final = "https://"
#: ARC's own default for a safety rule that is made in the console.
WAIT_MS: Final = 5_000


def make_cluster(aws: EmbeddedAws, arc: Arc, *, closed: frozenset[str] = frozenset()) -> None:
    """Make it, long deployed; clients may come to every region but those in `closed`.

    The rule is the one that every user is advised to have: one region stays open.
    """
    held = aws.services.routing_controls
    hosts = {each.region: _host(each.url) for each in arc.endpoints}
    cluster = Cluster(f"{_ARN}:cluster/described", "described", 0.0, hosts)
    panel = ControlPanel(
        arc.controls[0].arn.partition("/routingcontrol/")[0], "main", cluster.arn, 0.0
    )
    held.clusters[cluster.arn], held.panels[panel.arn] = cluster, panel
    for each in arc.controls:
        held.controls[each.arn] = RoutingControl(
            each.arn, each.region, panel.arn, 0.0, is_on=each.region not in closed
        )
    held.add_rule(
        SafetyRule(
            arn=f"{panel.arn}/safetyrule/1",
            panel_arn=panel.arn,
            name="one-stays-open",
            controls=tuple(each.arn for each in arc.controls),
            config={"Type": "ATLEAST", "Threshold": 1, "Inverted": False},
            wait_ms=WAIT_MS,
        )
    )


def _host(url: str) -> str:
    return url.removeprefix(_SCHEME).partition("/")[0]
