"""A trail in memory: a versioned store and an anchor whose process can die at every write."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autopilot.adapters.folder_trail import FolderTrail
from autopilot.adapters.local_signer import LocalSigner
from autopilot.audit import pack
from autopilot.audit.entry import Entry, LegalBasis
from autopilot.audit.inbox import Inbox
from autopilot.audit.layout import segment_key
from autopilot.audit.note import VerifierKey
from autopilot.audit.pack import PackName
from autopilot.audit.seal import Sealer
from autopilot.audit.segment import Manifest
from autopilot.audit.tiles import LogReader
from autopilot.domain.retention import RetentionClass
from autopilot.domain.trail_head import TrailHead
from autopilot.ports.trail import Listed, Stored

ORIGIN = "trail.example.com/eu-central-1"
START_MS = 1_790_000_000_000
SIGNER = LocalSigner(b"\x07" * 32)
OTHER_SIGNER = LocalSigner(b"\x08" * 32)
KEY = VerifierKey(ORIGIN, SIGNER.public_key())


class Died(Exception):
    """The process ended here, before or after its write."""


@dataclass
class Lifeline:
    """Counts writes; the one with number `dies_at` is the last, applied or not."""

    dies_at: int | None = None
    applied: bool = False
    writes: int = 0
    seen: list[str] = field(default_factory=list)

    def before(self, what: str) -> None:
        """Die before the write when this is the one, and it shall not be applied."""
        self.writes += 1
        self.seen.append(what)
        if self.writes == self.dies_at and not self.applied:
            raise Died

    def after(self) -> None:
        """Die after the write when this is the one, and it shall be applied."""
        if self.writes == self.dies_at and self.applied:
            raise Died


@dataclass
class Clock:
    """Tells a time that only moves when it is told to."""

    at_ms: int = START_MS

    def now_ms(self) -> int:
        """The present instant."""
        return self.at_ms


class MemoryStore:
    """A `TrailStore` that keeps every version, as a versioned bucket does."""

    def __init__(self, lifeline: Lifeline | None = None) -> None:
        """Begin empty."""
        self.lifeline = lifeline or Lifeline()
        self.versions: dict[str, list[tuple[str, bytes | None]]] = defaultdict(list)
        self.attested: dict[tuple[str, str], str] = {}  #: MD5 as it was when a version was put
        self._number = 0

    def put_if_absent(self, key: str, body: bytes) -> str | None:
        """Store `body` and return its version; None when something is there already."""
        self.lifeline.before(key)
        if self.get(key) is not None:
            return None
        version = self.put(key, body)
        self.lifeline.after()
        return version

    def replace(self, key: str, body: bytes, *, over: str | None) -> bool:
        """Store `body` if what lies there has the tag `over`."""
        self.lifeline.before(key)
        stored = self.get(key)
        if (stored.tag if stored else None) != over:
            return False
        self.put(key, body)
        self.lifeline.after()
        return True

    def get(self, key: str) -> Stored | None:
        """What lies under `key`, or None."""
        versions = self.versions.get(key)
        version, body = versions[-1] if versions else ("", None)
        if body is None:
            return None
        return Stored(body, version, hashlib.md5(body, usedforsecurity=False).hexdigest())

    def objects(self, prefix: str = "") -> Iterator[Listed]:
        """Every key that begins with `prefix`."""
        for key in sorted(self.versions):
            if key.startswith(prefix):
                version, body = self.versions[key][-1]
                count = len(self.versions[key])
                md5 = self.attested.get((key, version), "")
                yield Listed(key, len(body or b""), version, count, deleted=body is None, md5=md5)

    def present(self, prefix: str) -> Iterator[str]:
        """Every key that begins with `prefix` and has something under it."""
        yield from (each.key for each in self.objects(prefix) if not each.deleted)

    def remove(self, key: str) -> None:
        """Take away every version."""
        self.lifeline.before(f"remove {key}")
        self.versions.pop(key, None)
        self.lifeline.after()

    def put(self, key: str, body: bytes) -> str:
        """Store a version as whoever has the bucket's keys could."""
        self._number += 1
        version = f"v{self._number}"
        self.versions[key].append((version, body))
        self.attested[key, version] = hashlib.md5(body, usedforsecurity=False).hexdigest()
        return version

    def hide(self, key: str) -> None:
        """Put a mark of deletion over what lies there."""
        self._number += 1
        self.versions[key].append((f"v{self._number}", None))

    def overwrite(self, key: str, body: bytes) -> None:
        """Change the bytes of the present version in place, as a rotten disk would.

        The store goes on saying of it what it said when it was put.
        """
        version, _ = self.versions[key][-1]
        self.versions[key][-1] = (version, body)


