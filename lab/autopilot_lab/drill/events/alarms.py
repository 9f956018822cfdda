"""What alarms and their events do on a bad day: storms, mutes, stale states, doubles, nonsense."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from autopilot.domain.allocation import Route
from autopilot_lab.drill.connection import NAMESPACE
from autopilot_lab.drill.events.event import Action, Fault
from autopilot_lab.drill.stage import Stage
from autopilot_lab.drill.written import Duration, Percent, RouteName

_MINUTE_SECONDS: Final = 60
_STORM_MAX: Final = 1_000
_FUNCTION: Final = "^[a-z][a-z0-9_]*$"
#: An alarm that names no state: what receive_alarm and contain_route must refuse.
_MALFORMED: Final[Mapping[str, Any]] = {
    "source": "aws.cloudwatch",
    "alarmArn": "arn:aws:cloudwatch:malformed",
    "accountId": "123456789012",
    "time": "no instant",
    "region": 7,
    "alarmData": {"alarmName": "", "state": []},
}


class _OfAlarms(Fault):
    """About alarms that are named by a pattern, or by the route that they watch."""

    alarm: str | None = Field(None, description="The alarms' names; * stands for any characters.")
    route: RouteName | None = Field(None, description="Instead: the alarm on this route's errors.")
    region: str | None = Field(None, description="Where the alarms are; by default in both.")

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if (self.alarm is None) == (self.route is None):
            raise ValueError("either alarm or route")
        return self

    def _names(self, stage: Stage) -> Iterator[tuple[str, str]]:
        """Region and name of every alarm that is meant."""
        for region in (self.region,) if self.region else stage.installation.regions:
            for alarm in stage.alarms(self._pattern(), region):
                yield region, alarm.name

    def _pattern(self) -> str:
        if self.route is None:
            return self.alarm or ""
        return f"*-{self.route.replace('/', '-')}-failing"


class MuteAlarms(_OfAlarms):
    """Alarms are muted by a rule: they change state and do not act until it ends."""

    event: Literal["mute_alarms"]
    until: Duration

    @model_validator(mode="after")
    def _is_in_whole_minutes(self) -> Self:
        if self.at % _MINUTE_SECONDS or self.until % _MINUTE_SECONDS or self.until <= self.at:
            raise ValueError("at and until in whole minutes, until after at")
        return self

    def sentence(self) -> str:
        """What a person would say."""
        return f"alarms {self._pattern()} are muted"

    def play(self, stage: Stage, number: int) -> None:
        """Put the rules at once: their window opens when its time comes."""
        by_region: dict[str, list[str]] = {}
        for region, name in self._names(stage):
            by_region.setdefault(region, []).append(name)
        opens = datetime.fromtimestamp(stage.instant(self.at), UTC).strftime("%Y-%m-%dT%H:%M")
        minutes = (self.until - self.at) // _MINUTE_SECONDS
        for region, names in by_region.items():
            stage.client("cloudwatch", region).put_alarm_mute_rule(
                Name=f"drill-{number}",
                Rule={"Schedule": {"Expression": f"at({opens})", "Duration": f"PT{minutes}M"}},
                MuteTargets={"AlarmNames": names},
            )


class SetAlarm(_OfAlarms):
    """An alarm is put into a state by hand, until its next evaluation says otherwise."""

    event: Literal["set_alarm"]
    until: None = Field(None, description="Not here: the alarm's own evaluation ends it.")
    state: Literal["OK", "ALARM", "INSUFFICIENT_DATA"] = "ALARM"
    reason: str = "set by a drill"

    def sentence(self) -> str:
        """What a person would say."""
        return f"alarms {self._pattern()} are set to {self.state}"

    def play(self, stage: Stage, _number: int) -> None:
        """Set them when their time comes."""
        stage.do(self.at, self.event, lambda: self._set(stage))

    def _set(self, stage: Stage) -> None:
        for region, name in list(self._names(stage)):
            stage.client("cloudwatch", region).set_alarm_state(
                AlarmName=name, StateValue=self.state, StateReason=self.reason
            )


class AlarmStorm(Action):
    """Many alarms watch one route's errors: one fault lets them all go off within a minute."""

    event: Literal["alarm_storm"]
    route: RouteName
    count: Annotated[int, Field(ge=1, le=_STORM_MAX)] = 200
    percent: Percent = Field(5, description="Of the route's requests that fail: the threshold.")
    region: str | None = Field(None, description="Where they are; by default the route's region.")

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.count} more alarms watch the errors of {self.route}"

    def play(self, stage: Stage, _number: int) -> None:
        """Create them when their time comes; each is evaluated every minute, at its own second."""
        stage.do(self.at, self.event, lambda: self._create(stage))

    def _create(self, stage: Stage) -> None:
        route = Route.parse(self.route)
        client = stage.client("cloudwatch", self.region or route.region)
        dimensions = {"Service": stage.service, "Region": route.region, "Path": route.path}
        for number in range(self.count):
            client.put_metric_alarm(
                AlarmName=f"{stage.service}-storm-{number:04d}",
                Namespace=NAMESPACE,
                MetricName="Failed",
                Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
                Statistic="Average",
                Period=_MINUTE_SECONDS,
                EvaluationPeriods=1,
                Threshold=self.percent / 100,
                ComparisonOperator="GreaterThanThreshold",
                TreatMissingData="notBreaching",
            )


