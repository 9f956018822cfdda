"""Where a timeline is played: the installation, the instants of the drill, and who is told."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from autopilot.errors import Refused
from autopilot_lab.drill.installation import Installation
from autopilot_lab.emulator.alarms import Alarm
from autopilot_lab.emulator.clock import Task
from autopilot_lab.emulator.faults import Fault, FaultKind


@dataclass(frozen=True, slots=True)
class Stage:
    """What an event of a timeline needs to happen. Seconds count from the start of the drill."""

    installation: Installation
    start: float  #: of the drill, in Unix seconds
    tasks: list[Task]
    note: Callable[[int, str], None]  #: (second, what operators were told)

    @property
    def service(self) -> str:
        """The name of the managed service, with which names in its account begin."""
        return self.installation.profile.service.name

    def client(self, service: str, region: str) -> Any:
        """A client with the operator's credentials."""
        return self.installation.aws.client(service, region)

    def instant(self, second: int | None) -> float:
        """Unix seconds; the end of all time for None."""
        return math.inf if second is None else self.start + second

    def do(self, second: int, name: str, action: Callable[[], object]) -> None:
        """Carry out an action at its instant; what is refused is noted."""
        scheduler = self.installation.aws.scheduler
        self.tasks.append(
            scheduler.spawn(
                lambda: self._carry_out(second, action),
                name=f"{name} at {second} s",
                delay_seconds=self.instant(second) - scheduler.now,
            )
        )

    def fault(
        self,
        *,
        since: int,
        until: int | None,
        kind: FaultKind | str,
        about: Mapping[str, Any],
    ) -> None:
        """Let calls go wrong from one second to another; `about` are fields of `Fault`."""
        fault = Fault(kind=kind, since=self.instant(since), until=self.instant(until), **about)
        self.installation.aws.faults.add(fault)

    def function(self, name: str) -> str:
        """The deployed name of a function of the product, such as contain_route."""
        return f"{self.service}-{name.replace('_', '-')}"

    def alarms(self, pattern: str, region: str) -> list[Alarm]:
        """The alarms of a region whose names match, by name."""
        found = self.installation.aws.alarms.of(region)
        return [alarm for alarm in found if fnmatchcase(alarm.name, pattern)]

    def _carry_out(self, second: int, action: Callable[[], object]) -> None:
        try:
            action()
        except Refused as refusal:
            self.note(second, f"refused: {refusal}")
