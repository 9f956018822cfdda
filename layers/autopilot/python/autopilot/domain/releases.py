"""Releases and how they served: which one is good, by evidence rather than by number. Pure.

A release is what all release switches show together: the software's version, its configuration
and its settings, in every region. Turning one flag makes another release, with verdicts of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Self

from autopilot.domain.canonical import digest
from autopilot.domain.verdict import State
from autopilot.errors import Inconsistent

RELEASES_MAX: Final = 16  #: that the register remembers; the one that served last longest ago goes
ID_CHARACTERS: Final = 16
_MINUTE_MS: Final = 60_000
#: One unhealthy look among so many healthy ones is not held against a release.
_HEALTHY_PER_UNHEALTHY: Final = 20


@dataclass(frozen=True, slots=True)
class Release:
    """The value of every release switch, by its name."""

    switches: Mapping[str, str]

    @property
    def id(self) -> str:
        """The same for the same values: a prefix of SHA-256 of their canonical form."""
        return digest({**self.switches})[:ID_CHARACTERS]

    @property
    def is_mixture(self) -> bool:
        """Whether an alias divides requests between two versions, so that no verdict is its own."""
        return any("+" in value for value in self.switches.values())


@dataclass(frozen=True, slots=True)
class Served:
    """What is known of one release."""

    release: Release
    first_ms: int  #: seen first; it may have begun up to one look before
    last_ms: int
    healthy_ms: int = 0  #: sum of the looks that found the service healthy
    healthy: int = 0  #: looks, by what they found
    unhealthy: int = 0
    unknown: int = 0

    def is_proven(self, good_ms_min: int) -> bool:
        """Served healthily for long enough, and hardly ever unhealthy."""
        lasting = self.healthy_ms >= good_ms_min
        calm = self.unhealthy * _HEALTHY_PER_UNHEALTHY <= self.healthy
        return lasting and calm and not self.release.is_mixture


@dataclass(frozen=True, slots=True)
class Register:
    """Every release that was seen lately, by its id; `present` is the id of the last one seen."""

    served: Mapping[str, Served] = field(default_factory=dict)
    present: str = ""
    since_ms: int = 0  #: when the present one was first seen in place of another
    looked_ms: int = 0
    #: Why releases were judged bad, once and for all, by id: written by runs, never by a look.
    bad: Mapping[str, str] = field(default_factory=dict)

    def is_good(self, served: Served, good_ms_min: int) -> bool:
        """Whether a release has proven itself and was never judged bad."""
        return served.is_proven(good_ms_min) and served.release.id not in self.bad

    def to_fields(self) -> dict[str, Any]:
        """What a look writes into the ledger; judgements are another field, which it leaves."""
        return {
            "served": {each: _served_to_item(served) for each, served in self.served.items()},
            "present": self.present,
            "since_ms": self.since_ms,
            "looked_ms": self.looked_ms,
        }

    @classmethod
    def of(cls, record: Mapping[str, Any] | None) -> Self:
        """Read a record; None is the empty register. Raises `Inconsistent` for another shape."""
        if record is None:
            return cls()
        try:
            return cls(
                {each: _served_from(item) for each, item in record["served"].items()},
                record["present"],
                record["since_ms"],
                record["looked_ms"],
                dict(record.get("bad", {})),
            )
        except (KeyError, TypeError) as error:
            message = f"the release register lacks or misshapes a field: {error!r}"
            raise Inconsistent(message) from error


def looked(
    register: Register, seen: Release, state: State, now_ms: int, *, look_ms_max: int
) -> Register:
    """The register after one look: `seen` serves, and the service is in `state`.

    A healthy look is worth the time since the look before, at most `look_ms_max`: what nobody
    watched proves nothing. The first look at a release is worth nothing.
    """
    known = register.served.get(seen.id, Served(seen, now_ms, now_ms))
    same = register.present == seen.id
    worth_ms = min(look_ms_max, max(0, now_ms - register.looked_ms)) if same else 0
    counted = replace(
        known,
        last_ms=now_ms,
        healthy=known.healthy + (state is State.HEALTHY),
        unhealthy=known.unhealthy + (state is State.UNHEALTHY),
        unknown=known.unknown + (state is State.UNKNOWN),
        healthy_ms=known.healthy_ms + (worth_ms if state is State.HEALTHY else 0),
    )
    since_ms = register.since_ms if same else now_ms
    served = _latest({**register.served, seen.id: counted})
    return Register(served, seen.id, since_ms, now_ms, register.bad)


def judged_bad(register: Register, release_id: str, why: str) -> dict[str, str]:
    """Every judgement once this release was judged bad, of those that the register remembers."""
    kept = {each: said for each, said in register.bad.items() if each in register.served}
    return {**kept, release_id: why}


def last_good(register: Register, present: Release, good_ms_min: int) -> Served | None:
    """The good release that served last, other than the present one; None when there is none.

    It must have the same switches: what is not known of a switch cannot be put back.
    """
    good = [
        served
        for each, served in register.served.items()
        if each != present.id
        and register.is_good(served, good_ms_min)
        and served.release.switches.keys() == present.switches.keys()
    ]
    return max(good, key=lambda served: (served.last_ms, served.release.id), default=None)


def release_suspect(
    register: Register, present: Release, fault_started_ms: int, *, within_minutes: int
) -> bool:
    """Whether a change of the release precedes the fault closely enough to be its cause.

    The register sees a change up to one look late: one that it has not seen at all is newer than
    its last look, and one that it saw after the fault began may have been made before it.
    """
    if not register.present:
        return False  # nothing is known of what served before
    if present.id != register.present:
        changed_ms = register.looked_ms
    elif register.since_ms == min(served.first_ms for served in register.served.values()):
        return False  # the first release that was ever seen: no change was
    else:
        changed_ms = register.since_ms
    return abs(fault_started_ms - changed_ms) <= within_minutes * _MINUTE_MS


def _latest(served: Mapping[str, Served]) -> dict[str, Served]:
    newest = sorted(served.items(), key=lambda pair: (-pair[1].last_ms, pair[0]))
    return dict(newest[:RELEASES_MAX])


def _served_to_item(served: Served) -> dict[str, Any]:
    plain = {each.name: getattr(served, each.name) for each in fields(Served)}
    return plain | {"release": dict(served.release.switches)}


def _served_from(item: Mapping[str, Any]) -> Served:
    return Served(**{**item, "release": Release(dict(item["release"]))})
