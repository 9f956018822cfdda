"""However many hands inspect the segments, they find the same, in order."""

from __future__ import annotations

import os
import signal
from functools import partial
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

import pytest

from autopilot.adapters.folder_trail import FolderTrail
from autopilot.audit.damage import Kind
from autopilot.audit.layout import segment_key
from autopilot.audit.verify import Scope, verify
from autopilot.domain.trail_head import TrailHead
from autopilot.errors import Transient
from autopilot.ports.trail import Stored
from tests.audit.memory_trail import KEY, MemoryTrail, batches, copied

SEGMENTS, PER_SEGMENT = 30, 2  #: five tasks: of two processes each gets some
MISSING, SWAPPED, CHANGED = 3, 14, 29


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrailHead]:
    """A log in a folder with damage at both ends and between, and its anchor."""
    trail, folder = MemoryTrail(), tmp_path_factory.mktemp("log")
    trail.seal(*batches(SEGMENTS, PER_SEGMENT))
    copied(trail, folder)
    (folder / segment_key(MISSING)).unlink()
    other = (folder / segment_key(SWAPPED + 1)).read_bytes()
    (folder / segment_key(SWAPPED)).write_bytes(other)
    (folder / segment_key(CHANGED)).write_bytes(b"no frame")
    return folder, trail.anchor.head


@pytest.mark.parametrize(
    "scope",
    [
        Scope(full=True),
        Scope(full=True, threads=5),
        Scope(full=True, processes=2),
        Scope(full=True, threads=6, processes=2),
        Scope(threads=5),
    ],
    ids=["alone", "threads", "processes", "threads of processes", "stored bytes only"],
)
def test_every_damage_is_found_once_and_in_order(
    damaged: tuple[Path, TrailHead], scope: Scope
) -> None:
    """Also whose bytes lie in the place of others, for which a process reads the log itself."""
    folder, head = damaged
    opened = partial(FolderTrail, folder)
    found = verify(opened(), KEY, head, scope=scope, opened=opened)
    assert [(each.kind, each.entry) for each in found.damages] == [
        (Kind.SEGMENT_MISSING, MISSING * PER_SEGMENT),
        (Kind.SEGMENT_SWAPPED, SWAPPED * PER_SEGMENT),
        (Kind.SEGMENT_CHANGED, CHANGED * PER_SEGMENT),
    ]
    assert found.segments == SEGMENTS


class SilentTrail(FolderTrail):
    """A store that does not answer for the segment that another process gets first."""

    def get(self, key: str) -> Stored | None:
        """What lies there, or no answer."""
        if key == segment_key(0):
            message = "the bucket did not answer"
            raise Transient(message)
        return super().get(key)


@pytest.mark.parametrize("hands", [{"threads": 3}, {"processes": 2}])
def test_a_store_that_does_not_answer_is_no_damage(
    damaged: tuple[Path, TrailHead], hands: dict[str, Any]
) -> None:
    """It ends the verification as what it is, from another process too."""
    opened = partial(SilentTrail, damaged[0])
    with pytest.raises(Transient, match="did not answer"):
        verify(opened(), KEY, damaged[1], scope=Scope(full=True, **hands), opened=opened)


class DeadlyTrail(FolderTrail):
    """A store that ends the other process that reads from it, as a lack of memory would."""

    def get(self, key: str) -> Stored | None:
        """What lies there, or the end."""
        if parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().get(key)


def test_a_process_that_is_killed_is_no_damage(damaged: tuple[Path, TrailHead]) -> None:
    """Nobody waits for its answer, and what to do is said."""
    opened = partial(DeadlyTrail, damaged[0])
    with pytest.raises(Transient, match="try again with fewer"):
        verify(opened(), KEY, damaged[1], scope=Scope(full=True, processes=2), opened=opened)
