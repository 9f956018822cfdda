"""Reads how an Aurora global database stands, and how far its copy is behind.

`AuroraGlobalDBRPOLag` is how far a secondary is behind for what users wrote, in milliseconds. It is
published for the secondary alone, by cluster and by the region that it copies from, so that it can
be read when the region of the writer is lost. Aurora MySQL before 3.04 and 2.12 has it not
(https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database-disaster-recovery.html).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from autopilot.adapters.global_database import facts_of
from autopilot.adapters.inventory.asking import asking
from autopilot.adapters.inventory.newest import newest
from autopilot.domain.inventory import DatabaseFacts, LagFacts

if TYPE_CHECKING:
    from autopilot.domain.failover_section import DatabaseCluster

NAMESPACE: Final = "AWS/RDS"
METRIC: Final = "AuroraGlobalDBRPOLag"
_MS: Final = 1000


class AuroraDatabases:
    """`rds` and `cloudwatch` answer with the client of a region."""

    def __init__(self, rds: Callable[[str], Any], cloudwatch: Callable[[str], Any]) -> None:
        """Build nothing yet."""
        self._rds, self._cloudwatch = rds, cloudwatch

    def database(self, region: str, identifier: str) -> DatabaseFacts:
        """As that region describes it."""
        with asking(f"rds:DescribeGlobalClusters in {region}"):
            return facts_of(
                self._rds(region).describe_global_clusters(GlobalClusterIdentifier=identifier)
            )

    def database_lag(
        self, cluster: DatabaseCluster, source: str, *, since_ms: int, until_ms: int
    ) -> LagFacts | None:
        """Of a cluster that copies from `source`: whole seconds, rounded up."""
        dimensions = {"DBClusterIdentifier": cluster.name, "SourceRegion": source}
        with asking(f"cloudwatch:GetMetricData {NAMESPACE} in {cluster.region}"):
            found = newest(
                self._cloudwatch(cluster.region),
                (NAMESPACE, METRIC),
                dimensions,
                (since_ms, until_ms),
            )
        return None if found is None else LagFacts(-int(-found[1] // _MS), found[0])
