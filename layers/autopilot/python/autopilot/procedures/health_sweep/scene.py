"""What every check is told: the profile, the instant, and what the ledger holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from autopilot.domain.health_score import Finding
from autopilot.domain.verdict import State
from autopilot.errors import Misconfigured, Transient

if TYPE_CHECKING:
    from autopilot.domain.allocation import Route
    from autopilot.domain.profile import Profile
    from autopilot.gate.ledger import LedgerView

_ERROR_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class Scene:
    """The same for all checks of one sweep."""

    profile: Profile
    region: str
    now_ms: int
    view: LedgerView | None  #: None when the ledger could not be read

    @property
    def service(self) -> str:
        """Its name: the subject of findings that are about all of it."""
        return self.profile.service.name

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every route, in order."""
        return tuple(self.profile.proven)

    def percent(self, route: Route) -> int | None:
        """The share that a route has now; None when nobody knows."""
        return None if self.view is None else self.view.allocation.percent(route)

    def is_used(self, route: Route) -> bool:
        """Whether requests are sent there; a route of which nobody knows counts as used."""
        return self.percent(route) != 0


def attempt(check: str, subject: str, judge: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """The findings of a check; one that says so when its facts could not be read.

    What could not be read is unknown, never fine. Retries are the client's; there is no second
    layer of them here.
    """
    try:
        yield from list(judge())
    except (Transient, Misconfigured) as error:
        said = f"could not be read: {str(error)[:_ERROR_MAX]}"
        yield Finding(check, subject, State.UNKNOWN, said)
