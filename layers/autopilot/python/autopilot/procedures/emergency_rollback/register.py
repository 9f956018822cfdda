"""The release register: what served, since when, and how well. One record, kept by the planner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from autopilot.domain.releases import Register, Release, looked, release_suspect
from autopilot.errors import Inconsistent, Transient

if TYPE_CHECKING:
    from autopilot.domain.verdict import State
    from autopilot.procedures.dependencies import Dependencies

RECORD: Final = "release/register"
LOOK_EVERY_MINUTES: Final = 10
#: A missed look is survived, two are time that nobody watched.
LOOK_MS_MAX: Final = 2 * LOOK_EVERY_MINUTES * 60_000
_MINUTE_MS: Final = 60_000


def look_at_release(dependencies: Dependencies, state: State, now_ms: int) -> str:
    """Every few minutes, write down which release serves and how; return its id, "" if none.

    A switch that does not answer makes the release unknown, which is not written down: tending
    goes on without it.
    """
    release = dependencies.profile.release
    if release is None or now_ms // _MINUTE_MS % LOOK_EVERY_MINUTES:
        return ""
    try:
        seen = observed_release(dependencies)
    except (Transient, Inconsistent) as unseen:
        return f"not seen: {unseen}"
    register = looked(read_register(dependencies), seen, state, now_ms, look_ms_max=LOOK_MS_MAX)
    dependencies.gate.record(RECORD, register.to_fields(), once=False)
    return seen.id


def read_register(dependencies: Dependencies) -> Register:
    """The register as it stands; empty before the first look."""
    return Register.of(dependencies.gate.find_record(RECORD))


def is_suspect(dependencies: Dependencies, fault_started_ms: int) -> bool:
    """Whether the service was released so shortly before a fault that it may be the cause.

    A switch that does not answer says nothing: what cannot be seen is not rolled back.
    """
    release = dependencies.profile.release
    if release is None:
        return False
    try:
        present = observed_release(dependencies)
    except (Transient, Inconsistent):
        return False
    return release_suspect(
        read_register(dependencies),
        present,
        fault_started_ms,
        within_minutes=release.suspect_minutes,
    )


def observed_release(dependencies: Dependencies) -> Release:
    """What the release switches show now."""
    return Release(
        {
            name: dependencies.switches[name].observe().value
            for name in dependencies.profile.release_switches
        }
    )
