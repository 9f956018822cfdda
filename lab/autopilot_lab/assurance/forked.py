"""Runs the same prepared process many times over, each in a fork that is thrown away.

Deploying the templates costs as much as playing a case. A forked process begins with the
deployed product, byte for byte, and whatever it does to it is gone with it.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from selectors import EVENT_READ, DefaultSelector
from typing import Any, Final, NoReturn, TypeVar

Job = TypeVar("Job")

_CHUNK_BYTES: Final = 1 << 16


class ForkFailed(RuntimeError):
    """A forked process ended without an answer; its stack went to standard error."""


def in_forks(
    jobs: Iterable[Job], work: Callable[[Job], Any], *, at_once: int
) -> Iterator[tuple[Job, Any]]:
    """(job, answer) of every job, in the order they end; an answer is anything JSON can carry.

    Nothing that `work` changes is seen here. Raises `ForkFailed` when a process dies.
    """
    gc.collect()
    gc.freeze()  # a collection in a fork would copy every page that it touches
    try:
        yield from _keep_busy(iter(jobs), work, at_once)
    finally:
        gc.unfreeze()


def _keep_busy(
    jobs: Iterator[Job], work: Callable[[Job], Any], at_once: int
) -> Iterator[tuple[Job, Any]]:
    with DefaultSelector() as selector:
        for job in jobs:
            _begin(selector, job, work)
            if len(selector.get_map()) >= at_once:
                yield _next_ended(selector)
        while selector.get_map():
            yield _next_ended(selector)


def _begin(selector: DefaultSelector, job: Job, work: Callable[[Job], Any]) -> None:
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        os.close(reading)
        _answer_and_end(writing, job, work)
    os.close(writing)
    selector.register(reading, EVENT_READ, (process, job, bytearray()))


def _answer_and_end(writing: int, job: Job, work: Callable[[Job], Any]) -> NoReturn:
    """The whole life of the fork: nothing of what the parent would do at its exit is done."""
    code = 1
    gc.disable()  # it lives for a second
    try:
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            json.dump(work(job), pipe)
        code = 0
    except BaseException:  # noqa: BLE001 - nothing may get past the end of the fork
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(code)


def _next_ended(selector: DefaultSelector) -> tuple[Any, Any]:
    """Read from all forks until one has ended; return its job and its answer."""
    while True:
        for key, _ in selector.select():
            process, job, received = key.data
            chunk = os.read(key.fd, _CHUNK_BYTES)
            received += chunk
            if not chunk:
                selector.unregister(key.fd)
                os.close(key.fd)
                return job, _answer(process, job, received)


def _answer(process: int, job: object, received: bytearray) -> Any:
    _, status = os.waitpid(process, 0)
    if os.waitstatus_to_exitcode(status):
        raise ForkFailed(f"the process that played {job} died; see above")
    return json.loads(received)
