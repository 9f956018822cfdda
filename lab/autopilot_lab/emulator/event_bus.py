"""EventBridge: events in, rules matched, targets told. Rules and targets are moto's state.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.events.models import Rule, events_backends
from moto.events.utils import EventTemplateParser

from autopilot_lab.emulator.call_path import Operation
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.delivery import Delivery, Parcel
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.targets import Sender

#: From an event's arrival to its target's call: an assumption of the model.
TRANSIT_SECONDS = 0.5
PRINCIPAL = "events.amazonaws.com"
DEFAULT_BUS = "default"


class EventBus:
    """Takes events, and sends them where rules say."""

    def __init__(self, *, scheduler: Scheduler, delivery: Delivery) -> None:
        self._scheduler = scheduler
        self._delivery = delivery

    def operations(self) -> Mapping[str, Operation]:
        """PutEvents, by its API name."""
        return {"PutEvents": self.put_events}

    def put_events(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Take custom events."""
        entries = [self._take(entry, region) for entry in params["Entries"]]
        return {"FailedEntryCount": 0, "Entries": entries}

    def _take(self, entry: Mapping[str, Any], region: str) -> dict[str, Any]:
        event = self.event(
            region,
            source=entry["Source"],
            detail_type=entry["DetailType"],
            detail=json.loads(entry["Detail"]),
            resources=list(entry.get("Resources", ())),
        )
        bus = str(entry.get("EventBusName") or DEFAULT_BUS).rsplit("/", 1)[-1]
        self.put(event, region, bus)
        return {"EventId": event["id"]}

    def event(
        self,
        region: str,
        *,
        source: str,
        detail_type: str,
        detail: Mapping[str, Any],
        resources: list[str],
    ) -> dict[str, Any]:
        """An event that happens now, in EventBridge's envelope."""
        instant = datetime.fromtimestamp(self._scheduler.now, UTC)
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": ACCOUNT,
            "time": instant.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": region,
            "resources": resources,
            "detail": detail,
        }

    def put(self, event: dict[str, Any], region: str, bus: str = DEFAULT_BUS) -> None:
        """Send an event to every target of every enabled rule of the bus that matches it."""
        known = events_backends[ACCOUNT][region].event_buses.get(bus)
        for rule in list(known.rules.values()) if known else []:
            pattern: Any = rule.event_pattern
            if rule.state == "ENABLED" and pattern.get_pattern() and pattern.matches_event(event):
                self.tell_targets(rule, event)

    def tell_targets(self, rule: Rule, event: Mapping[str, Any]) -> None:
        """Send an event to all targets of a rule."""
        for target in rule.targets:
            parcel = Parcel(
                target_arn=target["Arn"],
                body=_input(target, event),
                sender=Sender(PRINCIPAL, rule.arn, _role(target), rule.arn),
                retry_policy=target.get("RetryPolicy", {}),
                dead_letter_arn=target.get("DeadLetterConfig", {}).get("Arn", ""),
                # The queue's policy decides, whatever role the target has (EventBridge user
                # guide, "Using resource-based policies").
                buried_by=Sender(PRINCIPAL, rule.arn),
            )
            self._delivery.send(parcel, delay_seconds=TRANSIT_SECONDS)


def _role(target: Mapping[str, Any]) -> str:
    """Functions are invoked under their resource policy, whatever role a target names."""
    return "" if ":lambda:" in target["Arn"] else str(target.get("RoleArn", ""))


def _input(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """What the target gets: its constant input, a part of the event, a template, or the event."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(_at(target["InputPath"], event))
    transformer = target.get("InputTransformer")
    if transformer:
        parse: Any = EventTemplateParser.parse
        made = parse(
            input_template=transformer.get("InputTemplate"),
            input_paths_map=transformer.get("InputPathsMap", {}),
            event=event,
        )
        return made if isinstance(made, str) else json.dumps(made)
    return json.dumps(event)


def _at(path: str, event: Any) -> Any:
    for step in path.removeprefix("$").strip(".").split("."):
        event = event[step] if step else event
    return event
