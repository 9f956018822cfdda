"""What operators do: start and stop runs, pull the lever, quiet alarms."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from autopilot.procedures.escalate import acknowledge
from autopilot_lab.drill.events.event import Action
from autopilot_lab.drill.stage import Stage

_RUNBOOK = "^[a-z][a-z_]*$"


class StartRun(Action):
    """An operator starts a runbook's state machine, as from the console."""

    event: Literal["start_run"]
    runbook: str = Field(pattern=_RUNBOOK, description="Such as traffic_ramp.")
    input: Any = Field(default_factory=dict, description="The machine's input, passed on as is.")
    region: str | None = Field(None, description="Where; by default the profile's home.")

    def sentence(self) -> str:
        """What a person would say."""
        return f"an operator starts {self.runbook}"

    def play(self, stage: Stage, number: int) -> None:
        """Start it when its time comes."""
        region = self.region or stage.installation.profile.regions.home
        name = f"operator-{self.runbook.replace('_', '-')}-{number}"
        stage.do(
            self.at,
            self.event,
            lambda: stage.installation.start_run(
                self.runbook, self.input, region=region, name=name
            ),
        )


class EngageLever(Action):
    """An operator pulls the stop lever."""

    event: Literal["engage_lever"]
    reason: str = Field(min_length=1)
    by: str = Field("operator", min_length=1)

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.by} engages the stop lever: {self.reason}"

    def play(self, stage: Stage, _number: int) -> None:
        """Pull it when its time comes."""
        gate = stage.installation.gate
        stage.do(self.at, self.event, lambda: gate.engage_lever(by=self.by, reason=self.reason))


class Resume(Action):
    """An operator lets the automation go on."""

    event: Literal["resume"]
    reason: str = Field(min_length=1)
    by: str = Field("operator", min_length=1)

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.by} lets the automation go on: {self.reason}"

    def play(self, stage: Stage, _number: int) -> None:
        """Let it go on when its time comes."""
        gate = stage.installation.gate
        stage.do(self.at, self.event, lambda: gate.resume(by=self.by, reason=self.reason))


class Acknowledge(Action):
    """Somebody takes the newest incident: `autopilot ack`."""

    event: Literal["acknowledge"]
    by: str = Field("operator", min_length=1)

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.by} takes the incident"

    def play(self, stage: Stage, _number: int) -> None:
        """Take it when its time comes; say so when there is none."""
        stage.do(self.at, self.event, lambda: self._take(stage))

    def _take(self, stage: Stage) -> None:
        gate = stage.installation.gate
        claims = gate.find_incidents()
        if not claims:
            stage.note(self.at, "no incident is there to be taken")
            return
        newest = max(claims, key=lambda claim: claim.opened_ms)
        now_ms = int(stage.installation.aws.scheduler.now * 1000)
        acknowledge(gate, newest.incident, by=self.by, now_ms=now_ms)


class KillRun(Action):
    """Somebody stops the newest run of a runbook: StopExecution, which reaches no Catch."""

    event: Literal["kill_run"]
    runbook: str = Field(pattern=_RUNBOOK, description="Such as traffic_ramp.")

    def sentence(self) -> str:
        """What a person would say."""
        return f"the newest run of {self.runbook} is stopped from outside"

    def play(self, stage: Stage, _number: int) -> None:
        """Stop it when its time comes; say so when none is running."""
        stage.do(self.at, self.event, lambda: self._stop(stage))

    def _stop(self, stage: Stage) -> None:
        machine = stage.function(self.runbook)
        running = [
            execution
            for execution in stage.installation.aws.engine.list()
            if execution.machine.name == machine and execution.status == "RUNNING"
        ]
        if not running:
            stage.note(self.at, f"no run of {self.runbook} is there to be stopped")
            return
        newest = max(running, key=lambda execution: (execution.started_at, execution.arn))
        client = stage.client("stepfunctions", newest.machine.region)
        client.stop_execution(executionArn=newest.arn, error="Stopped", cause="by a drill")
