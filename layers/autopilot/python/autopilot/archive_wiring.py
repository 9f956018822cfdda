"""Builds what the archive of a region's trail is reached by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autopilot.adapters.s3_archive import S3Locks, S3Shredder
from autopilot.adapters.s3_trail_store import S3TrailStore
from autopilot.archives import ArchiveCopy
from autopilot.audit.tiered import TieredTrail
from autopilot.domain.trail_head import LOG_PREFIX, archive_bucket
from autopilot.ports.trail import TrailStore


@dataclass(frozen=True, kw_only=True)
class ArchiveWiring:
    """`Archives` of one region's log. Buckets are named alike but for kind and region."""

    region: str
    regions: tuple[str, ...]  #: home and standby
    trail_bucket: str  #: this region's: `<service>-trail-<account>-<region>`
    client: Callable[[str, str], Any]  #: of a service in a region

    @cached_property
    def log(self) -> S3TrailStore:
        """The log's own bucket."""
        return self._store(self.trail_bucket, LOG_PREFIX, self.region)

    @cached_property
    def inbox(self) -> S3TrailStore:
        """Where entries wait to be sealed into this region's log."""
        return self._store(self.trail_bucket, "", self.region)

    @cached_property
    def shredder(self) -> S3Shredder:
        """Destroys what was moved out of the log's bucket."""
        client = self.client("s3", self.region)
        return S3Shredder(bucket=self.trail_bucket, prefix=LOG_PREFIX, client=client)

    @cached_property
    def copies(self) -> tuple[ArchiveCopy, ...]:
        """This region's copy first."""
        own_first = sorted(self.regions, key=lambda region: region != self.region)
        return tuple(map(self._copy, own_first))

    def whole_log(self) -> TrailStore:
        """The log with what lies in the archive: made anew, because the archive grows."""
        return TieredTrail(self.log, {copy.region: copy.store for copy in self.copies})

    def _copy(self, region: str) -> ArchiveCopy:
        bucket = archive_bucket(self.trail_bucket, self.region, region)
        place = {"bucket": bucket, "prefix": f"{self.region}/"}
        client = self.client("s3", region)
        return ArchiveCopy(
            region,
            S3TrailStore(client=client, **place),
            S3Locks(client=client, **place),
            S3Shredder(client=client, **place),
        )

    def _store(self, bucket: str, prefix: str, region: str) -> S3TrailStore:
        return S3TrailStore(bucket=bucket, prefix=prefix, client=self.client("s3", region))
