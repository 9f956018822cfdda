"""Compares every copy of a log's archive with the packs that the log has, and with each other.

Daily on the store's word: each copy's list of keys must have every pack, of the size that follows
from the manifests, with the same digest as in the other copies, and nothing else. As the walk reads
every pack from one of the copies, and a digest that the store keeps changes with the bytes, this
needs no second reading. Only what does not agree is read, and then its bytes decide: so a list that
is old by a moment, or a digest that is none, accuses nobody. In a full pass every copy is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from autopilot.audit.copies import Copy, damaged, misnamed, segments_in
from autopilot.audit.damage import Damage, Kind
from autopilot.audit.layout import segment_key
from autopilot.audit.pack import PackName, names, size_of
from autopilot.audit.segment import Manifest
from autopilot.audit.tiered import TieredTrail
from autopilot.domain.retention import DAY_MS

_READ_AT_ONCE: Final = 4  #: packs of 16 MB
_WRONG_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which packs are judged, and how closely."""

    covers: Callable[[Manifest], bool]  #: whether the segment is one that is asked for
    has_ended: Callable[[Manifest], bool]  #: whether it was let go, so that it may be gone
    full: bool  #: every byte of every copy
    threads: int


class CopyCheck:
    """One walk over the log's manifests, day by day; then what is left in the copies.

    Memory is a day of manifests and the names of the packs. Of a copy of which a thousand packs are
    wrong no more are looked at.
    """

    def __init__(self, trail: TieredTrail, wanted: Wanted) -> None:
        """List nothing yet."""
        self._trail = trail
        self._wanted = wanted
        self._size = 0  #: of the log, as far as it was walked
        self._day: list[Manifest] = []
        self._unclaimed: dict[str, set[PackName]] = {}
        self._damages: list[Damage] = []
        self._wrong: Counter[str] = Counter()  #: damages by copy

    def watch(self, manifests: Iterator[Manifest]) -> Iterator[Manifest]:
        """Pass the log's manifests on, all of them in order, and judge each day that is over."""
        self._unclaimed = {copy.name: set(copy.present()) for copy in self._trail.copies}
        if not any(copy.listed for copy in self._trail.copies):
            yield from manifests
            return
        for manifest in manifests:
            if self._day and self._day[0].sealed_ms // DAY_MS != manifest.sealed_ms // DAY_MS:
                self._judge_day()
            self._day.append(manifest)
            self._size = manifest.index + 1
            yield manifest
        self._judge_day()

    def conclude(self) -> Iterator[Damage]:
        """Everything that was found: in packs, in the reading meanwhile, and beside the packs."""
        named = {(damage.copy, damage.key) for damage in self._damages}
        yield from self._damages
        faults = self._trail.faults.values()
        yield from (each for each in faults if (each.copy, each.key) not in named)
        for copy in self._trail.copies:
            yield from self._beside(copy)

    def unread(self) -> dict[str, str]:
        """The copies that did not answer, each with the reason: nothing is known of them."""
        return {copy.name: copy.unread for copy in self._trail.copies if copy.unread}

    def states(self) -> dict[str, str]:
        """Every copy: unread, or whole as long as nothing else is concluded."""
        return {copy.name: "unread" if copy.unread else "whole" for copy in self._trail.copies}

    def _judge_day(self) -> None:
        day, self._day = self._day, []
        suspects = [
            (copy, name, manifests)
            for name in names(day)
            for manifests in [_of(name, day)]
            for copy in self._suspects(name, manifests)
        ]
        threads = min(self._wanted.threads, _READ_AT_ONCE)
        if threads == 1 or not suspects:
            found = [self._read(*each) for each in suspects]
        else:
            with ThreadPoolExecutor(threads) as pool:
                found = list(pool.map(lambda each: self._read(*each), suspects))
        self._damages += filter(None, found)
        self._wrong.update(str(damage.copy) for damage in found if damage is not None)

    def _suspects(self, name: PackName, manifests: Sequence[Manifest]) -> list[Copy]:
        """The copies whose pack must be read, because their lists do not tell that it is whole."""
        for unclaimed in self._unclaimed.values():
            unclaimed.discard(name)
        answering = [copy for copy in self._trail.copies if self._is_judged(copy)]
        if not self._is_wanted(manifests) or not any(name in copy.listed for copy in answering):
            return []  # in no copy: it lies in the log still, or is lost, which the walk finds
        if self._wanted.full:
            return answering
        listed = [copy.listed.get(name) for copy in answering]
        digests = {each.md5 for each in listed if each is not None}
        agreed = len(listed) == 1 or (len(digests) == 1 and "" not in digests)
        size = size_of(manifests)
        return [
            copy
            for copy, each in zip(answering, listed, strict=True)
            if each is None or each.bytes != size or not agreed
        ]

    def _is_judged(self, copy: Copy) -> bool:
        return not copy.unread and self._wrong[copy.name] < _WRONG_MAX

    def _is_wanted(self, manifests: Sequence[Manifest]) -> bool:
        wanted = self._wanted
        return any(wanted.covers(each) and not wanted.has_ended(each) for each in manifests)

    def _read(self, copy: Copy, name: PackName, manifests: Sequence[Manifest]) -> Damage | None:
        """What is wrong with a copy's pack by what lies there now."""
        body = copy.get(name)
        if copy.unread:
            return None
        if body is None:
            return self._absent(copy, name, manifests)
        found = segments_in(copy, name, body)
        if isinstance(found, Damage):
            return found
        is_same = [manifest for manifest, _ in found] == manifests
        return None if is_same else misnamed(copy, name, found)

    def _absent(self, copy: Copy, name: PackName, manifests: Sequence[Manifest]) -> Damage | None:
        """No damage as long as the log itself has every segment: then the pack is on its way."""
        if all(self._is_in_log(each.index) for each in manifests):
            return None
        listed = copy.listed.get(name)
        got = "a mark of deletion" if listed is not None and listed.deleted else "nothing"
        message = f"expected a pack of {size_of(manifests)} bytes, got {got}"
        return damaged(copy, name.key, Kind.COPY_MISSING, message)

    def _is_in_log(self, index: int) -> bool:
        return next(self._trail.present(segment_key(index)), None) is not None

    def _beside(self, copy: Copy) -> Iterator[Damage]:
        """What lies in a copy and is no pack of the log."""
        if copy.unread:
            return
        for name in sorted(self._unclaimed[copy.name]):
            size = copy.listed[name].bytes
            if name.first < self._size:
                message = f"{size} bytes under a name whose segments lie in other packs of the log"
                yield damaged(copy, name.key, Kind.COPY_OVERLAPS, message)
            else:
                message = f"{size} bytes under a name whose segments the log does not have"
                yield damaged(copy, name.key, Kind.COPY_EXTRA, message)
        for listed in copy.others:
            message = f"{listed.bytes} bytes that are no pack"
            yield damaged(copy, listed.key, Kind.COPY_EXTRA, message)
        if copy.more_others:
            message = f"{copy.more_others} more objects that are no packs"
            yield damaged(copy, "", Kind.COPY_EXTRA, message)


def _of(name: PackName, day: Sequence[Manifest]) -> list[Manifest]:
    """Those of a pack among the manifests of its day."""
    return [
        each
        for each in day
        if name.first <= each.index <= name.last and each.retention == name.retention.value
    ]
