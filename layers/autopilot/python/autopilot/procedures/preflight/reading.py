"""Reads facts within a bound of time, and turns them, or their absence, into checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from autopilot.domain.preflight import TEXT_MAX, Check
from autopilot.errors import Misconfigured, Transient

if TYPE_CHECKING:
    from autopilot.ports import Clock
    from autopilot.procedures.preflight.judged import Judged
    from autopilot.procedures.preflight.memory import Memory

T = TypeVar("T")
_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """A fact with its source, or the reason why there is none."""

    source: str  #: the call in words
    value: T | None  #: of a fact that came; None may be one
    at_ms: int | None  #: when it came; None when it did not
    why: str = ""  #: it did not


class Reader:
    """Asks until the time is up, and no service again that did not answer.

    Retries are the clients'; there is no second layer of them.
    """

    def __init__(self, clock: Clock, seconds_max: int, memory: Memory) -> None:
        """`memory`: what counts in place of some facts that do not come."""
        self._clock = clock
        self._until_ms = clock.now_ms() + seconds_max * _MS
        self._seconds_max = seconds_max
        self._memory = memory
        self._silent: set[str] = set()

    def read(self, source: str, ask: Callable[[], T], *, decides: bool = True) -> Read[T]:
        """Ask once. A 4xx is a fault of configuration, never a sign of a lost region.

        What `decides` nothing spoils nothing either: its service is asked again.
        """
        if self._clock.now_ms() >= self._until_ms:
            why = f"the {self._seconds_max} s of the pre-flight were over"
            return Read(source, None, None, why)
        if (service := _service(source)) in self._silent:
            return Read(source, None, None, f"{service} did not answer a moment ago")
        try:
            return Read(source, ask(), self._clock.now_ms())
        except Transient as error:
            self._silent |= {service} if decides else set()
            return Read(source, None, None, f"no answer: {error}")
        except Misconfigured as error:
            why = f"a fault of configuration, not of the region: {error}"
            return Read(source, None, None, why)

    def check(
        self,
        name: str,
        limit: str,
        read: Read[T],
        judge: Callable[[T], Judged],
        *,
        remembered: bool = False,
    ) -> Check:
        """What `judge` says of what was read; with `remembered` the last full sweep stands in."""
        if read.at_ms is None:
            known = self._memory.recall(name, read.why) if remembered else None
            return known or Check.unread(name, limit=limit, source=read.source, reason=read.why)
        # What was read may be None: then that is the fact, and `judge` takes it.
        judged = judge(read.value)  # type: ignore[arg-type]
        return Check(
            name=name,
            observed=judged.observed[:TEXT_MAX],
            limit=limit[:TEXT_MAX],
            source=read.source,
            age_seconds=max(0, self._clock.now_ms() - read.at_ms) // _MS,
            answer=judged.answer,
            reason=judged.reason[:TEXT_MAX],
        )

    def advice(
        self, name: str, limit: str, read: Read[T], judge: Callable[[T], Judged], absent: Judged
    ) -> Check:
        """As `check`, for what never decides: that nothing came is itself what was observed."""
        if read.at_ms is not None:
            return self.check(name, limit, read, judge)
        here = Read(read.source, absent, self._clock.now_ms())
        return self.check(name, limit, here, lambda said: said)


def _service(source: str) -> str:
    """Who answers in which region: `bedrock in eu-west-1` of `bedrock:GetX in eu-west-1`."""
    call, _, region = source.rpartition(" in ")
    return f"{call.partition(':')[0]} in {region}" if call else source
