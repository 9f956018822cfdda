"""AWS::Scheduler::*: schedules and their groups."""
# ruff: noqa: ARG003, D102 - moto creates every type with the same arguments; see LabResource

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from moto.scheduler.models import scheduler_backends

from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.resources.resource import LabResource
from autopilot_lab.emulator.strict.schedules import check_expression


class ScheduleGroup(LabResource):
    """AWS::Scheduler::ScheduleGroup."""

    TYPE = "AWS::Scheduler::ScheduleGroup"
    NAME_PROPERTY = "Name"
    ATTRIBUTES = frozenset({"Arn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        group = scheduler_backends[ACCOUNT][region].create_schedule_group(
            name, properties.get("Tags", [])
        )
        return cls(name, {"Arn": group.arn})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        scheduler_backends[ACCOUNT][region].delete_schedule_group(physical_id)


class Schedule(LabResource):
    """AWS::Scheduler::Schedule."""

    TYPE = "AWS::Scheduler::Schedule"
    NAME_PROPERTY = "Name"
    ATTRIBUTES = frozenset({"Arn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        zone = properties.get("ScheduleExpressionTimezone", "UTC")
        check_expression(properties["ScheduleExpression"], zone)
        schedule = scheduler_backends[ACCOUNT][region].create_schedule(
            description=properties.get("Description", ""),
            end_date=_instant(properties.get("EndDate")),
            flexible_time_window=properties["FlexibleTimeWindow"],
            group_name=properties.get("GroupName", "default"),
            kms_key_arn=properties.get("KmsKeyArn", ""),
            name=name,
            schedule_expression=properties["ScheduleExpression"],
            schedule_expression_timezone=zone,
            start_date=_instant(properties.get("StartDate")),
            state=properties.get("State", "ENABLED"),
            target=properties["Target"],
            action_after_completion=None,
        )
        return cls(name, {"Arn": schedule.arn})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        group = properties.get("GroupName", "default")
        scheduler_backends[ACCOUNT][region].delete_schedule(group, physical_id)


def _instant(text: str | None) -> Any:
    """Unix seconds of an ISO date, as moto keeps them; None when there is no date."""
    return datetime.fromisoformat(text).timestamp() if text else None
