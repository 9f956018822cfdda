"""A trail with a past: entries that the deployed product's log has held for days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from moto.kms.models import kms_backends

from autopilot.adapters.s3_trail_store import S3TrailStore
from autopilot.audit.entry import Entry, LegalBasis
from autopilot.audit.inbox import Inbox
from autopilot.audit.layout import SEGMENTS, segment_key
from autopilot.audit.pack import PackName, build, names
from autopilot.audit.seal import Sealer
from autopilot.audit.segment import Manifest
from autopilot.audit.tiles import LogReader
from autopilot.domain.retention import RetentionClass
from autopilot.domain.trail_head import origin_of
from autopilot.errors import Refused
from autopilot_lab.drill.installation import Installation
from autopilot_lab.emulator.moto_backend import ACCOUNT

DAY_MS = 86_400_000
SERVICE = "hybrid-routing"


@dataclass
class Past:
    """A clock that tells an instant of the past."""

    at_ms: int

    def now_ms(self) -> int:
        """That instant."""
        return self.at_ms


@dataclass(frozen=True)
class History:
    """One region's trail, its archive, and what was sealed when."""

    installation: Installation
    region: str = "eu-central-1"
    sealed: list[Entry] = field(default_factory=list)

    @property
    def now_ms(self) -> int:
        """The present instant of the lab."""
        return int(self.installation.aws.scheduler.now * 1000)

    def seal(
        self, *, days_ago: int, segments: int = 2, kept: str = "operations", each: int = 3
    ) -> None:
        """So many segments of so many entries, sealed on a day that has gone."""
        for number in range(segments):
            at_ms = self.now_ms - days_ago * DAY_MS + number * 60_000
            entries = [self._entry(at_ms + at, kept) for at in range(each)]
            inbox = Inbox(self.store(), Past(at_ms))
            inbox.keep(entries)
            self._sealer(inbox, Past(at_ms)).seal()
            self.sealed.extend(entries)

    def archive_as_then(self) -> None:
        """Put what is sealed into packs whose locks have ended since."""
        log = self.store("log/")
        size = self.installation.gate.anchor(self.region).read().size
        leaves = LogReader(log, size)
        manifests = [Manifest.parse(leaves.leaf(index)) for index in range(size)]
        for name in names(manifests):
            chosen = [each for each in manifests if name.holds(each)]
            found = [(each, log.get(segment_key(each.index))) for each in chosen]
            body = build([(each, stored.body) for each, stored in found if stored is not None])
            for copy in self.installation.archives(self.region).values():
                copy.put_if_absent(name.key, body)
            for each in chosen:
                self._delete(segment_key(each.index), each.version)

    def spoil(self, key: str) -> None:
        """Put other bytes in the place of a segment, as whoever may delete versions can."""
        log = self.store("log/")
        stored = log.get(key)
        if stored is None:
            message = f"expected a segment to change, got none at {key}"
            raise Refused(message)
        self._delete(key, stored.version)
        log.put_if_absent(key, stored.body[:-1] + bytes([stored.body[-1] ^ 1]))

    def _delete(self, key: str, version: str) -> None:
        bucket = self.installation.stacks[self.region].outputs["TrailBucket"]
        client = self.installation.aws.client("s3", self.region)
        client.delete_object(Bucket=bucket, Key=f"log/{key}", VersionId=version)

    def hot(self) -> list[str]:
        """Segments that lie in the log's bucket."""
        return list(self.store("log/").present(SEGMENTS))

    def packs(self, lies_in: str = "") -> list[PackName]:
        """Packs that lie in an archive."""
        store = self.archive(lies_in)
        return sorted(name for key in store.present("") if (name := PackName.parse(key)))

    def store(self, prefix: str = "") -> S3TrailStore:
        """The trail's bucket."""
        bucket = self.installation.stacks[self.region].outputs["TrailBucket"]
        client = self.installation.aws.client("s3", self.region)
        return S3TrailStore(bucket=bucket, prefix=prefix, client=client)

    def archive(self, lies_in: str = "") -> S3TrailStore:
        """What one region keeps of this region's log."""
        where = lies_in or self.region
        return S3TrailStore(
            bucket=self.archive_bucket(where),
            prefix=f"{self.region}/",
            client=self.installation.aws.client("s3", where),
        )

    def archive_bucket(self, lies_in: str) -> str:
        """The name of a region's archive."""
        return self.installation.stacks[lies_in].outputs["ArchiveBucket"]

    def waiting(self) -> Iterator[Entry]:
        """Entries that wait to be sealed."""
        yield from Inbox(self.store(), Past(self.now_ms)).waiting().entries

    def _entry(self, at_ms: int, kept: str) -> Entry:
        return Entry(
            event=f"evt-{kept}-{at_ms}",
            time_ms=at_ms,
            actor="svc:router",
            action="answer",
            target="eu-central-1/direct",
            purpose="answer the request",
            legal_basis=LegalBasis.NOT_PERSONAL,
            outcome="ok",
            retention=RetentionClass(kept),
        )

    def _sealer(self, inbox: Inbox, clock: Past) -> Sealer:
        return Sealer(
            store=self.store("log/"),
            inbox=inbox,
            anchor=self.installation.gate.anchor(self.region),
            signer=self._signer(),
            clock=clock,
            origin=origin_of(SERVICE, self.region),
            holder="history",
        )

    def _signer(self) -> _SealersHand:
        arn = self.installation.stacks[self.region].outputs["TrailKey"]
        return _SealersHand(self.region, arn.rpartition("/")[2])


@dataclass(frozen=True)
class _SealersHand:
    """Signs with the log's own key, which KMS lets nobody do but the sealer's function."""

    region: str
    key_id: str

    def public_key(self) -> bytes:
        """The 32 bytes of the public key."""
        return bytes(self._material.public_key()[-32:])

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature."""
        return bytes(self._material.sign(message, "ED25519_SHA_512"))

    @property
    def _material(self) -> Any:
        return kms_backends[ACCOUNT][self.region].keys[self.key_id].private_key
