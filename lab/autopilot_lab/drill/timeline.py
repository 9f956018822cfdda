"""What happens in a scenario: faults of the service and of AWS, and what people do."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from pydantic import Field

from autopilot_lab.drill.events.alarms import (
    AlarmStorm,
    MuteAlarms,
    PoisonEvent,
    ReplayEvent,
    SetAlarm,
)
from autopilot_lab.drill.events.approvers import Approve, BreakGlass, Deny
from autopilot_lab.drill.events.cloud import (
    AwsFault,
    EndpointDown,
    FunctionBroken,
    LedgerDown,
    RegionIsolated,
    RegionLost,
    StopSchedule,
)
from autopilot_lab.drill.events.ledger import LedgerDamaged
from autopilot_lab.drill.events.models import (
    ModelFault,
    NoGuardrails,
    ProfileRouted,
    QuotaChanged,
    ReplicationLag,
)
from autopilot_lab.drill.events.operators import Acknowledge, EngageLever, KillRun, Resume, StartRun
from autopilot_lab.drill.events.releases import NewRelease
from autopilot_lab.drill.events.service import (
    LoadChange,
    MetricsStop,
    ProbeBlocked,
    RouteCapacity,
    RouteErrorRate,
    RouteLatency,
)
from autopilot_lab.drill.events.trail import DamageSegment, PersonActs, PersonAsks, SealedBefore

InTheService: TypeAlias = (
    RouteErrorRate
    | RouteLatency
    | RouteCapacity
    | RegionLost
    | MetricsStop
    | ProbeBlocked
    | LoadChange
)
InTheCloud: TypeAlias = (
    AwsFault | EndpointDown | LedgerDown | RegionIsolated | FunctionBroken | StopSchedule
)
OfModels: TypeAlias = ModelFault | NoGuardrails | QuotaChanged | ProfileRouted | ReplicationLag
OfAlarms: TypeAlias = SetAlarm | AlarmStorm | MuteAlarms | PoisonEvent | ReplayEvent
OfOperators: TypeAlias = (
    StartRun
    | EngageLever
    | Resume
    | KillRun
    | Acknowledge
    | Approve
    | Deny
    | BreakGlass
    | LedgerDamaged
)
OfTheTrail: TypeAlias = SealedBefore | DamageSegment | PersonActs | PersonAsks
TimelineEvent = Annotated[
    InTheService | InTheCloud | OfModels | OfAlarms | OfOperators | NewRelease | OfTheTrail,
    Field(discriminator="event"),
]

SERVICE_FAULTS: Final = (
    RouteErrorRate,
    RouteLatency,
    RouteCapacity,
    RegionLost,
    MetricsStop,
    ProbeBlocked,
    LoadChange,
)
CLOUD_FAULTS: Final = (
    AwsFault,
    EndpointDown,
    LedgerDown,
    RegionIsolated,
    FunctionBroken,
    StopSchedule,
)
MODEL_FAULTS: Final = (ModelFault, NoGuardrails, QuotaChanged, ProfileRouted, ReplicationLag)
ALARM_EVENTS: Final = (SetAlarm, AlarmStorm, MuteAlarms, PoisonEvent, ReplayEvent)
ACTIONS: Final = (
    StartRun,
    EngageLever,
    Resume,
    KillRun,
    Acknowledge,
    Approve,
    Deny,
    BreakGlass,
    LedgerDamaged,
    NewRelease,
    SealedBefore,
    DamageSegment,
    PersonActs,
    PersonAsks,
)
