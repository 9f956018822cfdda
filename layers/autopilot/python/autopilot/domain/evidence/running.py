"""Facts about what runs: functions, state machines, schedules, alarms, topics, queues, models."""

from __future__ import annotations

from dataclasses import dataclass

from autopilot.domain.known import Found
from autopilot.domain.policy_document import Statement


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function."""

    arn: str
    runtime: str  #: "" for an image
    policy: Found[tuple[Statement, ...]]  #: who may invoke it; empty when it has none
    url_auth: Found[tuple[str, ...]]  #: of each function URL: AWS_IAM or NONE
    keeps_failures: Found[bool]  #: of asynchronous calls, in a queue or topic

    @property
    def subject(self) -> str:
        """Its ARN."""
        return self.arn


@dataclass(frozen=True, slots=True)
class Machine:
    """A Step Functions state machine."""

    arn: str
    log_level: str  #: ALL, ERROR, FATAL or OFF
    logs_data: bool  #: inputs and outputs stand in its log

    @property
    def subject(self) -> str:
        """Its ARN."""
        return self.arn


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule of EventBridge Scheduler."""

    arn: str
    enabled: bool

    @property
    def subject(self) -> str:
        """Its ARN."""
        return self.arn


@dataclass(frozen=True, slots=True)
class AlarmSwitch:
    """Whether an alarm may act, and whom it tells."""

    arn: str
    acts: bool

    @property
    def subject(self) -> str:
        """Its ARN."""
        return self.arn


@dataclass(frozen=True, slots=True)
class Messages:
    """A topic or a queue."""

    arn: str
    encrypted: bool
    policy: tuple[Statement, ...]

    @property
    def subject(self) -> str:
        """Its ARN."""
        return self.arn


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group of CloudWatch Logs."""

    arn: str
    days: int  #: 0 is for ever

    @property
    def subject(self) -> str:
        """Its ARN."""
        return self.arn


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model that the profile names, as it is used in one region."""

    region: str
    name: str  #: what requests name: an inference profile, or the model itself
    answers_in: Found[tuple[str, ...]]  #: regions in which requests may be answered

    @property
    def subject(self) -> str:
        """Region and name."""
        return f"{self.region}/{self.name}"


@dataclass(frozen=True, slots=True)
class ModelPlace:
    """What Bedrock does in one region beside answering."""

    region: str
    logs_content: Found[bool]  #: invocation logging is on
    guardrails: Found[tuple[str, ...]]  #: names of those that are ready

    @property
    def subject(self) -> str:
        """The region."""
        return self.region
