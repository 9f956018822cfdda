"""What the service's own pipeline does: new software, configuration and settings, good or bad."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from autopilot_lab.drill.events.event import Action
from autopilot_lab.drill.managed_releases import RollOut
from autopilot_lab.drill.stage import Stage
from autopilot_lab.drill.written import Percent


class NewRelease(Action):
    """The service's own pipeline releases: software, configuration, settings, or some of them."""

    event: Literal["release"]
    software: bool = Field(default=True, description="Publish a version; point the alias to it.")
    configuration: str | None = Field(None, description="The configuration's new version.")
    settings: dict[str, str] = Field(default_factory=dict, description="Settings that change.")
    bad_percent: Percent = Field(
        0, description="Share of requests that fail while all that changed here stands."
    )
    region: str | None = Field(None, description="Where; by default in all of the profile's.")

    def sentence(self) -> str:
        """What a person would say."""
        parts = [
            *(["new software"] if self.software else []),
            *([f"configuration {self.configuration}"] if self.configuration else []),
            *(f"{name} {value}" for name, value in self.settings.items()),
        ]
        bad = f", which fails {self.bad_percent:g} % of requests" if self.bad_percent else ""
        where = f" in {self.region}" if self.region else ""
        return f"the service releases {' and '.join(parts)}{where}{bad}"

    def play(self, stage: Stage, _number: int) -> None:
        """Roll it out when its time comes."""
        rolled_out = RollOut(
            self.software, self.configuration, self.settings, self.bad_percent, self.region
        )
        stage.do(self.at, self.event, lambda: stage.installation.releases.roll_out(rolled_out))
