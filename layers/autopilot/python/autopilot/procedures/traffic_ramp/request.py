"""The input of traffic_ramp, as operators, alarms and pipelines write it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field

from autopilot.procedures.requests import IncidentId, Reason, Request


class Preset(StrEnum):
    """Deployment strategies of AWS CodeDeploy, to compare with.

    docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
    """

    LINEAR = "Linear10PercentEvery1Minute"
    CANARY = "Canary10Percent5Minutes"


#: Stops as percents of the whole way, and the seconds between them.
PRESETS: Final[Mapping[Preset, tuple[tuple[int, ...], int]]] = MappingProxyType(
    {
        Preset.LINEAR: (tuple(range(10, 101, 10)), 60),
        Preset.CANARY: ((10, 100), 300),
    }
)

Percent = Annotated[int, Field(ge=0, le=100)]


class TrafficRampRequest(Request):
    """What to ramp. All of it can be left out: observation fills the gaps."""

    direction: Literal["down", "up"] | None = None
    route: Annotated[str, Field(max_length=64)] | None = None
    to_percent: Percent | None = None
    target: dict[str, Percent] | None = None
    preset: Annotated[Preset, Field(strict=False)] | None = None
    lease_wait_seconds: Annotated[int, Field(ge=0, le=300)] = 0
    requested_by: Annotated[str, Field(max_length=256)] | None = None
    reason: Reason = ""
    #: The incident that this ramp is run for: it pages the ramp's success, and lives on with it.
    incident: IncidentId = ""
