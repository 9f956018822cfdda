"""One copy of a log's archive: what it lists, what lies in it, and whether it answers at all.

A copy that does not answer once is not asked again: nothing is known of it, and a pass over a
thousand packs must not wait for it a thousand times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from autopilot.audit.damage import Damage, Kind
from autopilot.audit.pack import BadPack, PackName, read
from autopilot.audit.segment import Manifest
from autopilot.errors import Refused, Transient
from autopilot.ports.trail import Listed, TrailStore

OTHERS_MAX: Final = 1_000  #: objects that are no packs: remembered one by one, the rest counted


class Copy:
    """A copy by its name: the region it lies in, or the folder. It is listed when first asked."""

    def __init__(self, name: str, store: TrailStore) -> None:
        """List nothing yet."""
        self.name = name
        self.unread = ""  #: why nothing is known of it; empty as long as it answers
        self.others: list[Listed] = []  #: present objects that can be no packs
        self.more_others = 0  #: above `OTHERS_MAX`
        self._store = store
        self._listed: dict[PackName, Listed] | None = None

    @property
    def listed(self) -> Mapping[PackName, Listed]:
        """Every pack by its name, those that are hidden by a mark of deletion among them.

        One listing serves a whole pass: half a kilobyte of memory for each pack.
        """
        if self._listed is None and not self.unread:
            try:
                self._listed = self._list()
            except (Transient, Refused) as error:
                self._fall_silent(error)
        return self._listed or {}

    def present(self) -> Iterator[PackName]:
        """The packs that are there to be read."""
        return (name for name, listed in self.listed.items() if not listed.deleted)

    def get(self, name: PackName) -> bytes | None:
        """What lies in a pack's place; None when nothing does, or the copy does not answer."""
        if self.unread:
            return None
        try:
            stored = self._store.get(name.key)
        except (Transient, Refused) as error:
            self._fall_silent(error)
            return None
        return None if stored is None else stored.body

    def _list(self) -> dict[PackName, Listed]:
        found: dict[PackName, Listed] = {}
        for listed in self._store.objects():
            name = PackName.parse(listed.key)
            if name is not None:
                found[name] = listed
            elif not listed.deleted and len(self.others) < OTHERS_MAX:
                self.others.append(listed)
            else:
                self.more_others += not listed.deleted
        return found

    def _fall_silent(self, error: Transient | Refused) -> None:
        self.unread = self.unread or str(error)


def damaged(copy: Copy, key: str, kind: Kind, message: str) -> Damage:
    """What is wrong with one object of one copy."""
    return Damage(kind, key, message, copy=copy.name)


def segments_in(
    copy: Copy, name: PackName, body: bytes
) -> Sequence[tuple[Manifest, bytes]] | Damage:
    """The segments of what lies in a pack's place; or why it is no pack."""
    try:
        return read(body)
    except BadPack as error:
        return damaged(copy, name.key, Kind.COPY_CHANGED, str(error))


def misnamed(copy: Copy, name: PackName, got: Iterable[tuple[Manifest, bytes]]) -> Damage:
    """A pack that is whole in itself, and not the one that the log has under this name."""
    indices = [manifest.index for manifest, _ in got]
    message = (
        f"expected the log's segments {name.first} to {name.last}, got {len(indices)} segments,"
        f" {min(indices)} to {max(indices)}, that are not those"
    )
    return damaged(copy, name.key, Kind.COPY_MISNAMED, message)
