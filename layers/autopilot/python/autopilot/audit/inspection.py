"""Fetches segments and inspects them: one by one, in threads, or in processes of their own.

A process opens the store itself and fetches what it inspects, so that only manifests and what was
found pass between processes. Results come in the order of the log; what is under way is bounded.
"""

from __future__ import annotations

import gc
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import islice
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from typing import Final, TypeAlias

from autopilot.audit.damage import Damage
from autopilot.audit.inspect_segment import check, check_entries
from autopilot.audit.layout import TILE_WIDTH, segment_key
from autopilot.audit.segment import Manifest
from autopilot.audit.tiles import LogReader, MissingTile
from autopilot.errors import Transient
from autopilot.ports.trail import Stored, TrailStore

Inspected: TypeAlias = tuple[Manifest, Damage | None]

_AHEAD: Final = 4  #: tasks under way for each thread or process
_TOGETHER: Final = 12  #: segments in a task of another process; a task costs as one of them
_FETCHED: Final = 2  #: tasks whose segments a process has, or waits for: the next comes meanwhile
_KEPT_BYTES: Final = 16 * 1024 * 1024  #: of memory that is used again: 10,000 entries inflated


@dataclass(frozen=True, slots=True)
class Inspector:
    """Compares the segments of a log of `size` with their manifests."""

    store: TrailStore
    size: int
    full: bool  #: every entry, not only the stored bytes

    def inspect(self, manifest: Manifest) -> Inspected:
        """What is wrong with one segment, if anything is."""
        return manifest, self.judge(manifest, self.fetch(manifest))

    def fetch(self, manifest: Manifest) -> Stored | None:
        """What lies in its place."""
        return self.store.get(segment_key(manifest.index))

    def judge(self, manifest: Manifest, stored: Stored | None) -> Damage | None:
        """What is wrong with what lies there."""
        damage = check(manifest, stored, owner=self._owner)
        if damage is None and stored is not None and self.full:
            damage = check_entries(manifest, stored.body)
        return damage

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
        waiting: deque[Future[Inspected]] = deque()
        for manifest in manifests:
            waiting.append(pool.submit(inspector.inspect, manifest))
            if len(waiting) >= threads * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@dataclass(frozen=True, slots=True)
class Workshop:
    """How a process sets itself up: `opened` opens the store, `threads` fetch from it."""

    opened: Callable[[], TrailStore]
    size: int
    threads: int


def in_processes(
    manifests: Iterator[Manifest], workshop: Workshop, processes: int
) -> Iterator[Inspected]:
    """Inspect every entry with so many processes, in turns, several segments to a task.

    A pool of `concurrent.futures` would take an eighth longer over a day: its queues have threads
    of their own, which take the processor in turns with what they serve.
    """
    try:
        yield from _in_turns(manifests, workshop, processes)
    except (EOFError, ConnectionError) as error:
        message = "a process that inspects segments came to an end; try again with fewer of them"
        raise Transient(message) from error


def _in_turns(
    manifests: Iterator[Manifest], workshop: Workshop, processes: int
) -> Iterator[Inspected]:
    with ExitStack() as stack:
        workers: list[Connection] = []
        waiting: deque[tuple[Connection, list[Manifest]]] = deque()
        for turn, group in enumerate(_groups(manifests)):
            if turn < processes:  # it begins while the next one is made
                workers.append(stack.enter_context(_worker(workshop)))
            worker = workers[turn % processes]
            if len(waiting) >= processes * _AHEAD:
                yield from _answer(*waiting.popleft())
            worker.send(group)
            waiting.append((worker, group))
        while waiting:
            yield from _answer(*waiting.popleft())


@contextmanager
def _worker(workshop: Workshop) -> Iterator[Connection]:
    """A process that answers each group of manifests with what is wrong, until it is not needed."""
    ours, theirs = Pipe()
    process = Process(target=_work, args=(theirs, workshop), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        process.kill()  # it only reads, so there is nothing that it would have to finish
        process.join()


def _work(connection: Connection, workshop: Workshop) -> None:
    """What a process does: one group after the other, until it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who interrupts the first process ends this one
    gc.freeze()  # what was forked is not looked through: that would copy every page of it
    _keep_memory()
    inspector = Inspector(workshop.opened(), workshop.size, full=True)
    begun: deque[tuple[list[Manifest], Iterator[Stored | None]]] = deque()
    with ThreadPoolExecutor(workshop.threads) as threads:
        fetched = threads.map if workshop.threads > 1 else map
        while True:
            while not begun or (len(begun) < _FETCHED and connection.poll()):
                group = connection.recv()
                begun.append((group, fetched(inspector.fetch, group)))
            connection.send(_judged(inspector, *begun.popleft()))


def _judged(
    inspector: Inspector, group: Iterable[Manifest], stored: Iterable[Stored | None]
) -> list[Damage | None] | Exception:
    try:
        return [inspector.judge(*each) for each in zip(group, stored, strict=True)]
    except Exception as error:  # noqa: BLE001 - it is raised where the answer is read
        return error


def _answer(worker: Connection, group: Sequence[Manifest]) -> Iterator[Inspected]:
    answer: list[Damage | None] | Exception = worker.recv()
    if isinstance(answer, Exception):
        raise answer
    return zip(group, answer, strict=True)


@cache
def _keep_memory() -> None:
    """Let the allocator keep what segments are inflated into; it would cost a third of a full pass.

    The one of glibc hands large blocks back when they are freed, and the kernel clears each page of
    the next one anew. It keeps those that are no larger than the largest that was ever freed
    (mallopt(3), M_MMAP_THRESHOLD): this one, never touched; a second would be. Elsewhere it changes
    nothing.
    """
    bytes(_KEPT_BYTES)


def _groups(manifests: Iterator[Manifest]) -> Iterator[list[Manifest]]:
    while group := list(islice(manifests, _TOGETHER)):
        yield group
