"""What a scenario may expect, all together."""

from __future__ import annotations

from typing import Annotated, Final, get_args

from pydantic import Field

from autopilot_lab.drill.checks.automation import (
    Alarms,
    Calls,
    ContainsRefused,
    DeadLetters,
    Effects,
    FirstEffect,
    ReflexBounds,
    RouteShare,
    Runs,
)
from autopilot_lab.drill.checks.clients import (
    ErrorRate,
    FailedRequests,
    Mitigated,
    ReleaseCost,
    RollOutCost,
)
from autopilot_lab.drill.checks.failovers import (
    Active,
    LastFailure,
    NothingLost,
    OneWriter,
    WaitedCalls,
)
from autopilot_lab.drill.checks.ledger import LeaseFree, LeverEngaged, Record, TrailVerified
from autopilot_lab.drill.checks.people import FirstPage, NoMarker, Pages, Told
from autopilot_lab.drill.checks.releases import SwitchesShow, Turns
from autopilot_lab.drill.checks.trail import PersonReadable, TrailObjects
from autopilot_lab.drill.written import Strict

Expectation = Annotated[
    FirstEffect
    | FirstPage
    | ReflexBounds
    | Mitigated
    | FailedRequests
    | RollOutCost
    | ReleaseCost
    | ErrorRate
    | RouteShare
    | Effects
    | Turns
    | SwitchesShow
    | ContainsRefused
    | Alarms
    | Runs
    | Calls
    | DeadLetters
    | Pages
    | Told
    | Record
    | LeaseFree
    | LeverEngaged
    | TrailVerified
    | TrailObjects
    | PersonReadable
    | NoMarker
    | LastFailure
    | OneWriter
    | WaitedCalls
    | NothingLost
    | Active,
    Field(discriminator="check"),
]
EXPECTATIONS: Final[tuple[type[Strict], ...]] = get_args(get_args(Expectation)[0])
