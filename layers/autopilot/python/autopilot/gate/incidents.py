"""The claim of an incident: who works on it, whether it is open, and until when that counts.

One item for each family, `claim/incident-<family>`, decided by conditional writes, so that of all
alarms of both regions one starts the run and the others join it. A claim is open while its run
renews it, and closed until the time for reopening is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from autopilot.domain.permit import issue_record
from autopilot.domain.writes import (
    AnyOf,
    AtMost,
    Condition,
    ConditionalWrite,
    ConditionFailed,
    Equals,
    Missing,
    Set,
)
from autopilot.gate.door import Door

CLAIM_SECONDS: Final = 300  #: a run that has not renewed its claim for so long is dead
#: An alarm takes over the incident of a run that died within this time; after it, opens its own.
TAKEOVER_SECONDS: Final = 3_600
FAMILIES_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class IncidentClaim:
    """One incident, as its family's claim has it."""

    family: str
    incident: str
    generation: int  #: 1, and one more each time it was reopened or taken over
    owner: str  #: key of the cause that opened this generation
    run: str
    reason: str
    runner: str  #: the execution that works on it; empty until that has begun
    is_open: bool
    opened_ms: int  #: when this generation was
    expires_ms: int

    @property
    def next_run(self) -> str:
        """The name of the run of the next generation; a run's name is used once."""
        return f"{self.incident}-{self.generation + 1}"


@dataclass(frozen=True, slots=True)
class Opening:
    """What an alarm, or an operator, wants opened if nothing is."""

    family: str
    incident: str
    owner: str
    reason: str
    run: str = ""  #: an operator's, named already; by default it gets the incident's name


def claim_incident(door: Door, opening: Opening) -> IncidentClaim:
    """Open an incident of the family, unless one stands; answers with the one that stands."""
    now_ms = door.clock.now_ms()
    fields = _fields(opening, opening.incident, opening.run or opening.incident, 1, now_ms)
    free = AnyOf((Missing(("record",)), AtMost(("forgotten_ms",), now_ms)))
    return _write(door, opening.family, fields, (free,))


def take_over(door: Door, stands: IncidentClaim, opening: Opening) -> IncidentClaim:
    """Open the next generation of an incident that is closed, or whose run is dead.

    When somebody else was faster, the answer is their generation.
    """
    run = opening.run or stands.next_run
    fields = _fields(opening, stands.incident, run, stands.generation + 1, door.clock.now_ms())
    same = Equals(("run",), stands.run)
    over = AnyOf((Equals(("open",), value=False), AtMost(("expires_ms",), door.clock.now_ms())))
    return _write(door, opening.family, fields, (same, over))


def begin(door: Door, family: str, run: str, runner: str) -> IncidentClaim:
    """Note that `runner` works on the incident; the answer names another one if that began first.

    Both regions may have been asked to start the run of that name.
    """
    now_ms = door.clock.now_ms()
    fields = {"runner": runner, **_expiry(now_ms)}
    ours = AnyOf((Equals(("runner",), ""), Equals(("runner",), runner)))
    is_open = Equals(("open",), value=True)
    return _write(door, family, fields, (Equals(("run",), run), is_open, ours))


def renew(door: Door, family: str, runner: str) -> bool:
    """Show that the run lives; False when the incident is another run's by now."""
    fields = _expiry(door.clock.now_ms())
    return _write(door, family, fields, (Equals(("runner",), runner),)).runner == runner


def keep(door: Door, family: str, incident: str, *, until_ms: int = 0) -> None:
    """Show that what an open incident waits for lives, when it is somebody else that works.

    Whoever waits for something that ends by itself at `until_ms` says so once.
    """
    same = (Equals(("incident",), incident), Equals(("open",), value=True))
    _write(door, family, _expiry(max(until_ms, door.clock.now_ms())), same)


def close(door: Door, family: str, runner: str, *, reopen_seconds: int) -> bool:
    """Close the incident; alarms reopen it for that long. False when it is another run's."""
    until_ms = door.clock.now_ms() + reopen_seconds * 1000
    fields = {"open": False, "expires_ms": until_ms, "forgotten_ms": until_ms}
    return _write(door, family, fields, (Equals(("runner",), runner),)).runner == runner


def reopen(door: Door, family: str, runner: str) -> bool:
    """Open it again for the run that closed it; False when somebody else has already."""
    fields = {"open": True, **_expiry(door.clock.now_ms())}
    claim = _write(door, family, fields, (Equals(("runner",), runner),))
    return claim.runner == runner and claim.is_open


def find(door: Door, family: str) -> IncidentClaim | None:
    """The family's claim, open or not, or None when there never was one."""
    item = door.ledger.read(_record(family))
    return None if item is None else _claim(family, item)


def find_all(door: Door) -> list[IncidentClaim]:
    """The claims of all families, open or not."""
    prefix = _record("")
    found = door.ledger.query(prefix, limit=FAMILIES_MAX)
    return [_claim(str(item["record"]).removeprefix(prefix), item) for item in found]


def _fields(
    opening: Opening, incident: str, run: str, generation: int, now_ms: int
) -> dict[str, Any]:
    return {
        "incident": incident,
        "generation": generation,
        "owner": opening.owner,
        "run": run,
        "reason": opening.reason,
        "runner": "",
        "open": True,
        "opened_ms": now_ms,
        **_expiry(now_ms),
    }


def _expiry(now_ms: int) -> dict[str, int]:
    expires_ms = now_ms + CLAIM_SECONDS * 1000
    return {"expires_ms": expires_ms, "forgotten_ms": expires_ms + TAKEOVER_SECONDS * 1000}


def _write(
    door: Door, family: str, fields: Mapping[str, Any], conditions: tuple[Condition, ...]
) -> IncidentClaim:
    """The claim after the write, or as it stands when a condition did not hold."""
    sets = tuple(Set((name,), value) for name, value in fields.items())
    write = ConditionalWrite(_record(family), sets, conditions=conditions)
    try:
        item = door.ledger.write(write, issue_record("claim incident", write))
    except ConditionFailed as failure:
        item = failure.item or {}
    return _claim(family, item)


def _claim(family: str, item: Mapping[str, Any]) -> IncidentClaim:
    return IncidentClaim(
        family=family,
        incident=str(item.get("incident", "")),
        generation=int(item.get("generation", 0)),
        owner=str(item.get("owner", "")),
        run=str(item.get("run", "")),
        reason=str(item.get("reason", "")),
        runner=str(item.get("runner", "")),
        is_open=bool(item.get("open", False)),
        opened_ms=int(item.get("opened_ms", 0)),
        expires_ms=int(item.get("expires_ms", 0)),
    )


def _record(family: str) -> str:
    return f"claim/incident-{family}"
