"""What a procedure may ask for; the wiring provides it, tests provide their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.domain.profile import Profile
    from autopilot.gate.gate import Gate
    from autopilot.ports import Clock, Pager, Runs, Switch, Telemetry, Trail


class Dependencies(Protocol):
    """The ports of one function, each built when it is first asked for."""

    @property
    def region(self) -> str:
        """The region the procedure runs in."""
        ...

    @property
    def service(self) -> str:
        """The name of the managed service."""
        ...

    @property
    def clock(self) -> Clock:
        """Tells the time."""
        ...

    @property
    def gate(self) -> Gate:
        """Decides about effects, and makes them."""
        ...

    @property
    def profile(self) -> Profile:
        """The description of the managed service."""
        ...

    @property
    def telemetry(self) -> Telemetry:
        """What the routers published."""
        ...

    @property
    def pager(self) -> Pager:
        """Tells people."""
        ...

    @property
    def runs(self) -> Runs:
        """Starts runbooks."""
        ...

    @property
    def switches(self) -> Mapping[str, Switch]:
        """What moves releases, settings and emergency mode, by name."""
        ...

    @property
    def trail(self) -> Trail:
        """Keeps what was exported."""
        ...
