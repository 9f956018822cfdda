"""Keys in the clear, for a bounded time and number, wiped when they leave."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, Protocol, TypeVar

from autopilot.ports import Clock


class Wipeable(Protocol):
    """Something secret that can be overwritten."""

    def wipe(self) -> None:
        """Overwrite it."""
        ...


Secret = TypeVar("Secret", bound=Wipeable)


class KeyCache(Generic[Secret]):
    """The least recently kept secret goes first; none is found after its time.

    A secret's time counts from when it was unwrapped, never from its last use: however busy a
    person is, keys that were destroyed are used from here for `seconds_max` at most. They are wiped
    at the first use of the cache after that: a function that is frozen meanwhile wipes nothing.
    """

    def __init__(self, clock: Clock, *, seconds_max: int, secrets_max: int) -> None:
        """Keep at most `secrets_max`, each for at most `seconds_max`."""
        self._clock = clock
        self._time_ms = seconds_max * 1000
        self._secrets_max = secrets_max
        self._kept: OrderedDict[str, tuple[int, Secret]] = OrderedDict()

    def __len__(self) -> int:
        """How many are held now."""
        return len(self._kept)

    def find(self, name: str) -> Secret | None:
        """The secret of that name, unless its time is over; wipes every one whose time is."""
        self._drop_old()
        kept = self._kept.get(name)
        return kept[1] if kept else None

    def keep(self, name: str, secret: Secret) -> None:
        """Hold `secret`, and wipe what has to go for it."""
        self._drop_old()
        if name in self._kept:
            self._kept.pop(name)[1].wipe()
        while len(self._kept) >= self._secrets_max:
            self._kept.popitem(last=False)[1][1].wipe()
        self._kept[name] = (self._clock.now_ms() + self._time_ms, secret)

    def clear(self) -> None:
        """Wipe everything."""
        while self._kept:
            self._kept.popitem()[1][1].wipe()

    def _drop_old(self) -> None:
        """In order of keeping, which is the order of expiry."""
        now_ms = self._clock.now_ms()
        while self._kept and next(iter(self._kept.values()))[0] <= now_ms:
            self._kept.popitem(last=False)[1][1].wipe()
