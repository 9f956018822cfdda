"""The managed service's side: customers, and what the service reports about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from autopilot.adapters.system_clock import SystemClock
from autopilot.audit.key_cache import KeyCache
from autopilot.audit.vault import SubjectKeys, SubjectVault
from autopilot.domain.erasure import KEY_CACHE_SECONDS
from autopilot_lab.drill.persons import Persons, line_of


@dataclass(frozen=True)
class Customers:
    """So many persons, and the service that seals what it reports about each."""

    persons: Persons
    count: int

    @cached_property
    def cache(self) -> KeyCache[SubjectKeys]:
        """Keys in the clear, for as long as the service may keep them."""
        clock = SystemClock()
        return KeyCache(clock, seconds_max=KEY_CACHE_SECONDS, secrets_max=self.count)

    @cached_property
    def sealing(self) -> SubjectVault:
        """What the service seals by, with its cache."""
        return self.persons.sealing(self.cache)

    @cached_property
    def references(self) -> list[str]:
        """Each customer's reference, in order."""
        return [self.persons.reference(self.id(number)) for number in range(self.count)]

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
        return line_of(event, time_ms, sealed)

    def messages(self, entries: int, per_message: int, start_ms: int) -> Iterator[str]:
        """So many events in messages of so many lines, a millisecond apart."""
        for first in range(0, entries, per_message):
            numbers = range(first, min(first + per_message, entries))
            yield b"\n".join(self.event(each, start_ms + each) for each in numbers).decode()
