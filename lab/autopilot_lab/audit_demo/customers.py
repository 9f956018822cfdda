"""The managed service's side: customers, and what the service reports about them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from autopilot.adapters.dynamodb_vault import DynamoDbVault
from autopilot.adapters.kms_keys import KmsKeyWrapper, KmsReferences
from autopilot.adapters.system_clock import SystemClock
from autopilot.audit.key_cache import KeyCache
from autopilot.audit.vault import Sealed, SubjectKeys, SubjectVault
from autopilot.domain.erasure import KEY_CACHE_SECONDS
from autopilot_lab.drill.installation import Installation

_STARTED_BY: Final = "svc:router"


@dataclass(frozen=True)
class Customers:
    """So many persons, and the service that seals what it reports about each."""

    installation: Installation
    count: int

    @cached_property
    def keys(self) -> tuple[str, str, str]:
        """Ids in KMS: what wraps, what names, what signs receipts."""
        client = self.installation.aws.client("lambda", self.region)
        name = f"{self.installation.profile.service.name}-erase-subject"
        found = client.get_function_configuration(FunctionName=name)
        wraps, names, signs = found["Environment"]["Variables"]["SUBJECT_KEYS"].split(",")
        return wraps, names, signs

    @property
    def region(self) -> str:
        """Home."""
        return self.installation.regions[0]

    @cached_property
    def cache(self) -> KeyCache[SubjectKeys]:
        """Keys in the clear, for as long as the service may keep them."""
        clock = SystemClock()
        return KeyCache(clock, seconds_max=KEY_CACHE_SECONDS, secrets_max=self.count)

    @cached_property
    def vault(self) -> DynamoDbVault:
        """The vault's table."""
        service = self.installation.profile.service.name
        client = self.installation.aws.client("dynamodb", self.region)
        return DynamoDbVault(clients=[client], table=f"{service}-vault", service=service)

    @cached_property
    def sealing(self) -> SubjectVault:
        """What the service seals by, with its cache."""
        return self._vault_with(self.cache)

    @cached_property
    def opening(self) -> SubjectVault:
        """What opens without a cache: it asks for the keys each time."""
        return self._vault_with(None)

    @cached_property
    def references(self) -> list[str]:
        """Each customer's reference, in order."""
        client = self.installation.aws.client("kms", self.region)
        service = self.installation.profile.service.name
        named = KmsReferences(client=client, key_id=self.keys[1], service=service)
        return [named.reference(self.id(number)) for number in range(self.count)]

    @staticmethod
    def id(number: int) -> str:
        """The service's own id of a customer."""
        return f"customer-{number:05d}"

    @staticmethod
    def fields(number: int) -> dict[str, str]:
        """What the service knows of a customer: made up."""
        return {"name": f"Erika Muster{number:05d}", "mail": f"erika.{number:05d}@example.org"}

    def event(self, number: int, time_ms: int) -> bytes:
        """One event of the service, its personal fields sealed: a line of a message."""
        person = number % self.count
        event = f"evt-{number:07d}"
        sealed = self.sealing.seal_fields(
            self.references[person], event, self.fields(person), happened_ms=time_ms
        )
        return _line(event, time_ms, sealed)

    def messages(self, entries: int, per_message: int, start_ms: int) -> Iterator[str]:
        """So many events in messages of so many lines, a millisecond apart."""
        for first in range(0, entries, per_message):
            numbers = range(first, min(first + per_message, entries))
            yield b"\n".join(self.event(each, start_ms + each) for each in numbers).decode()

    def _vault_with(self, cache: KeyCache[SubjectKeys] | None) -> SubjectVault:
        wrapper = KmsKeyWrapper(
            client=self.installation.aws.client("kms", self.region),
            key_id=self.keys[0],
            service=self.installation.profile.service.name,
        )
        return SubjectVault(
            vault=self.vault,
            wrapper=wrapper,
            register=self.installation.gate.erasures,
            clock=SystemClock(),
            cache=cache,
        )


def _line(event: str, time_ms: int, sealed: Sealed) -> bytes:
    members = {
        "event": event,
        "time_ms": time_ms,
        "actor": _STARTED_BY,
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
