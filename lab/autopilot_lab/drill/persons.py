"""Persons of the simulated service: what it seals about them, and what can still be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from autopilot.adapters.dynamodb_vault import DynamoDbVault
from autopilot.adapters.kms_keys import KmsKeyWrapper, KmsReferences
from autopilot.adapters.system_clock import SystemClock
from autopilot.audit.entry import Entry, parse_line
from autopilot.audit.inbox import WAITING
from autopilot.audit.key_cache import KeyCache
from autopilot.audit.layout import segment_key
from autopilot.audit.segment import inflate
from autopilot.audit.vault import Erased, Sealed, SubjectKeys, SubjectVault
from autopilot_lab.drill.installation import Installation

#: Made up; drills look for them afterwards.
NAME: Final = "Erika Mustermann"
MAIL: Final = "erika.mustermann@example.org"


@dataclass(frozen=True)
class Persons:
    """The service's way to the keys of persons, in one region."""

    installation: Installation
    region: str

    @cached_property
    def keys(self) -> tuple[str, str, str]:
        """Ids in KMS: what wraps, what names, what signs receipts."""
        client = self.installation.aws.client("lambda", self.region)
        found = client.get_function_configuration(FunctionName=f"{self._service}-erase-subject")
        wraps, names, signs = found["Environment"]["Variables"]["SUBJECT_KEYS"].split(",")
        return wraps, names, signs

    @cached_property
    def vault(self) -> DynamoDbVault:
        """The vault's table, this region's replica only."""
        client = self.installation.aws.client("dynamodb", self.region)
        return DynamoDbVault(
            clients=[client], table=f"{self._service}-vault", service=self._service
        )

    def reference(self, person: str) -> str:
        """The reference of the service's own id of a person."""
        client = self.installation.aws.client("kms", self.region)
        named = KmsReferences(client=client, key_id=self.keys[1], service=self._service)
        return named.reference(person)

    def sealing(self, cache: KeyCache[SubjectKeys] | None = None) -> SubjectVault:
        """What seals and opens; without a cache it asks for the keys each time."""
        wrapper = KmsKeyWrapper(
            client=self.installation.aws.client("kms", self.region),
            key_id=self.keys[0],
            service=self._service,
        )
        return SubjectVault(
            vault=self.vault,
            wrapper=wrapper,
            register=self.installation.gate.erasures,
            clock=SystemClock(),
            cache=cache,
        )

    def report(self, person: str, count: int) -> None:
        """Send so many events about a person by the queue, their personal fields sealed."""
        now_ms = int(self.installation.aws.scheduler.now * 1000)
        reference, sealing = self.reference(person), self.sealing()
        lines = []
        for number in range(count):
            event = f"{person}-{now_ms}-{number:04d}"
            fields = {"name": NAME, "mail": MAIL}
            sealed = sealing.seal_fields(reference, event, fields, happened_ms=now_ms)
            lines.append(line_of(event, now_ms, sealed))
        queue = self.installation.stacks[self.region].outputs["TrailEvents"].rpartition("/")[2]
        client = self.installation.aws.client("sqs", self.region)
        url = client.get_queue_url(QueueName=queue)["QueueUrl"]
        client.send_message(QueueUrl=url, MessageBody=b"\n".join(lines).decode())

    def readable(self, person: str) -> int:
        """How many entries about a person can be read, in any trail, with the keys there are."""
        try:
            with self.sealing().opened(self.reference(person)) as reader:
                return sum(
                    bool(
                        reader.fields(event=each.event, key=each.personal_key, sealed=each.personal)
                    )
                    for each in self._entries(person)
                    if each.subject == reader.pseudonym
                )
        except Erased:
            return 0

    def _entries(self, person: str) -> Iterator[Entry]:
        wanted = f'"event":"{person}-'.encode()
        for region in self.installation.regions:
            log, inbox = self.installation.trail(region), self.installation.inbox(region)
            size = self.installation.gate.anchor(region).read().size
            keys = [(log, segment_key(index)) for index in range(size)]
            keys += [(inbox, key) for key in inbox.present(WAITING)]
            for store, key in keys:
                stored = store.get(key)
                for line in inflate(stored.body) if stored else ():
                    if wanted in line:
                        yield parse_line(line)

    @property
    def _service(self) -> str:
        return self.installation.profile.service.name


def line_of(event: str, time_ms: int, sealed: Sealed) -> bytes:
    """One event of the service, as a line of a message."""
    members: dict[str, Any] = {
        "event": event,
        "time_ms": time_ms,
        "actor": "svc:router",
        "action": "answer",
        "target": "eu-central-1/direct",
        "purpose": "answer the request",
        "legal_basis": "contract",
        "outcome": "ok",
        "retention": "operations",
        "subject": sealed.subject,
        "personal_key": sealed.personal_key,
        "personal": dict(sealed.personal),
        "detail": {"latency_ms": time_ms % 977},
    }
    return json.dumps(members).encode()
