"""AWS::Lambda::EventSourceMapping, for queues."""
# ruff: noqa: ARG003, D102 - moto creates every type with the same arguments; see LabResource

from __future__ import annotations

from typing import Any, Self

from autopilot_lab.emulator.resources.resource import LabResource


class EventSourceMapping(LabResource):
    """AWS::Lambda::EventSourceMapping."""

    TYPE = "AWS::Lambda::EventSourceMapping"
    ATTRIBUTES = frozenset({"Id"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        role = cls.backends.runner.function(region, properties["FunctionName"]).role
        cls.backends.implicit_rights.of_event_source(
            str(role), str(properties["EventSourceArn"]), region
        )
        cls.backends.event_sources.create(f"{region}/{name}", properties, region)
        return cls(name, {"Id": name})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        cls.backends.event_sources.delete(f"{region}/{physical_id}")
