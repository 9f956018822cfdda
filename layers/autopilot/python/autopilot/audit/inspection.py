"""Fetches segments and inspects them: one by one, in threads, or in processes of their own.

A process opens the store itself and fetches what it inspects, so that only manifests and what was
found pass between processes. Results come in the order of the log; what is under way is bounded.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import ClassVar, Final, TypeAlias, TypeVar

from autopilot.audit.damage import Damage
from autopilot.audit.inspect_segment import check, check_entries
from autopilot.audit.layout import TILE_WIDTH, segment_key
from autopilot.audit.segment import Manifest
from autopilot.audit.tiles import LogReader, MissingTile
from autopilot.ports.trail import Stored, TrailStore

Inspected: TypeAlias = tuple[Manifest, Damage | None]
Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD: Final = 4  #: tasks under way for each thread or process
_TOGETHER: Final = 12  #: segments in a task of another process; a task costs as one of them
_KEPT_BYTES: Final = 16 * 1024 * 1024  #: of memory that is used again: 10,000 entries inflated


@dataclass(frozen=True, slots=True)
class Inspector:
    """Compares the segments of a log of `size` with their manifests."""

    store: TrailStore
    size: int
    full: bool  #: every entry, not only the stored bytes

    def inspect(self, manifest: Manifest) -> Inspected:
        """What is wrong with one segment."""
        return self.judge(manifest, self.fetch(manifest))

    def fetch(self, manifest: Manifest) -> Stored | None:
        """What lies in its place."""
        return self.store.get(segment_key(manifest.index))

    def judge(self, manifest: Manifest, stored: Stored | None) -> Inspected:
        """What is wrong with what lies there."""
        damage = check(manifest, stored, owner=self._owner)
        if damage is None and stored is not None and self.full:
            damage = check_entries(manifest, stored.body)
        return manifest, damage

    def _owner(self, sha256: str) -> int | None:
        """Which segment of the log has this hash; a walk of its own, made for damage only."""
        log = LogReader(self.store, self.size)
        for index in range(-(-self.size // TILE_WIDTH)):
            try:
                leaves = log.leaves(index)
            except MissingTile:
                continue
            for leaf in leaves:
                if sha256.encode() in leaf:
                    return Manifest.parse(leaf).index
        return None


def in_threads(
    manifests: Iterable[Manifest], inspector: Inspector, threads: int
) -> Iterator[Inspected]:
    """Inspect with so many threads; with one, in this one."""
    if inspector.full:
        _keep_memory()
    if threads == 1:
        yield from map(inspector.inspect, manifests)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from _ahead(manifests, inspector.inspect, pool, threads)


@dataclass(frozen=True, slots=True)
class Workshop:
    """How a process sets itself up: `opened` opens the store, `threads` fetch from it."""

    opened: Callable[[], TrailStore]
    size: int
    threads: int


def in_processes(
    manifests: Iterator[Manifest], workshop: Workshop, processes: int
) -> Iterator[Inspected]:
    """Inspect every entry with so many processes, several segments to a task."""
    with ProcessPoolExecutor(processes, initializer=_Worker.begin, initargs=(workshop,)) as pool:
        for group in _ahead(_groups(manifests), _Worker.inspect, pool, processes):
            yield from group


class _Worker:
    """What a process keeps from task to task."""

    inspector: ClassVar[Inspector]
    threads: ClassVar[ThreadPoolExecutor | None]

    @classmethod
    def begin(cls, workshop: Workshop) -> None:
        """Open the store once, for all tasks."""
        _keep_memory()
        gc.freeze()  # what was forked is not looked through: that would copy every page of it
        cls.inspector = Inspector(workshop.opened(), workshop.size, full=True)
        cls.threads = ThreadPoolExecutor(workshop.threads) if workshop.threads > 1 else None

    @classmethod
    def inspect(cls, manifests: Sequence[Manifest]) -> list[Inspected]:
        """Fetch in threads, inspect in the process's first: hashing entries needs the lock."""
        if cls.threads is None:
            return list(map(cls.inspector.inspect, manifests))
        stored = cls.threads.map(cls.inspector.fetch, manifests)
        return list(map(cls.inspector.judge, manifests, stored))


@cache
def _keep_memory() -> None:
    """Let the allocator keep what segments are inflated into; it would cost a third of a full pass.

    The one of glibc hands large blocks back when they are freed, and the kernel clears each page of
    the next one anew. It keeps those that are no larger than the largest that was ever freed
    (mallopt(3), M_MMAP_THRESHOLD): this one, never touched; a second would be. Elsewhere it changes
    nothing.
    """
    bytes(_KEPT_BYTES)


def _ahead(
    items: Iterable[Item], task: Callable[[Item], Result], pool: Executor, hands: int
) -> Iterator[Result]:
    """Results in order, with a bounded number of items under way for each of the pool's hands."""
    waiting: deque[Future[Result]] = deque()
    for item in items:
        waiting.append(pool.submit(task, item))
        if len(waiting) >= hands * _AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _groups(manifests: Iterator[Manifest]) -> Iterator[list[Manifest]]:
    while group := list(islice(manifests, _TOGETHER)):
        yield group
