"""What the service's own pipeline does: new software, configuration and settings, good or bad."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from autopilot_lab.drill.events.event import Action
from autopilot_lab.drill.managed_releases import RollOut
from autopilot_lab.drill.stage import Stage
from autopilot_lab.drill.written import Duration, Percent, format_duration


class NewRelease(Action):
    """The service's own pipeline releases: software, configuration, settings, or some of them."""

    event: Literal["release"]
    software: bool = Field(default=True, description="Publish a version; point the alias to it.")
    configuration: str | None = Field(None, description="The configuration's new version.")
    settings: dict[str, str] = Field(default_factory=dict, description="Settings that change.")
    bad_percent: Percent = Field(
        0, description="Share of requests that fail while all that changed here stands."
    )
    shows_after: Duration = Field(0, description="How long it serves well before it fails.")
    region: str | None = Field(None, description="Where; by default in all of the profile's.")

    @property
    def bad_at(self) -> int:
        """When it begins to fail, in seconds of the drill."""
        return self.at + self.shows_after

    def sentence(self) -> str:
        """What a person would say."""
        parts = [
            *(["new software"] if self.software else []),
            *([f"configuration {self.configuration}"] if self.configuration else []),
            *(f"{name} {value}" for name, value in self.settings.items()),
        ]
        fails = f", which {self._later()}fails {self.bad_percent:g} % of requests"
        bad = fails if self.bad_percent else ""
        where = f" in {self.region}" if self.region else ""
        return f"the service releases {' and '.join(parts)}{where}{bad}"

    def _later(self) -> str:
        return f"{format_duration(self.shows_after)} later " if self.shows_after else ""

    def play(self, stage: Stage, _number: int) -> None:
        """Roll it out when its time comes."""
        rolled_out = RollOut(
            self.software,
            self.configuration,
            self.settings,
            self.bad_percent,
            self.region,
            self.shows_after,
        )
        stage.do(self.at, self.event, lambda: stage.installation.releases.roll_out(rolled_out))
