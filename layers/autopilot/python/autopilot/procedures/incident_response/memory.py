"""What a run remembers from one look to the next: it travels through the machine as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from autopilot.domain.severity import Severity

TIMELINE_MAX: Final = 60  #: entries; a run of two hours looks 720 times, and most see nothing new
SIGNALS_MAX: Final = 500
MITIGATED: Final = "mitigated"
CLOSED: Final = "closed"
HANDED_OVER: Final = "handed_over"  #: the run is over, and people have to go on
#: Statuses of an incident that is over: an alarm that opens it again begins anew.
ENDED: Final = frozenset({MITIGATED, CLOSED})
_STRICT: Final = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=_STRICT)
class Moment:
    """One entry of the timeline."""

    at_ms: int
    what: str


@dataclass(frozen=True, config=_STRICT)
class Nested:
    """A runbook that was run for the incident, and how it ended."""

    runbook: str
    run: str
    route: str  #: empty for a runbook that is about the whole service
    outcome: str  #: empty while it runs
    detail: str = ""
    failed: bool = False

    @property
    def subject(self) -> str:
        """The runbook, and what it was about."""
        return f"{self.runbook} of {self.route}" if self.route else self.runbook


@dataclass(frozen=True, config=_STRICT)
class Worst:
    """The most urgent classification so far: what page and report are about."""

    situation: str
    rule: str
    severity: Severity
    advice: str
    runbook: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, config=_STRICT)
class Before:
    """What an earlier run of the same incident left."""

    opened_ms: int = 0  #: 0: there was none
    rolled_back: bool = False


@dataclass(frozen=True, config=_STRICT)
class Memory:
    """Begins empty, and is carried through every look."""

    opened_ms: int  #: the first alarm's instant, or the run's start
    begun_ms: int  #: the run's first look
    trouble_ms: int  #: the last look at which something was wrong, or changed
    version: int  #: of the allocation, when last looked
    shares: Mapping[str, int]  #: percent by route, before the incident changed anything
    contained: str = ""  #: the route that the reflex took out of use for this incident
    contained_ms: int = 0
    signals: tuple[str, ...] = ()  #: keys of the alarms that were read
    alarms: tuple[str, ...] = ()  #: their names, each once
    nested: tuple[Nested, ...] = ()
    rolled_back_before: bool = False  #: by an earlier run of the incident
    worst: Worst | None = None
    told: tuple[str, ...] = ()  #: what people were told of: severities, `decide`
    timeline: tuple[Moment, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether a runbook of the incident did not reach its end."""
        return any(each.failed for each in self.nested)

    @property
    def rolled_back(self) -> bool:
        """Whether a rollback of this incident did something: there is no second one."""
        ended = [each.outcome for each in self.nested if each.runbook == "emergency_rollback"]
        return self.rolled_back_before or any(each != "nothing_to_do" for each in ended)

    @property
    def failed_over(self) -> bool:
        """Whether a failover of this incident was run: there is no second one."""
        return any(each.runbook == "regional_failover" for each in self.nested)

    @property
    def left_region(self) -> bool:
        """Whether a failover of this incident ended well: what is lost serves nobody any more."""
        ended = {each.outcome for each in self.nested if each.runbook == "regional_failover"}
        return bool(ended & {"done", "nothing_to_do"})

    def noting(self, at_ms: int, what: str) -> Memory:
        """The same with one more entry in the timeline, unless it says what the last one said."""
        if len(self.timeline) >= TIMELINE_MAX or what in {each.what for each in self.timeline[-1:]}:
            return self
        return replace(self, timeline=(*self.timeline, Moment(at_ms, what)))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


_MEMORY: Final = TypeAdapter(Memory)


def memory_of(value: object) -> Memory | None:
    """What the machine carries, or None at the first look."""
    return None if value is None else _MEMORY.validate_python(value)
