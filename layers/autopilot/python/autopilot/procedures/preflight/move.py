"""The move that a pre-flight is about: from where to where, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from autopilot.domain.personal import shown
from autopilot.errors import BadInput, Problem

if TYPE_CHECKING:
    from autopilot.domain.profile import Profile

_MS: Final = 1000
_ADVICE: Final = "Name one region that serves; leave the other one out unless it is lost."


@dataclass(frozen=True, slots=True)
class Move:
    """The same for all checks of one pre-flight."""

    profile: Profile
    source: str  #: the region that is left
    target: str
    is_lost: bool  #: the source does not serve any more, or is judged as if it did not
    is_asked: bool  #: whether calls into the source are made: never into one that is lost
    runs_in: str  #: the region that this is computed in
    holder: str  #: the run that asks: its own lease is no obstacle; "" for none
    now_ms: int

    @classmethod
    def of(
        cls,
        profile: Profile,
        target: str,
        *,
        lost: str | None,
        reachable: bool,
        runs_in: str,
        holder: str,
        now_ms: int,
    ) -> Move:
        """Refuse a move that is none, in words."""
        regions = (profile.regions.home, profile.regions.standby)
        problems = []
        if target not in regions:
            problems.append(Problem("target", f"one of {', '.join(regions)}", shown(target)))
        if lost is not None and (lost not in regions or lost == target):
            expected = "the region that serves beside the target"
            problems.append(Problem("lost", expected, shown(lost)))
        if problems:
            raise BadInput("a pre-flight", problems, _ADVICE)
        (source,) = (region for region in regions if region != target)
        asked = lost is None or reachable
        return cls(profile, source, target, lost is not None, asked, runs_in, holder, now_ms)

    def since(self, seconds: int) -> int:
        """The instant so many seconds ago, in Unix milliseconds."""
        return self.now_ms - seconds * _MS
