"""What somebody who watches a drill is shown between two of its instants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from autopilot_lab.drill.evidence import Note
from autopilot_lab.drill.installation import Installation
from autopilot_lab.drill.reading import ReadScenario
from autopilot_lab.emulator.world.series import Series
from autopilot_lab.emulator.world.service import SimulatedService

#: Virtual seconds between two looks.
SLICE_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Moment:
    """A drill that stands still. Whoever is shown it looks, and changes nothing."""

    read: ReadScenario
    seed: int
    start: float  #: of the drill, in Unix seconds
    second: float  #: since then; negative while the service warms up
    installation: Installation
    service: SimulatedService
    unautomated: Series  #: the whole drill
    notes: Sequence[Note]


Watch: TypeAlias = Callable[[Moment], None]
