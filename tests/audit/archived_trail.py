"""A log that was moved into two copies of its archive, and what can be done to one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from autopilot.audit import pack
from autopilot.audit.damage import Kind
from autopilot.audit.layout import segment_key
from autopilot.audit.pack import PackName
from autopilot.audit.segment import compress, sha256_of
from autopilot.audit.tiered import TieredTrail
from autopilot.audit.verify import Scope, Verification, verify
from autopilot.domain.retention import RetentionClass
from autopilot.ports.trail import Listed, Stored, TrailStore
from tests.audit.memory_trail import KEY, MemoryStore, MemoryTrail, entry, manifests, packed

DAY_MS = 86_400_000
HOME, STANDBY = "eu-central-1", "eu-west-1"
CLASSES = (RetentionClass.OPERATIONS, RetentionClass.LEGAL)


class ReadStore(MemoryStore):
    """Tells which keys were read, one after the other, and how often it was listed."""

    def __init__(self) -> None:
        """Nothing was read."""
        super().__init__()
        self.read: list[str] = []
        self.listed = 0

    def get(self, key: str) -> Stored | None:
        """What lies under `key`, or None."""
        self.read.append(key)
        return super().get(key)

    def objects(self, prefix: str = "") -> Iterator[Listed]:
        """Every key that begins with `prefix`."""
        self.listed += 1
        return super().objects(prefix)


class SilentStore(MemoryStore):
    """A copy that answers nothing, or says no."""

    def __init__(self, said: Exception, *, lists: MemoryStore | None = None) -> None:
        """Raise `said` at each read, and at each listing unless `lists` has one."""
        super().__init__()
        self.asked = 0
        self._said = said
        self._lists = lists

    def get(self, key: str) -> Stored | None:  # noqa: ARG002 - as the port has it
        """No answer."""
        self.asked += 1
        raise self._said

    def objects(self, prefix: str = "") -> Iterator[Listed]:
        """A list, or no answer."""
        if self._lists is not None:
            return self._lists.objects(prefix)
        self.asked += 1
        raise self._said


@dataclass
class Archived:
    """A log that was moved, and its two copies."""

    trail: MemoryTrail
    home: ReadStore
    standby: ReadStore

    def tiered(self) -> TieredTrail:
        """The log as it is read."""
        return TieredTrail(self.trail.store, {HOME: self.home, STANDBY: self.standby})

    def verify(self, **scope: object) -> Verification:
        """What a verification of it finds."""
        return verified(self.tiered(), self, **scope)

    def names(self) -> list[PackName]:
        """The packs of the log, as its manifests have them."""
        return pack.names(manifests(self.trail))


def verified(store: TrailStore, of: Archived, **scope: object) -> Verification:
    """A verification over any store, against the log's key and anchor."""
    return verify(store, KEY, of.trail.anchor.head, scope=Scope(**scope))  # type: ignore[arg-type]


def moved() -> Archived:
    """Three days of two classes, two segments of each a day; the third day is in the log still."""
    trail, home, standby = MemoryTrail(), ReadStore(), ReadStore()
    for day in range(3):
        for number in range(4):
            kept = CLASSES[number % 2]
            trail.seal([entry(day * 100 + number * 10 + each, retention=kept) for each in range(3)])
        trail.clock.at_ms += DAY_MS
    for name in pack.names(manifests(trail))[:4]:
        for place in (home, standby):
            place.put(name.key, packed(trail, name))
    for index in range(8):
        del trail.store.versions[segment_key(index)]
    return Archived(trail, home, standby)


def told(found: Verification) -> list[tuple[str | None, str, Kind]]:
    """Each damage by its copy, key and kind."""
    return [(each.copy, each.key, each.kind) for each in found.damages]


def present(store: MemoryStore, name: PackName) -> bytes:
    """What lies there now."""
    stored = store.get(name.key)
    assert stored is not None
    return stored.body


def missing(store: MemoryStore, name: PackName) -> None:
    """With all its versions."""
    del store.versions[name.key]


def hidden(store: MemoryStore, name: PackName) -> None:
    """A mark over it, which a lock does not stop."""
    store.hide(name.key)


def overlaid(store: MemoryStore, name: PackName) -> None:
    """Another version over it, of the very same size."""
    body = bytearray(present(store, name))
    body[-1] ^= 1
    store.put(name.key, bytes(body))


def cut(store: MemoryStore, name: PackName) -> None:
    """A version that ends early."""
    store.put(name.key, present(store, name)[:-9])


def lengthened(store: MemoryStore, name: PackName) -> None:
    """A version with a forged segment behind the others."""
    store.put(name.key, present(store, name) + compress([entry(9).line()]))


def forged(store: MemoryStore, name: PackName) -> None:
    """A pack that is whole in itself, of segments that were never sealed."""
    read = pack.read(present(store, name))
    body = compress([entry(999).line()])
    made = [replace(each, sha256=sha256_of(body), stored_bytes=len(body)) for each, _ in read]
    store.put(name.key, pack.build([(each, body) for each in made]))


def renamed(store: MemoryStore, name: PackName) -> None:
    """Another pack of the same log in its place."""
    other = next(key for key in store.versions if key != name.key)
    store.put(name.key, store.versions[other][0][1] or b"")


ATTACKS: dict[str, tuple[Callable[[MemoryStore, PackName], None], Kind]] = {
    "missing": (missing, Kind.COPY_MISSING),
    "hidden": (hidden, Kind.COPY_MISSING),
    "overlaid": (overlaid, Kind.COPY_CHANGED),
    "cut": (cut, Kind.COPY_CHANGED),
    "lengthened": (lengthened, Kind.COPY_CHANGED),
    "forged": (forged, Kind.COPY_MISNAMED),
    "renamed": (renamed, Kind.COPY_MISNAMED),
}