@dataclass
class MemoryAnchor:
    """An `Anchor` over one head."""

    lifeline: Lifeline = field(default_factory=Lifeline)
    head: TrailHead = field(default_factory=TrailHead)

    def read(self) -> TrailHead:
        """The head as it stands."""
        return self.head

    def swap(self, old: TrailHead, new: TrailHead) -> bool:
        """Put `new` where `old` stands."""
        self.lifeline.before(f"anchor {new.size} {len(new.announced)}")
        if self.head.revision != old.revision:
            return self.head == new
        self.head = TrailHead.of(new.to_item())
        self.lifeline.after()
        return True


@dataclass
class MemoryTrail:
    """One region's trail with everything it needs."""

    lifeline: Lifeline = field(default_factory=Lifeline)
    clock: Clock = field(default_factory=Clock)
    signer: LocalSigner = SIGNER
    origin: str = ORIGIN

    def __post_init__(self) -> None:
        """Share one lifeline."""
        self.store = MemoryStore(self.lifeline)
        self.waiting = MemoryStore(self.lifeline)
        self.anchor = MemoryAnchor(self.lifeline)
        self.inbox = Inbox(self.waiting, self.clock)

    def sealer(self, holder: str = "sealer") -> Sealer:
        """A pass over this trail."""
        return Sealer(
            store=self.store,
            inbox=self.inbox,
            anchor=self.anchor,
            signer=self.signer,
            clock=self.clock,
            origin=self.origin,
            holder=holder,
        )

    def seal(self, *batches: list[Entry]) -> None:
        """Seal each batch as one segment, a minute apart."""
        for batch in batches:
            self.inbox.keep(batch)
            self.clock.at_ms += 60_000
            self.sealer().seal()


def entry(number: int, **changes: object) -> Entry:
    """A plausible entry; the same number makes the same one."""
    members: dict[str, object] = {
        "event": f"evt-{number:06d}",
        "time_ms": START_MS + number * 10,
        "actor": "svc:router",
        "action": "route",
        "target": "eu-central-1/direct",
        "purpose": "answer the request",
        "legal_basis": LegalBasis.CONTRACT,
        "outcome": "ok",
        "retention": RetentionClass.OPERATIONS,
        "subject": hashlib.sha256(str(number % 7).encode()).hexdigest()[:32],
        "personal_key": "vault/1",
        "personal": {"email": "c2VhbGVkIGJ5IHRoZSBzdWJqZWN0J3Mga2V5IQ=="},
        "detail": {"latency_ms": number % 977},
    }
    return Entry.model_validate(members | changes)


def batches(count: int, size: int) -> list[list[Entry]]:
    """So many batches of so many entries."""
    return [[entry(each * size + number) for number in range(size)] for each in range(count)]


def manifests(trail: MemoryTrail) -> list[Manifest]:
    """Every leaf of the log."""
    log = LogReader(trail.store, trail.anchor.head.size)
    return [Manifest.parse(log.leaf(index)) for index in range(log.size)]


def packed(trail: MemoryTrail, name: PackName) -> bytes:
    """The pack of that name."""
    chosen = [each for each in manifests(trail) if name.holds(each)]
    stored = [trail.store.get(segment_key(each.index)) for each in chosen]
    return pack.build([(m, body.body) for m, body in zip(chosen, stored, strict=True) if body])


def copied(trail: MemoryTrail, folder: Path) -> FolderTrail:
    """A copy of the log in a folder, as somebody may keep one."""
    copy = FolderTrail(folder)
    for listed in trail.store.objects():
        stored = trail.store.get(listed.key)
        assert stored is not None
        assert copy.put_if_absent(listed.key, stored.body) == ""
    return copy
