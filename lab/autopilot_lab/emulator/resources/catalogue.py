"""Every resource type that the lab teaches moto."""

from __future__ import annotations

from autopilot_lab.emulator.access.resources import LogGroup, Role
from autopilot_lab.emulator.resources.activity import Trail
from autopilot_lab.emulator.resources.alarms import Alarm, CompositeAlarm
from autopilot_lab.emulator.resources.buckets import Bucket
from autopilot_lab.emulator.resources.event_sources import EventSourceMapping
from autopilot_lab.emulator.resources.functions import (
    Alias,
    EventInvokeConfig,
    Function,
    LayerVersion,
    Permission,
    Version,
)
from autopilot_lab.emulator.resources.global_tables import GlobalTable
from autopilot_lab.emulator.resources.keys import Key, ReplicaKey
from autopilot_lab.emulator.resources.policies import (
    BucketPolicy,
    QueuePolicy,
    Subscription,
    TopicPolicy,
)
from autopilot_lab.emulator.resources.resource import LabResource
from autopilot_lab.emulator.resources.schedules import Schedule, ScheduleGroup
from autopilot_lab.emulator.resources.state_machines import StateMachine
from autopilot_lab.emulator.services import resources as own_services

RESOURCE_TYPES: tuple[type[LabResource], ...] = (
    Alarm,
    Alias,
    Bucket,
    BucketPolicy,
    CompositeAlarm,
    EventInvokeConfig,
    EventSourceMapping,
    Function,
    GlobalTable,
    Key,
    LayerVersion,
    LogGroup,
    Permission,
    QueuePolicy,
    ReplicaKey,
    Role,
    Schedule,
    ScheduleGroup,
    StateMachine,
    Subscription,
    TopicPolicy,
    Trail,
    Version,
    *own_services.RESOURCE_TYPES,
)
