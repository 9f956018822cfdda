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

_AHEAD: Final = 4  #: segments under way for each thread
_TOGETHER: Final = 6  #: segments in a task of a process; handing it over costs as half of one
_SENT: Final = 3  #: tasks that another process has, so that it never waits for the next
_FETCHED: Final = 2  #: tasks whose segments a process has, or waits for: the next comes meanwhile
_WAITING_MAX: Final = 64  #: tasks whose answers are kept while an earlier one is still to come
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
    """Inspect every entry with so many processes, this one among them, several segments to a task.

    A pool of `concurrent.futures` would take an eighth longer over a day: its queues have threads
    of their own, which take the processor in turns with what they serve.
    """
    groups = iter(lambda: list(islice(manifests, _TOGETHER)), [])
    try:
        with ExitStack() as stack:
            more = (stack.enter_context(_elsewhere(workshop)) for _ in range(processes - 1))
            here = stack.enter_context(_here(workshop))
            yield from _shared_out(groups, here, more)
    except (EOFError, ConnectionError) as error:
        message = "a process that inspects segments came to an end; try again with fewer of them"
        raise Transient(message) from error


def _shared_out(
    groups: Iterable[list[Manifest]], here: _Bench, more: Iterator[_Elsewhere]
) -> Iterator[Inspected]:
    """Inspect a group here when the others have enough to do; answer in the order of the groups."""
    waiting: deque[tuple[list[Manifest], _Bench | _Elsewhere]] = deque()
    elsewhere: list[_Elsewhere] = []
    for group in groups:
        bench = _free(elsewhere, more) or here
        bench.begin(group)
        waiting.append((group, bench))
        if here.begun >= _FETCHED:
            here.work()
        while waiting and (waiting[0][1].answers or len(waiting) > _WAITING_MAX):
            yield from _answered(*waiting.popleft())
    while here.begun:
        here.work()
    for group, bench in waiting:
        yield from _answered(group, bench)


def _free(elsewhere: list[_Elsewhere], more: Iterator[_Elsewhere]) -> _Elsewhere | None:
    """A process that has room for a group: one that there is, or one that begins with it."""
    for bench in elsewhere:
        if bench.has_room():
            return bench
    for bench in more:
        elsewhere.append(bench)
        return bench
    return None


def _answered(group: Sequence[Manifest], bench: _Bench | _Elsewhere) -> Iterator[Inspected]:
    while not bench.answers:
        bench.work()
    return zip(group, bench.answers.popleft(), strict=True)


class _Bench:
    """Inspects groups in this process: one is fetched while the one before it is judged."""

    def __init__(self, workshop: Workshop, threads: ThreadPoolExecutor) -> None:
        self.answers: deque[list[Damage | None]] = deque()
        self._inspector = Inspector(workshop.opened(), workshop.size, full=True)
        self._fetched = threads.map if workshop.threads > 1 else map
        self._begun: deque[tuple[list[Manifest], Iterator[Stored | None]]] = deque()

    @property
    def begun(self) -> int:
        """How many groups it has still to judge."""
        return len(self._begun)

    def begin(self, group: list[Manifest]) -> None:
        """Take a group on."""
        self._begun.append((group, self._fetched(self._inspector.fetch, group)))

    def work(self) -> None:
        """Judge the group that was begun first."""
        fetched = zip(*self._begun.popleft(), strict=True)
        self.answers.append([self._inspector.judge(*each) for each in fetched])


@contextmanager
def _here(workshop: Workshop) -> Iterator[_Bench]:
    _keep_memory()
    with ThreadPoolExecutor(workshop.threads) as threads:
        yield _Bench(workshop, threads)


class _Elsewhere:
    """A bench in another process."""

    def __init__(self, connection: Connection) -> None:
        self.answers: deque[list[Damage | None]] = deque()
        self._connection = connection
        self._begun = 0

    def has_room(self) -> bool:
        """Whether it may run out of work before it is asked again."""
        while self._begun and self._connection.poll():
            self.work()
        return self._begun < _SENT

    def begin(self, group: list[Manifest]) -> None:
        """Send it a group."""
        self._connection.send(group)
        self._begun += 1

    def work(self) -> None:
        """Wait for the answer to the group that was sent first; raise what it raised."""
        answer: list[Damage | None] | Exception = self._connection.recv()
        self._begun -= 1
        if isinstance(answer, Exception):
            raise answer
        self.answers.append(answer)


@contextmanager
def _elsewhere(workshop: Workshop) -> Iterator[_Elsewhere]:
    """A process that answers each group of manifests with what is wrong, until it is not needed."""
    ours, theirs = Pipe()
    process = Process(target=_serve, args=(theirs, workshop), daemon=True)
    process.start()
    theirs.close()
    try:
        yield _Elsewhere(ours)
    finally:
        process.kill()  # it only reads, so there is nothing that it would have to finish
        process.join()


def _serve(connection: Connection, workshop: Workshop) -> None:
    """What a process does: one group after the other, until it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who interrupts the first process ends this one
    gc.freeze()  # what was forked is not looked through: that would copy every page of it
    with _here(workshop) as bench:
        while True:
            while not bench.begun or (bench.begun < _FETCHED and connection.poll()):
                bench.begin(connection.recv())
            connection.send(_outcome(bench))


def _outcome(bench: _Bench) -> list[Damage | None] | Exception:
    try:
        bench.work()
    except Exception as error:  # noqa: BLE001 - it is raised where the answer is read
        return error
    return bench.answers.popleft()


@cache
def _keep_memory() -> None:
    """Let the allocator keep what segments are inflated into; it would cost a third of a full pass.

    The one of glibc hands large blocks back when they are freed, and the kernel clears each page of
    the next one anew. It keeps those that are no larger than the largest that was ever freed
    (mallopt(3), M_MMAP_THRESHOLD): this one, never touched; a second would be. Elsewhere it changes
    nothing.
    """
    bytes(_KEPT_BYTES)
