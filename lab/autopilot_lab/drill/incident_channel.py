"""The incident channel of the profile: takes events as PagerDuty's Events API v2 does."""

from __future__ import annotations

import json
from typing import Any, Final

from autopilot.domain.profile import Profile
from autopilot_lab.drill.evidence import INCIDENT_CHANNEL
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.services.endpoints import Answer, Probe

ROUTING_KEY: Final = "R" + "0" * 31
ACCEPTED, INVALID, NOT_FOUND = 202, 400, 404


def serve_incident_channel(aws: EmbeddedAws, profile: Profile) -> None:
    """Let the profile's channel, if it has one, take events; each becomes a page of the log.

    Its routing key is put where docs/pages.md says, in both regions.
    """
    channel = profile.channels.incident
    if channel is None:
        return
    for region in (profile.regions.home, profile.regions.standby):
        aws.client("ssm", region).put_parameter(
            Name=channel.routing_key_parameter, Value=ROUTING_KEY, Type="SecureString"
        )

    def answer(probe: Probe) -> Answer:
        if (probe.method, probe.path) != ("POST", channel.path):
            return Answer(NOT_FOUND)
        event: dict[str, Any] = json.loads(probe.body)
        if event.pop("routing_key", "") != ROUTING_KEY:
            return Answer(INVALID)
        aws.log.add("page", **_page(event))
        return Answer(ACCEPTED)

    aws.services.endpoints.serve(channel.host, answer)


def _page(event: dict[str, Any]) -> dict[str, Any]:
    severity = event["payload"]["custom_details"]["severity"]
    return {
        "region": INCIDENT_CHANNEL,
        "topic": "",
        "subject": event["payload"]["summary"],
        "message": json.dumps(event, ensure_ascii=False),
        "message_id": event["dedup_key"],
        "attributes": {"severity": {"Type": "String", "Value": severity}},
    }
