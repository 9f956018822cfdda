"""Which regions take clients, by ARC routing controls: all at once, at any of five endpoints.

"Your process for getting and changing routing control states should try each endpoint in rotation,
as needed, since cluster endpoints are cycled through available and unavailable states for regular
maintenance and updates"
(https://docs.aws.amazon.com/r53recovery/latest/dg/routing-control.update.api.html).
Every endpoint is asked what it shows before it is told what to show: a change whose answer was lost
is a success, and is not sent a second time into the wait period of a safety rule.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from botocore import exceptions as aws

from autopilot.adapters.answers import code_of, is_transient
from autopilot.domain.failover import admission, admitted
from autopilot.domain.switches import ADMISSION, SwitchChange, SwitchState
from autopilot.errors import Inconsistent, Refused, Transient

if TYPE_CHECKING:
    from autopilot.domain.failover_section import Arc
    from autopilot.domain.permit import SwitchPermit

SERVICE: Final = "route53-recovery-cluster"
_UNAVAILABLE: Final = "EndpointTemporarilyUnavailableException"
_CONFLICT: Final = "ConflictException"
_Answer = TypeVar("_Answer")


class RoutingControls:
    """A `Switch` over the routing controls of both regions; its value names the open ones."""

    def __init__(self, *, arc: Arc, client: Callable[..., Any], last: Collection[str] = ()) -> None:
        """`client` makes one of a service in a region; endpoints in `last` are tried last."""
        self._controls = {each.region: each.arn for each in arc.controls}
        self._client = client
        order = sorted(arc.endpoints, key=lambda each: each.region in last)
        self._endpoints = tuple((each.region, each.url) for each in order)
        self._clients: dict[str, Any] = {}
        self._first = 0  #: the endpoint that answered last

    def observe(self) -> SwitchState:
        """What the first endpoint that answers shows."""
        return self._ask(self._shown)

    def change(self, to: str, expected: SwitchState, permit: SwitchPermit) -> SwitchState:
        """Set all controls in one call, and read them back; twice is once."""
        permit.demand(SwitchChange(ADMISSION, to, expected))
        if not admitted(to):
            message = "no region would take clients: expected at least one open region"
            raise Inconsistent(message)
        return self._ask(lambda endpoint: self._changed(endpoint, to))

    def _changed(self, endpoint: Any, to: str) -> SwitchState:
        if (shows := self._shown(endpoint)).value == to:
            return shows
        try:
            endpoint.update_routing_control_states(
                UpdateRoutingControlStateEntries=[*self._entries(to)]
            )
        except aws.ClientError as error:
            if code_of(error) != _CONFLICT:
                raise
            message = f"a safety rule of ARC refused {to}: {error}. Look at the rule, then go on."
            raise Refused(message) from error
        if (shows := self._shown(endpoint)).value != to:
            message = f"the routing controls show {shows.value} after they were set to {to}"
            raise Transient(message)
        return shows

    def _entries(self, to: str) -> Iterator[Mapping[str, str]]:
        opened = admitted(to)
        for region, arn in sorted(self._controls.items()):
            state = "On" if region in opened else "Off"
            yield {"RoutingControlArn": arn, "RoutingControlState": state}

    def _shown(self, endpoint: Any) -> SwitchState:
        states = {
            region: endpoint.get_routing_control_state(RoutingControlArn=arn)
            for region, arn in self._controls.items()
        }
        opened = [region for region, seen in states.items() if seen["RoutingControlState"] == "On"]
        return SwitchState(admission(opened) or "none")

    def _ask(self, call: Callable[[Any], _Answer]) -> _Answer:
        """Ask one endpoint after the other until one answers, each once."""
        silent = []
        count = len(self._endpoints)
        for turn in range(count):
            number = (self._first + turn) % count
            region, url = self._endpoints[number]
            try:
                answer = call(self._endpoint(region, url))
            except (aws.ConnectionError, aws.HTTPClientError) as error:
                silent.append(f"{region}: {type(error).__name__}")
            except aws.ClientError as error:
                if code_of(error) != _UNAVAILABLE and not is_transient(error):
                    raise
                silent.append(f"{region}: {code_of(error)}")
            else:
                self._first = number
                return answer
        message = f"none of {count} endpoints of the cluster answered ({', '.join(silent)})"
        raise Transient(message)

    def _endpoint(self, region: str, url: str) -> Any:
        if region not in self._clients:
            self._clients[region] = self._client(SERVICE, region, endpoint=url, attempts_max=1)
        return self._clients[region]
