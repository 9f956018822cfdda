"""The head of a region's trail as it stands in the ledger, outside the bucket it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

LOG_PREFIX: Final = "log/"  #: of the log in the trail's bucket; what waits lies beside it


def origin_of(service: str, region: str) -> str:
    """The name of a region's log, under which its key signs (C2SP tlog-checkpoint: "origin")."""
    return f"{service}.trail/{region}"


def trail_bucket(service: str, account: str, region: str) -> str:
    """The bucket of a region's trail, as the template names it."""
    return f"{service}-trail-{account}-{region}"


def archive_bucket(trail_bucket: str, region: str, lies_in: str) -> str:
    """The bucket in `lies_in` that keeps what was in the trail's bucket of `region`."""
    service, _, rest = trail_bucket.removesuffix(region).rpartition("-trail-")
    return f"{service}-archive-{rest}{lies_in}"


@dataclass(frozen=True, slots=True)
class Announced:
    """A segment that a sealer said it would store next, before it stored it."""

    sha256: str  #: of the stored bytes, in hexadecimal
    sealed_ms: int


@dataclass(frozen=True, slots=True)
class TrailHead:
    """Size and root of the log, its signed checkpoint, who seals, and what is about to follow."""

    revision: int = 0  #: grows by one with every change
    size: int = 0  #: segments in the log
    entries: int = 0  #: in all of them
    root: str = ""  #: of the log, in hexadecimal; empty while the log is
    note: str = ""  #: the signed checkpoint; empty while the log is
    holder: str = ""  #: of the sealer's lease
    lease_expires_ms: int = 0
    announced: tuple[Announced, ...] = ()  #: for the segment with index `size`

    def after(self, **changes: Any) -> TrailHead:
        """The next revision, with these changes."""
        return replace(self, revision=self.revision + 1, **changes)

    def to_item(self) -> dict[str, Any]:
        """As it lies in the ledger."""
        return {
            "revision": self.revision,
            "size": self.size,
            "entries": self.entries,
            "root": self.root,
            "note": self.note,
            "holder": self.holder,
            "lease_expires_ms": self.lease_expires_ms,
            "announced": {each.sha256: each.sealed_ms for each in self.announced},
        }

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> TrailHead:
        """Read what `to_item` wrote."""
        return cls(
            revision=int(item["revision"]),
            size=int(item["size"]),
            entries=int(item["entries"]),
            root=item["root"],
            note=item["note"],
            holder=item["holder"],
            lease_expires_ms=int(item["lease_expires_ms"]),
            announced=tuple(
                Announced(sha256, int(at_ms)) for sha256, at_ms in sorted(item["announced"].items())
            ),
        )
