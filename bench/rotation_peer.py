"""The peer: how AWS's published guidance for cross-Region failover turns its routing controls.

The logic of `failover/rotation.py`, function `rotate_arc_controls`, of the guidance "Cross-Region
failover and graceful failback" at commit 633355b, in our words:
https://github.com/aws-solutions-library-samples/guidance-for-crossregion-failover-and-graceful-failback-and-observability-on-aws.
Each of two controls is read and set to the opposite, one after the other, and the second is read
again: five calls. Whatever goes wrong, all of it is begun again at the next endpoint, and when no
endpoint is left the function ends as if all were well. Its client has botocore's default retries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

CALLS: Final = 5  #: of the data plane, when nothing goes wrong
_OPPOSITE: Final = {"On": "Off", "Off": "On"}


def rotate(controls: Sequence[str], clients: Sequence[Callable[[], Any]]) -> None:
    """Toggle every control, at the first endpoint where all of it goes through."""
    for client in clients:
        try:
            _toggle(client(), controls)
        except (BotoCoreError, ClientError):
            continue
        return


def _toggle(client: Any, controls: Sequence[str]) -> None:
    for arn in controls:
        state = _state(client, arn)
        client.update_routing_control_state(
            RoutingControlArn=arn, RoutingControlState=_OPPOSITE[state]
        )
    _state(client, controls[-1])


def _state(client: Any, arn: str) -> str:
    return str(client.get_routing_control_state(RoutingControlArn=arn)["RoutingControlState"])
