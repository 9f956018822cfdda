"""The DNS records of the service, which get their health checks once every one reads healthy.

docs/deploy.md, step 4: a check that has no data yet reads unhealthy, and would send clients away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

#: Whether the health check that lets clients into a region reads healthy now.
Admitted: TypeAlias = Callable[[str], bool]


@dataclass
class Records:
    """Asks the health checks, from the instant at which they are attached."""

    regions: Sequence[str]
    healthy: Admitted
    attached: bool = False

    def admit(self, region: str) -> bool:
        """Whether DNS lets clients into `region`."""
        if not self.attached:
            self.attached = all(map(self.healthy, self.regions))
        return not self.attached or self.healthy(region)
