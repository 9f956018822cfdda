"""Reads how far copies of buckets are behind.

Amazon S3 user guide, "Using S3 Replication metrics": `ReplicationLatency` is the most seconds by
which the copy is behind under one rule, published in the region of the *copy*. It can therefore be
read when the region of the original is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from autopilot.adapters.inventory.asking import asking
from autopilot.adapters.inventory.newest import newest
from autopilot.domain.inventory import LagFacts

NAMESPACE: Final = "AWS/S3"
METRIC: Final = "ReplicationLatency"


class S3Copies:
    """`client` answers with CloudWatch's client of a region."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        """Build nothing yet."""
        self._client = client

    def lag(
        self, region: str, copy: tuple[str, str, str], *, since_ms: int, until_ms: int
    ) -> LagFacts | None:
        """The newest of the window; None when nothing was told in it."""
        names = ("SourceBucket", "DestinationBucket", "RuleId")
        with asking(f"cloudwatch:GetMetricData {NAMESPACE} in {region}"):
            found = newest(
                self._client(region),
                (NAMESPACE, METRIC),
                dict(zip(names, copy, strict=True)),
                (since_ms, until_ms),
            )
        return None if found is None else LagFacts(-int(-found[1] // 1), found[0])
