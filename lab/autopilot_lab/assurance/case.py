"""A case: how a runbook is set going on the bench, and which calls and states are its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from autopilot_lab.assurance.aftermath import Aftermath
from autopilot_lab.assurance.bench import Bench, Described, reference_profile

#: (who makes the call, who invoked the function that makes it) → whether it is the case's own.
Owns: TypeAlias = Callable[[str, str], bool]
#: What else must hold after the case; one sentence for each thing that does not.
Check: TypeAlias = Callable[[Aftermath], list[str]]

#: An alarm on runs that were cut off needs a period, an evaluation, and a little more.
QUIET_SECONDS: Final = 150.0
HORIZON_SECONDS: Final = 2_400.0


def _nothing(_: Aftermath) -> list[str]:
    return []


def as_deployed(_: Bench) -> None:
    """Everything is as it was deployed, and well."""


@dataclass(frozen=True, slots=True)
class Case:
    """One way to use a runbook, played again for each point."""

    name: str
    begin: Callable[[Bench], None]
    owns: Owns
    run: str = ""  #: the execution whose states are left; empty when there is none of interest
    by_hand: bool = False  #: whoever started it sees a refusal on the console
    check: Check = _nothing
    #: It has come to rest when nothing ran, no lease was held and no entry waited for this long,
    quiet_seconds: float = QUIET_SECONDS
    horizon_seconds: float = HORIZON_SECONDS  #: and must have done so within this
    from_seconds: float = 0.0  #: calls before this, from the start, are not struck
    described: Described = reference_profile  #: what is deployed
    #: What the world is like when the case begins: played once, for all points of the case.
    prepare: Callable[[Bench], None] = as_deployed
    #: Done once all has come to rest; then all must come to rest again.
    afterwards: Callable[[Bench], None] | None = None
