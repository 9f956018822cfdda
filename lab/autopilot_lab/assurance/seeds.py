"""Plays a scenario with many seeds, each in a fork of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from autopilot_lab.assurance.forked import in_forks
from autopilot_lab.drill.reading import ReadScenario
from autopilot_lab.drill.runner import run_drill
from autopilot_lab.drill.summary import Played

#: Called after each run with how many are done, and how many there are.
Progress = Callable[[int, int], None]


def play_seeds(
    read: ReadScenario, seeds: Sequence[int], *, at_once: int, progress: Progress
) -> list[Played]:
    """What came of each seed, in their order; the same as of a run of that seed alone.

    Raises `ForkFailed` when a run dies.
    """

    def play(seed: int) -> dict[str, Any]:
        return asdict(Played.of(run_drill(read, seed=seed)))

    found: dict[int, Played] = {}
    for seed, answer in in_forks(seeds, play, at_once=at_once):
        found[seed] = Played(**answer)
        progress(len(found), len(seeds))
    return [found[seed] for seed in seeds]
