"""What a procedure may ask for; the wiring provides it, tests provide their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.archives import Archives
    from autopilot.domain.profile import Profile
    from autopilot.gate.gate import Gate
    from autopilot.persons import Persons
    from autopilot.ports import (
        Alarms,
        Clock,
        ComplianceDesk,
        Endpoints,
        Meter,
        Pager,
        Queues,
        Runs,
        ServiceLevels,
        Switch,
        Telemetry,
        Trail,
    )
    from autopilot.ports.inventory import Inventory
    from autopilot.ports.recovery import RecoveryDesk


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
        """Takes what leaves the journal."""
        ...

    @property
    def levels(self) -> ServiceLevels:
        """What the routers published, over longer windows."""
        ...

    @property
    def inventory(self) -> Inventory:
        """What the account has and may use: models, quotas, rights, keys."""
        ...

    @property
    def alarms(self) -> Alarms:
        """The alarms of this region."""
        ...

    @property
    def queues(self) -> Queues:
        """What could not be delivered."""
        ...

    @property
    def endpoints(self) -> Endpoints:
        """What the service says of itself."""
        ...

    @property
    def meter(self) -> Meter:
        """Publishes what was measured."""
        ...

    @property
    def compliance(self) -> ComplianceDesk:
        """What only the compliance check needs."""
        ...

    @property
    def recovery(self) -> RecoveryDesk:
        """What only rehearsals and restores need."""
        ...

    @property
    def archives(self) -> Archives:
        """The log of this region, and its archive."""
        ...

    @property
    def persons(self) -> Persons:
        """What requests of persons need."""
        ...
