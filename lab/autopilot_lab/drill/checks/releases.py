"""What a scenario may expect of the service's releases."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from autopilot_lab.drill.checks.expected import Counted, Expected, Finding
from autopilot_lab.drill.evidence import Evidence


class Turns(Counted):
    """How often the automation turns switches of a release."""

    check: Literal["turns"]
    act: str | None = Field(None, description="Only 'switch' or 'switch back'; by default both.")
    switch: str | None = Field(None, description="Only this switch, such as eu-central-1/alias.")

    def _sentence(self) -> str:
        return self._counted(f"turns of {self.switch or 'switches'}")

    def judge(self, evidence: Evidence) -> Finding:
        """Count the intents of the window."""
        found = [
            turn.at
            for turn in evidence.turned
            if self.act in (None, turn.act) and self.switch in (None, turn.switch)
        ]
        return self._judge(found, evidence, "turns")


class SwitchesShow(Expected):
    """What switches show when the drill ends."""

    check: Literal["switches"]
    show: dict[str, str] = Field(min_length=1, description="Value by switch.")

    def _sentence(self) -> str:
        said = ", ".join(f"{name} {value}" for name, value in self.show.items())
        return f"at the end the switches show {said}"

    def judge(self, evidence: Evidence) -> Finding:
        """Compare every switch that is named."""
        shown = {name: evidence.switches.get(name, "nothing") for name in self.show}
        said = ", ".join(f"{name} {value}" for name, value in shown.items())
        return Finding(shown == self.show, said)
