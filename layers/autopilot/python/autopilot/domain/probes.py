"""What probes over the public path say: of one target, of a region, and of who is looking.

A target is *unhealthy* when every one of its last `failures` probes failed, *healthy* once all of
them were good, and otherwise unknown; a healthy one stays so while fewer than half of them failed,
because a lost packet is no news. There is no such patience on the other side: one good answer ends
*unhealthy*, since that verdict moves traffic, and so does its alarm, which asks for the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from autopilot.domain.fields import Fields
from autopilot.domain.verdict import State

CONTROL: Final = "control"  #: the target outside the service that shows whether we can see at all
VANTAGES_NEEDED: Final = 2
RECORD_PREFIX: Final = "probes/"
_TARGETS_MAX: Final = 8
_REASON_MAX: Final = 256
_MS: Final = 1000
_NEVER: Final = "no probe was made"


class Outcome(StrEnum):
    """How one probe ended."""

    GOOD = "good"
    FAILED = "failed"
    REFUSED = "refused"  #: by our own rules, and so not sent: says nothing of the target


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One probe; `reason` is in our words, never in those of the answer."""

    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProbeRules:
    """How many probes decide, and how far apart they are."""

    failures: int
    interval_seconds: int

    @property
    def window_ms(self) -> int:
        """From the first to the last of the probes that decide, and one interval to spare."""
        return self.failures * self.interval_seconds * _MS


