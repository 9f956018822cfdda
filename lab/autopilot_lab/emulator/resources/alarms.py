"""AWS::CloudWatch::Alarm and CompositeAlarm, kept by the lab's own alarm store."""
# ruff: noqa: ARG003, D102 - moto creates every type with the same arguments; see LabResource

from __future__ import annotations

from typing import Any, Self

from autopilot_lab.emulator.resources.resource import LabResource


class Alarm(LabResource):
    """AWS::CloudWatch::Alarm."""

    TYPE = "AWS::CloudWatch::Alarm"
    NAME_PROPERTY = "AlarmName"
    ATTRIBUTES = frozenset({"Arn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        alarm = cls.backends.alarms.put_metric_alarm({**properties, "AlarmName": name}, region)
        return cls(name, {"Arn": alarm.arn})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        cls.backends.alarms.delete([physical_id], region)


class CompositeAlarm(LabResource):
    """AWS::CloudWatch::CompositeAlarm."""

    TYPE = "AWS::CloudWatch::CompositeAlarm"
    NAME_PROPERTY = "AlarmName"
    ATTRIBUTES = frozenset({"Arn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        alarm = cls.backends.alarms.put_composite_alarm({**properties, "AlarmName": name}, region)
        return cls(name, {"Arn": alarm.arn})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        cls.backends.alarms.delete([physical_id], region)
