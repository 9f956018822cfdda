"""What happens to the trail, and what persons ask of it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from autopilot.audit.layout import segment_key
from autopilot.domain.instants import instant
from autopilot.domain.retention import RetentionClass
from autopilot_lab.drill.events.event import Action
from autopilot_lab.drill.persons import Persons
from autopilot_lab.drill.stage import Stage
from autopilot_lab.drill.trail_history import History

_PERSON = "^[a-z][a-z0-9-]{1,39}$"
_REQUEST = "^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$"


class SealedBefore(Action):
    """The trail has held entries for days: sealed then, by the log's own key."""

    event: Literal["sealed_before"]
    days_ago: int = Field(ge=1, le=4_000, description="Older ones first: a log only grows.")
    segments: int = Field(2, ge=1, le=50)
    retention: RetentionClass = Field(RetentionClass.OPERATIONS, strict=False)
    archived: bool = Field(
        default=False, description="It was archived then, and its lock has ended."
    )
    region: str | None = Field(None, description="Whose log; by default the profile's home.")

    def sentence(self) -> str:
        """What a person would say."""
        archived = ", and archived" if self.archived else ""
        return f"{self.segments} segments were sealed {self.days_ago} days ago{archived}"

    def play(self, stage: Stage, _number: int) -> None:
        """Put them there when its time comes."""
        region = self.region or stage.installation.profile.regions.home
        history = History(stage.installation, region)
        stage.do(self.at, self.event, lambda: self._put(history))

    def _put(self, history: History) -> None:
        kept = self.retention.value
        history.seal(days_ago=self.days_ago, segments=self.segments, kept=kept)
        if self.archived:
            history.archive_as_then()


class DamageSegment(Action):
    """Somebody who may delete versions puts other bytes in the place of a segment."""

    event: Literal["damage_segment"]
    index: int = Field(ge=0)
    region: str | None = Field(None, description="Of whose log; by default the profile's home.")

    def sentence(self) -> str:
        """What a person would say."""
        return f"somebody changes segment {self.index}"

    def play(self, stage: Stage, _number: int) -> None:
        """Change it when its time comes."""
        region = self.region or stage.installation.profile.regions.home
        history = History(stage.installation, region)
        stage.do(self.at, self.event, lambda: history.spoil(segment_key(self.index)))


class PersonActs(Action):
    """The service reports what a person did, with sealed personal fields, by the queue."""

    event: Literal["person_acts"]
    person: str = Field(pattern=_PERSON, description="The service's own id.")
    entries: int = Field(3, ge=1, le=500)
    region: str | None = Field(None, description="Where; by default the profile's home.")

    def sentence(self) -> str:
        """What a person would say."""
        return f"the service reports {self.entries} events about {self.person}"

    def play(self, stage: Stage, _number: int) -> None:
        """Send them when its time comes."""
        region = self.region or stage.installation.profile.regions.home
        persons = Persons(stage.installation, region)
        stage.do(self.at, self.event, lambda: persons.report(self.person, self.entries))


class PersonAsks(Action):
    """A request about a person is carried out, or their data is held back, or a hold lifted."""

    event: Literal["person_asks"]
    person: str = Field(pattern=_PERSON, description="The service's own id.")
    action: Literal["erase", "hold", "lift"] = "erase"
    request: str = Field("DSAR-1", pattern=_REQUEST, description="Number of the ticket.")
    export: bool = Field(default=False, description="Hand out what is held first.")
    days: int = Field(30, ge=1, description="For how long a hold stands.")
    requested_by: str | None = Field(None, description="Who starts the run, for an approval.")
    region: str | None = Field(None, description="Where; by default the profile's home.")

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.request}: {self.action} {self.person}"

    def play(self, stage: Stage, number: int) -> None:
        """Start the runbook when its time comes."""
        region = self.region or stage.installation.profile.regions.home
        name = f"request-{self.action}-{number}"
        stage.do(
            self.at,
            self.event,
            lambda: stage.installation.start_run(
                "subject_erasure", self._input(stage, region), region=region, name=name
            ),
        )

    def _input(self, stage: Stage, region: str) -> dict[str, Any]:
        now_ms = int(stage.installation.aws.scheduler.now * 1000)
        subject = Persons(stage.installation, region).reference(self.person)
        asked: dict[str, Any] = {"mode": "execute", "action": self.action, "subject": subject}
        if self.action == "hold":
            until = instant(now_ms + self.days * 86_400_000)
            asked["hold"] = {"exemption": "legal-claims", "by": "legal, L-7", "until": until}
        if self.action == "erase":
            at = instant(int(stage.start * 1000) - 60_000)
            identity = {"method": "signed-in", "by": "privacy desk", "at": at}
            asked |= {"request": self.request, "received": at, "identity": identity}
            asked |= {"export": self.export}
        return asked | ({"requested_by": self.requested_by} if self.requested_by else {})