@dataclass(frozen=True, slots=True)
class TargetState:
    """What one vantage says of one target."""

    state: State = State.UNKNOWN
    failed: int = 0  #: of the last `sent` probes
    sent: int = 0
    since_ms: int = 0  #: since when it has been in this state
    reason: str = _NEVER

    def to_record(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        return {
            "state": self.state.value,
            "failed": self.failed,
            "sent": self.sent,
            "since_ms": self.since_ms,
            "reason": self.reason,
        }

    @classmethod
    def read(cls, fields: Fields) -> TargetState:
        """From the ledger's form; what is wrong is noted in `fields`."""
        return cls(
            state=fields.choice("state", State),
            failed=fields.integer("failed"),
            sent=fields.integer("sent"),
            since_ms=fields.integer("since_ms"),
            reason=fields.text("reason", least=0, most=_REASON_MAX),
        )


@dataclass(frozen=True, slots=True)
class Track:
    """A target's state and the probes that it rests on, oldest first: True is a failed one."""

    known: TargetState = TargetState()
    window: tuple[bool, ...] = ()
    newest_ms: int = 0

    @classmethod
    def resumed(cls, known: TargetState, observed_ms: int) -> Track:
        """Go on from a record. Which probes of a mixed window failed it does not say."""
        pure = known.failed in {0, known.sent}
        window = (known.failed > 0,) * known.sent if pure else ()
        return cls(known, window, observed_ms)

    def after(self, result: ProbeResult, at_ms: int, rules: ProbeRules) -> Track:
        """The track after one more probe."""
        if result.outcome is Outcome.REFUSED:
            return Track(_stated(self.known, State.UNKNOWN, (), result.reason, at_ms), (), at_ms)
        interrupted = at_ms - self.newest_ms > rules.window_ms
        seen = () if interrupted else self.window[-(rules.failures - 1) :]
        window = (*seen, result.outcome is Outcome.FAILED)
        before = State.UNKNOWN if interrupted else self.known.state
        state = _judged(before, window, rules.failures)
        reason = _reason(window, result.reason or _last_words(self.known))
        return Track(_stated(self.known, state, window, reason, at_ms), window, at_ms)


def _judged(before: State, window: tuple[bool, ...], needed: int) -> State:
    failed = sum(window)
    if failed == needed:
        return State.UNHEALTHY
    if len(window) == needed and not failed:
        return State.HEALTHY
    return State.HEALTHY if before is State.HEALTHY and 2 * failed < needed else State.UNKNOWN


def _stated(
    known: TargetState, state: State, window: tuple[bool, ...], reason: str, at_ms: int
) -> TargetState:
    since_ms = known.since_ms if state is known.state and known.since_ms else at_ms
    return TargetState(state, sum(window), len(window), since_ms, reason[:_REASON_MAX])


def _reason(window: tuple[bool, ...], words: str) -> str:
    failed = sum(window)
    counted = f"{failed} of {len(window)} probes failed"
    return f"{counted}: {words}" if failed and words else counted


def _last_words(known: TargetState) -> str:
    """What the newest failed probe said, for as long as one in the window failed."""
    return known.reason.partition(": ")[2]


@dataclass(frozen=True, slots=True)
class ProbeObservation:
    """What one vantage saw: every service region, and the control target."""

    targets: Mapping[str, TargetState]
    control: TargetState
    observed_ms: int

    def to_record(self) -> dict[str, Any]:
        """As the ledger keeps it, below `probes/<vantage region>`."""
        return {
            "targets": {region: self.targets[region].to_record() for region in self.targets},
            "control": self.control.to_record(),
            "observed_ms": self.observed_ms,
        }

    @classmethod
    def from_record(cls, record: object) -> ProbeObservation:
        """Read a record; raise `BadInput` naming everything in it that is wrong."""
        read = Fields(record, "a probe record", "Wait a minute: probe_regions replaces it.")
        targets = read.inside("targets")
        names = tuple(targets.names)
        if not 1 <= len(names) <= _TARGETS_MAX:
            targets.note("", f"1 to {_TARGETS_MAX} regions", len(names))
        observation = cls(
            targets={name: TargetState.read(targets.inside(name)) for name in names},
            control=TargetState.read(read.inside("control")),
            observed_ms=read.integer("observed_ms"),
        )
        read.refuse_if_wrong()
        return observation

    @property
    def suspect(self) -> str:
        """Why this vantage is to be doubted rather than what it looks at; "" when it is not.

        A dead control target, or every region dead at once, is more likely its own trouble.
        """
        if self.control.state is State.UNHEALTHY:
            return f"its control target does not answer ({self.control.reason})"
        return "every region looks dead from it" if self.is_dark else ""

    @property
    def is_dark(self) -> bool:
        """Whether it finds every region dead."""
        return all(target.state is State.UNHEALTHY for target in self.targets.values())


@dataclass(frozen=True, slots=True)
class RegionVerdict:
    """What all vantages together say of a region."""

    state: State
    vantages: tuple[str, ...]  #: those that the verdict rests on, in order of name
    reason: str


def region_verdict(
    observations: Mapping[str, ProbeObservation], region: str, now_ms: int, fresh_seconds: int
) -> RegionVerdict:
    """Judge `region` by the observations of all vantages, by vantage.

    Either verdict needs two vantages that can be believed: seen a short while ago, with a control
    target that answers, and not of all regions at once. For *healthy* none of them may object.
    """
    said = _believed(observations, region, now_ms, fresh_seconds)
    dead = tuple(each for each in said if said[each] is State.UNHEALTHY)
    well = tuple(each for each in said if said[each] is State.HEALTHY)
    if len(dead) >= VANTAGES_NEEDED:
        return RegionVerdict(State.UNHEALTHY, dead, f"unreachable from {_listed(dead)}")
    if len(well) >= VANTAGES_NEEDED and not dead:
        return RegionVerdict(State.HEALTHY, well, f"answers {_listed(well)}")
    return RegionVerdict(State.UNKNOWN, tuple(said), _why_unknown(dead, well, len(observations)))


def observer_suspect(
    observations: Mapping[str, ProbeObservation], now_ms: int, fresh_seconds: int
) -> Mapping[str, str]:
    """The vantages to be doubted, by name, each with the reason: page, and change nothing."""
    return {
        vantage: observation.suspect
        for vantage, observation in sorted(observations.items())
        if _is_fresh(observation, now_ms, fresh_seconds) and observation.suspect
    }


def dark_vantages(
    observations: Mapping[str, ProbeObservation], now_ms: int, fresh_seconds: int
) -> tuple[str, ...]:
    """Every vantage that looked a short while ago, if each of them finds every region dead.

    A dead control target alone is not this: it is somebody else's, and regions may answer.
    """
    fresh = [each for each in observations.items() if _is_fresh(each[1], now_ms, fresh_seconds)]
    dark = all(observation.is_dark for _, observation in fresh)
    return tuple(sorted(vantage for vantage, _ in fresh)) if dark else ()


def doubted_regions(
    observations: Mapping[str, ProbeObservation], now_ms: int, fresh_seconds: int
) -> frozenset[str]:
    """Regions that fail half of one vantage's probes: no verdict, but nobody waits for them."""
    return frozenset(
        region
        for observation in observations.values()
        if _is_fresh(observation, now_ms, fresh_seconds)
        for region, target in observation.targets.items()
        if target.state is not State.HEALTHY and 2 * target.failed >= max(1, target.sent)
    )


def _believed(
    observations: Mapping[str, ProbeObservation], region: str, now_ms: int, fresh_seconds: int
) -> dict[str, State]:
    return {
        vantage: observation.targets[region].state
        for vantage, observation in sorted(observations.items())
        if _is_fresh(observation, now_ms, fresh_seconds)
        and observation.control.state is State.HEALTHY
        and not observation.suspect
        and region in observation.targets
    }


def _is_fresh(observation: ProbeObservation, now_ms: int, fresh_seconds: int) -> bool:
    """Clocks of regions differ a little: an observation of the near future is fresh too."""
    return abs(now_ms - observation.observed_ms) <= fresh_seconds * _MS


def _why_unknown(dead: tuple[str, ...], well: tuple[str, ...], asked: int) -> str:
    if dead and well:
        return f"unreachable from {_listed(dead)}, but answers {_listed(well)}"
    if dead or well:
        seen = f"unreachable from {_listed(dead)}" if dead else f"answers {_listed(well)}"
        return f"{seen}; {VANTAGES_NEEDED} vantages are needed"
    return f"none of {asked} vantages can tell"


def _listed(vantages: tuple[str, ...]) -> str:
    return " and ".join(vantages)


def resumed(record: ProbeObservation, now_ms: int, rules: ProbeRules) -> Mapping[str, Track]:
    """Tracks to go on from after a cold start; none when the record is too old to count."""
    if not 0 <= now_ms - record.observed_ms <= rules.window_ms:
        return {}
    known = {**record.targets, CONTROL: record.control}
    return {name: Track.resumed(state, record.observed_ms) for name, state in known.items()}
