"""Persons of the service in the deployed product: their sealed entries, and requests about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autopilot.adapters.dynamodb_vault import DynamoDbVault
from autopilot.adapters.s3_trail_store import S3TrailStore
from autopilot.audit.entry import Entry, LegalBasis
from autopilot.audit.layout import segment_key
from autopilot.audit.segment import SEGMENT_ENTRIES_MAX, build
from autopilot.audit.vault import SubjectVault
from autopilot.domain.retention import RetentionClass
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.drill.persons import Persons

NAME, MAIL = "Erika Mustermann", "erika.mustermann@example.org"
ANNA, BORIS = "customer-4711", "customer-0815"
RECEIVED = "2026-01-02T08:00:00Z"


@dataclass(frozen=True)
class Desk:
    """Who takes requests of persons, and the service that seals what it knows of them."""

    bench: Bench

    @property
    def keys(self) -> tuple[str, str, str]:
        """What wraps, what names, what signs receipts."""
        return self._in().keys

    def reference(self, subject: str, region: str = "") -> str:
        """The reference of a person, as any region makes it."""
        return self._in(region).reference(subject)

    def vault(self, region: str = "") -> DynamoDbVault:
        """The vault's table, that region's replica only."""
        return self._in(region).vault

    def sealing(self, region: str = "") -> SubjectVault:
        """What the service seals and opens by, in a region."""
        return self._in(region).sealing()

    def _in(self, region: str = "") -> Persons:
        return Persons(self.bench.installation, region or self.bench.home)

    def request(self, subject: str = ANNA, **more: Any) -> dict[str, Any]:
        """The input that erases a person."""
        return {
            "mode": "execute",
            "request": "DSAR-2026-0042",
            "subject": self.reference(subject),
            "received": RECEIVED,
            "identity": {"method": "signed-in", "by": "privacy desk", "at": RECEIVED},
            **more,
        }

    def seal(self, subject: str, count: int, *, region: str = "", first: int = 0) -> list[Entry]:
        """So many entries about a person, each with sealed fields, in the region's log."""
        reference, sealing = self.reference(subject), self.sealing(region)
        now_ms = int(self.bench.aws.scheduler.now * 1000)
        entries = []
        for number in range(first, first + count):
            event = f"evt-{reference[:4]}-{number:06d}"
            fields = {"name": f"{NAME} {subject}", "mail": MAIL}
            sealed = sealing.seal_fields(reference, event, fields, happened_ms=now_ms)
            entries.append(
                Entry(
                    event=event,
                    time_ms=now_ms + number,
                    actor="svc:router",
                    action="answer",
                    target="eu-central-1/direct",
                    purpose="answer the request",
                    legal_basis=LegalBasis.CONTRACT,
                    outcome="ok",
                    retention=RetentionClass.OPERATIONS,
                    subject=sealed.subject,
                    personal_key=sealed.personal_key,
                    personal=dict(sealed.personal),
                )
            )
        self.log(entries, region)
        return entries

    def log(self, entries: Sequence[Entry], region: str = "") -> None:
        """Put entries into a region's log as segments, as its sealer would."""
        where = region or self.bench.home
        store = self.store(where, "log/")
        anchor = self.bench.installation.gate.anchor(where)
        for at in range(0, len(entries), SEGMENT_ENTRIES_MAX):
            segment, head = build(entries[at : at + SEGMENT_ENTRIES_MAX]), anchor.read()
            store.put_if_absent(segment_key(head.size), segment.body)
            assert anchor.swap(head, head.after(size=head.size + 1))

    def store(self, region: str, prefix: str = "") -> S3TrailStore:
        """A region's trail bucket."""
        bucket = self.bench.installation.stacks[region].outputs["TrailBucket"]
        return S3TrailStore(
            bucket=bucket, prefix=prefix, client=self.bench.aws.client("s3", region)
        )
