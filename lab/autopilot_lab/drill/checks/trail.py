"""What lies in the trail and its archives when the drill ends, and what of persons can be read."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field

from autopilot_lab.drill.checks.expected import Bounded, Finding
from autopilot_lab.drill.evidence import Evidence


class TrailObjects(Bounded):
    """How many segments or packs lie somewhere when the drill ends."""

    check: Literal["trail_objects"]
    key: str = Field(
        description="log/<region>/segment/*, or archive/<where it lies>/<region>/<class>/<day>/*"
    )

    def _sentence(self) -> str:
        return self._amount(f"objects {self.key} at the end")

    def judge(self, evidence: Evidence) -> Finding:
        """Look through the lists of the buckets."""
        found = [key for key in evidence.trail_objects if fnmatchcase(key, self.key)]
        return self._judged(len(found), f"objects, of {len(evidence.trail_objects)} in all")


class PersonReadable(Bounded):
    """How many entries about a person can be read when the drill ends."""

    check: Literal["person_readable"]
    person: str = Field(description="The service's own id.")

    def _sentence(self) -> str:
        return self._amount(f"entries about {self.person} can be read at the end")

    def judge(self, evidence: Evidence) -> Finding:
        """Look at what was opened with whatever keys there are."""
        return self._judged(evidence.readable.get(self.person, 0), "entries can be read")
