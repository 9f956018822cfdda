"""The ways by which pages go: each region's topic, then the incident channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from autopilot.adapters.sns_channel import SnsChannel

if TYPE_CHECKING:
    from autopilot.adapters.https_exchange import PublicPath
    from autopilot.domain.ways import IncidentService
    from autopilot.ports import Channel

Client = Callable[[str, str], Any]  #: of a service in a region


def page_channels(
    *,
    topics: Mapping[str, str],
    incident: IncidentService | None,
    region: str,
    client: Client,
    path: Callable[[], PublicPath],
) -> list[Channel]:
    """The topics, by region in the order given, then the incident channel if there is one."""
    ways: list[Channel] = [
        SnsChannel(client=client("sns", each), topic_arn=arn) for each, arn in topics.items()
    ]
    if incident is not None:
        ways.append(_incident_channel(incident, client("ssm", region), path))
    return ways


def _incident_channel(
    described: IncidentService, parameters: Any, path: Callable[[], PublicPath]
) -> Channel:
    from autopilot.adapters.https_json import HttpsJson  # noqa: PLC0415 - few services have one
    from autopilot.adapters.incident_channel import IncidentChannel  # noqa: PLC0415

    return IncidentChannel(
        host=described.host,
        path=described.path,
        parameters=parameters,
        key_name=described.routing_key_parameter,
        post=HttpsJson(path()).post,
    )
