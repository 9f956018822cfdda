"""A day of entries: as a log of ours in memory, and as lines for the peer."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from autopilot.adapters.local_signer import LocalSigner
from autopilot.audit.entry import Entry, LegalBasis
from autopilot.audit.layout import CHECKPOINT, segment_key
from autopilot.audit.note import Checkpoint, VerifierKey, sign
from autopilot.audit.segment import Segment, build
from autopilot.audit.tiles import append_leaf
from autopilot.domain.retention import RetentionClass
from autopilot.domain.trail_head import TrailHead
from autopilot.ports.trail import Listed, Stored

ORIGIN: Final = "bench.example.com/trail"
SIGNER: Final = LocalSigner(b"\x05" * 32)
KEY: Final = VerifierKey(ORIGIN, SIGNER.public_key())
FILES: Final = 288  #: one each five minutes, as CloudTrail delivers
PER_FILE: Final = 1_000
SUBJECTS: Final = 20_000


@dataclass
class Store:
    """A `TrailStore` in memory that costs next to nothing."""

    objects_: dict[str, bytes] = field(default_factory=dict)

    def put_if_absent(self, key: str, body: bytes) -> str | None:
        """Store `body`."""
        if key in self.objects_:
            return None
        self.objects_[key] = body
        return "v1"

    def replace(self, key: str, body: bytes, *, over: str | None) -> bool:  # noqa: ARG002 - one writer
        """Store `body`."""
        self.objects_[key] = body
        return True

    def get(self, key: str) -> Stored | None:
        """What lies there."""
        body = self.objects_.get(key)
        return None if body is None else Stored(body, "v1", "")

    def objects(self, prefix: str = "") -> Iterator[Listed]:
        """Every key."""
        for key in sorted(self.objects_):
            if key.startswith(prefix):
                yield Listed(key, len(self.objects_[key]), "v1")

    def present(self, prefix: str) -> Iterator[str]:
        """Every key."""
        yield from (each.key for each in self.objects(prefix))

    def remove(self, key: str) -> None:
        """Take it away."""
        del self.objects_[key]


def entries(number: int) -> Iterator[Entry]:
    """Plausible entries, each with one encrypted field and ids that do not compress."""
    draw = random.Random(7)  # noqa: S311 - data of a benchmark
    return (entry(each, draw) for each in range(number))


def entry(number: int, draw: random.Random) -> Entry:
    """One of them."""
    return Entry(
        event=f"{draw.getrandbits(128):032x}",
        time_ms=1_767_225_600_000 + number,
        actor="svc:router",
        action=draw.choice(("route", "redact", "failover", "consent")),
        target=draw.choice(("eu-central-1/direct", "eu-west-1/mcp")),
        purpose="answer the request",
        legal_basis=LegalBasis.CONTRACT,
        outcome=draw.choice(("primary", "fallback")),
        retention=RetentionClass.OPERATIONS,
        subject=f"{draw.randrange(SUBJECTS):016x}",
        personal_key="vault/1",
        personal={"account": base64.b64encode(draw.randbytes(44)).decode()},
        detail={"latency_ms": draw.randrange(20, 3000)},
    )


def a_day() -> tuple[list[Segment], list[list[bytes]]]:
    """The same entries as our segments and as lines for the peer."""
    made, segments, files = entries(FILES * PER_FILE), [], []
    for _ in range(FILES):  # one by one: what is forked later stays small
        some = list(islice(made, PER_FILE))
        segments.append(build(some))
        files.append([each.line() for each in some])
    return segments, files


def trail_of(segments: Sequence[Segment], store: Any) -> TrailHead:
    """A log of these segments in `store`, and its anchor."""
    size = first = 0
    root = b""
    for size, segment in enumerate(segments):
        store.put_if_absent(segment_key(size), segment.body)
        version = "v1" if isinstance(store, Store) else ""
        manifest = segment.manifest(
            index=size, first_entry=first, version=version, sealed_ms=segment.last_ms
        )
        first += segment.count
        root = append_leaf(store, size, manifest.line())
    note = sign(Checkpoint(ORIGIN, size + 1, root), SIGNER)
    store.replace(CHECKPOINT, note, over=None)
    return TrailHead(size=size + 1, root=root.hex(), note=note.decode())
