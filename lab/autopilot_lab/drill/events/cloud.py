"""Faults of AWS: calls, whole services, functions, schedules and regions."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from autopilot_lab.drill.events.event import Fault
from autopilot_lab.drill.events.service import ServiceFault
from autopilot_lab.drill.stage import Stage
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.faults import ANY, FaultKind
from autopilot_lab.emulator.services.routing_controls import ENDPOINT_REGIONS
from autopilot_lab.emulator.world.faults import FaultKind as WorldKind
from autopilot_lab.emulator.world.faults import WorldFault

_NAME: Final = "^[a-z][a-z0-9_]*$"
_ENDPOINT: Final = f"^({'|'.join(ENDPOINT_REGIONS)})$"
#: What a schedule is updated with: UpdateSchedule replaces the whole schedule.
_OF_A_SCHEDULE: Final = (
    "Name",
    "GroupName",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "FlexibleTimeWindow",
    "Target",
    "Description",
)


class AwsFault(Fault):
    """Calls to AWS go wrong, by service, operation, region and calling function."""

    event: Literal["aws_fault"]
    kind: Literal["error", "throttle", "timeout", "connect_timeout", "applied_unanswered"]
    service: str = Field(ANY, description="As boto3 names it, such as dynamodb.")
    operation: str = Field(ANY, description="As the API names it, such as UpdateItem.")
    region: str | None = Field(None, description="Where the calls go; by default everywhere.")
    function: str | None = Field(
        None, pattern=_NAME, description="Only calls of this function, such as contain_route."
    )
    code: str = Field("InternalServerError", description="What kind error answers, as HTTP 500.")
    count: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Only so many calls; by default all of them."
    )

    def sentence(self) -> str:
        """What a person would say."""
        what = "every call" if self.operation == ANY else self.operation
        to = "AWS" if self.service == ANY else self.service
        where = f" in {self.region}" if self.region else ""
        by = f" made by {self.function}" if self.function else ""
        return f"{what} to {to}{where}{by}: {self.kind.replace('_', ' ')}"

    def play(self, stage: Stage, _number: int) -> None:
        """Put the fault in force for its time."""
        stage.fault(
            since=self.at,
            until=self.until,
            kind=self.kind,
            about={
                "service": self.service,
                "operation": self.operation,
                "region": self.region or ANY,
                "caller": stage.function(self.function) if self.function else ANY,
                "code": self.code,
                "count": self.count,
            },
        )


class EndpointDown(Fault):
    """One of the five endpoints of the ARC cluster does not answer."""

    event: Literal["endpoint_down"]
    endpoint: str = Field(pattern=_ENDPOINT, description="The region it is in.")
    maintained: bool = Field(
        default=False, description="It says so, with an error; by default nothing is heard of it."
    )

    def sentence(self) -> str:
        """What a person would say."""
        how = "is being maintained" if self.maintained else "does not answer"
        return f"the cluster's endpoint in {self.endpoint} {how}"

    def play(self, stage: Stage, _number: int) -> None:
        """Put the fault in force for its time."""
        stage.fault(
            since=self.at,
            until=self.until,
            kind=FaultKind.ERROR if self.maintained else FaultKind.CONNECT_TIMEOUT,
            about={
                "service": "route53-recovery-cluster",
                "region": self.endpoint,
                "code": "EndpointTemporarilyUnavailableException",
                "status": 503,
            },
        )


class LedgerDown(Fault):
    """DynamoDB answers nothing but errors, where the ledger's replicas are."""

    event: Literal["ledger_down"]
    region: str | None = Field(None, description="Only there; by default in both regions.")

    def sentence(self) -> str:
        """What a person would say."""
        return f"the ledger is down in {self.region or 'both regions'}"

    def play(self, stage: Stage, _number: int) -> None:
        """Put the fault in force for its time."""
        for region in (self.region,) if self.region else stage.installation.regions:
            stage.fault(
                since=self.at,
                until=self.until,
                kind=FaultKind.ERROR,
                about={"service": "dynamodb", "region": region},
            )


class RegionIsolated(Fault):
    """A region is cut off from the other regions; inside it everything goes on."""

    event: Literal["region_isolated"]
    region: str

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.region} is cut off from the other regions"

    def play(self, stage: Stage, _number: int) -> None:
        """Cut off its replicas, and every call between a function in it and another region."""
        stage.fault(
            since=self.at,
            until=self.until,
            kind=FaultKind.ISOLATED,
            about={"region": self.region},
        )
        stage.fault(
            since=self.at,
            until=self.until,
            kind=FaultKind.CONNECT_TIMEOUT,
            about={"when": self._crosses},
        )

    def _crosses(self, call: Call) -> bool:
        return bool(call.caller_region) and (
            (call.caller_region == self.region) != (call.region == self.region)
        )


class RegionLost(ServiceFault):
    """Nothing in a region answers: its router, its routes, its AWS services."""

    event: Literal["region_lost"]
    region: str

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.region} is lost"

    def world_fault(self) -> WorldFault:
        """The fault in the simulated service's terms."""
        return self._fault(WorldKind.REGION_LOST, 1.0, region=self.region)

    def play(self, stage: Stage, _number: int) -> None:
        """No call into it or out of it arrives, its functions do not run, its alarms sleep."""
        for about in (
            {"region": self.region},
            {"when": lambda call: call.caller_region == self.region},
        ):
            stage.fault(
                since=self.at, until=self.until, kind=FaultKind.CONNECT_TIMEOUT, about=about
            )
        stage.installation.aws.outages.lose(
            self.region, since=stage.instant(self.at), until=stage.instant(self.until)
        )


class FunctionBroken(Fault):
    """A function does not start: every invocation of it ends with an error."""

    event: Literal["function_broken"]
    function: str = Field(pattern=_NAME, description="Such as report_run.")
    region: str | None = Field(None, description="Only there; by default in both regions.")

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.function} does not start{f' in {self.region}' if self.region else ''}"

    def play(self, stage: Stage, _number: int) -> None:
        """Break it for its time."""
        for region in (self.region,) if self.region else stage.installation.regions:
            stage.installation.aws.outages.break_function(
                stage.function(self.function),
                region,
                since=stage.instant(self.at),
                until=stage.instant(self.until),
            )


class StopSchedule(Fault):
    """A schedule of the product is disabled, and enabled again."""

    event: Literal["stop_schedule"]
    schedule: str = Field(pattern=_NAME, description="Such as health_sweep.")
    region: str | None = Field(None, description="Only there; by default in both regions.")

    def sentence(self) -> str:
        """What a person would say."""
        return f"the schedule of {self.schedule} stops{f' in {self.region}' if self.region else ''}"

    def play(self, stage: Stage, _number: int) -> None:
        """Disable it, and enable it at the end of its time."""
        for region in (self.region,) if self.region else stage.installation.regions:
            stage.do(self.at, self.event, partial(self._put, stage, region, "DISABLED"))
            if self.until is not None:
                stage.do(self.until, self.event, partial(self._put, stage, region, "ENABLED"))

    def _put(self, stage: Stage, region: str, state: str) -> None:
        client = stage.client("scheduler", region)
        named = {"Name": stage.function(self.schedule), "GroupName": stage.service}
        known: dict[str, Any] = client.get_schedule(**named)
        kept = {name: known[name] for name in _OF_A_SCHEDULE if name in known}
        client.update_schedule(**kept, State=state)