class PoisonEvent(Action):
    """An event that no alarm sends reaches a function that alarms start."""

    event: Literal["poison_event"]
    function: Literal["receive_alarm", "contain_route"] = "receive_alarm"
    way: Literal["direct", "event_bus"] = Field(
        "direct", description="Invoked asynchronously, or as an event that the alarm rule matches."
    )
    payload: dict[str, Any] = Field(
        default_factory=dict, description="What is sent; by default a malformed alarm."
    )
    region: str | None = Field(None, description="Where; by default the profile's home.")

    @model_validator(mode="after")
    def _has_a_way(self) -> Self:
        if self.way == "event_bus" and self.function != "receive_alarm":
            raise ValueError("function receive_alarm: the event bus leads to no other")
        return self

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.function} is sent an event that no alarm sends"

    def play(self, stage: Stage, _number: int) -> None:
        """Send it when its time comes."""
        stage.do(self.at, self.event, lambda: self._send(stage))

    def _send(self, stage: Stage) -> None:
        region = self.region or stage.installation.profile.regions.home
        if self.way == "direct":
            stage.client("lambda", region).invoke(
                FunctionName=stage.function(self.function),
                InvocationType="Event",
                Payload=json.dumps(self.payload or _MALFORMED).encode(),
            )
            return
        # Not by PutEvents, which refuses sources that begin with aws.: as CloudWatch itself would.
        bus = stage.installation.aws.bus
        event = bus.event(
            region,
            source="aws.cloudwatch",
            detail_type="CloudWatch Alarm State Change",
            detail={
                "alarmName": f"{stage.service}-poison",
                "state": {"value": "ALARM", "timestamp": "no instant"},
                **self.payload,
            },
            resources=[],
        )
        bus.put(event, region)


class ReplayEvent(Action):
    """The last event that a function was sent is delivered again, as "at least once" allows."""

    event: Literal["replay_event"]
    function: Literal["receive_alarm", "contain_route"] = "receive_alarm"
    times: Annotated[int, Field(ge=1, le=100)] = 1
    region: str | None = Field(None, description="Where; by default the profile's home.")

    def sentence(self) -> str:
        """What a person would say."""
        return f"the last event of {self.function} is delivered {self.times} times more"

    def play(self, stage: Stage, _number: int) -> None:
        """Deliver it when its time comes; say so when there was none."""
        stage.do(self.at, self.event, lambda: self._deliver(stage))

    def _deliver(self, stage: Stage) -> None:
        region = self.region or stage.installation.profile.regions.home
        aws = stage.installation.aws
        target = aws.runner.arn(region, stage.function(self.function))
        if not aws.deliver_again(target, self.times):
            stage.note(self.at, f"{self.function} was never sent an event")
