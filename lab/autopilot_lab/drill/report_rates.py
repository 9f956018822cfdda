"""The lines of a drill's report: the error rate around the fault, in whole, and of strategies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Final

from autopilot.reports import model, words
from autopilot_lab.drill.evidence import Evidence, ReleasedBy
from autopilot_lab.drill.peers import STRATEGIES
from autopilot_lab.drill.scenario import RollOut
from autopilot_lab.emulator.world.series import Series

_CLOSE_SECONDS: Final = 5  #: of one sample in the close view
_WHOLE_SECONDS: Final = 10  #: the smallest sample in the whole view
_SAMPLES: Final = 180  #: at most, in the whole view
_BEFORE_SECONDS: Final = 30
_CLOSE_SECONDS_MIN: Final = 120
_PPM: Final = 1_000_000


def rates_of(evidence: Evidence, stones: model.Milestones) -> Iterator[model.Rates]:
    """The close view of what happened around the fault, then the whole drill."""
    reached = [at for at in (stones.first_effect, stones.mitigated) if at is not None]
    if stones.fault is not None and reached:
        wanted = max(_CLOSE_SECONDS_MIN, 1.8 * (max(reached) - stones.fault))
        start = max(0, round(stones.fault) - _BEFORE_SECONDS)
        end = min(evidence.seconds, round(stones.fault + wanted))
        if (end - start) * 2 < evidence.seconds:
            yield _view("Error rate around the fault", evidence, start, end, _CLOSE_SECONDS)
    size = _whole_size(evidence.seconds)
    yield _view("Error rate over the whole drill", evidence, 0, evidence.seconds, size)


def _whole_size(seconds: int) -> int:
    """Seconds of a sample, so that a view has at most `_SAMPLES` of them."""
    return max(1, -(-seconds // (_SAMPLES * _WHOLE_SECONDS))) * _WHOLE_SECONDS


def _view(caption: str, evidence: Evidence, start: int, end: int, size: int) -> model.Rates:
    return model.Rates(
        caption=f"{caption}, {words.duration(size)} a step",
        start=start,
        end=end,
        sample_seconds=size,
        automated=_samples(evidence.series, start, end, size, evidence.fault_at or 0),
        unautomated=_samples(evidence.unautomated, start, end, size, evidence.fault_at or 0),
    )


def _samples(series: Series, start: int, end: int, size: int, edge: int) -> list[model.RateSample]:
    """Samples of `size` seconds from `start` to `end`, of which one begins at `edge`."""
    first = start + ((edge - start) % size or size)
    edges = [start, *range(first, end, size), end]
    return [model.RateSample(stop, *series.between(begin, stop)) for begin, stop in pairwise(edges)]


# -- the same roll-out by known strategies ---------------------------------------------------------


def comparison_of(evidence: Evidence, plan: RollOut | None) -> model.Comparison | None:
    """What the roll-out cost under each strategy, with their lines; None when none was played."""
    if evidence.release_peers:
        return _of_release(evidence)
    if plan is None or not evidence.peers:
        return None
    peers = [
        model.Peer(name, caused, watched=STRATEGIES[name].rolls_back)
        for name, caused in evidence.caused_by_peers.items()
    ]
    compared = model.Comparison(evidence.caused, peers)
    return replace(compared, rates=_strategy_view(evidence, evidence.peers, plan.at, compared))


def _of_release(evidence: Evidence) -> model.Comparison:
    """What the bad release costs under presets that would take it back by themselves."""
    since = evidence.fault_at or 0
    peers = [
        model.Peer(
            name,
            played.series.failures,
            watched=played.rolled_back_at is not None,
            did=_rolled_back(played, since),
        )
        for name, played in evidence.release_peers.items()
    ]
    return model.Comparison(
        evidence.series.failures,
        peers,
        own="our rollback",
        heading="The same release under presets of AWS",
        lead=(
            "Each played on the same day, with the same load, fault and seed. A preset rolls back "
            "on its own alarm, as long as its deployment or its bake time lasts."
        ),
        counted="Failed requests",
        of_roll_out=False,
    )


def _rolled_back(played: ReleasedBy, fault_at: int) -> str:
    if played.rolled_back_at is not None:
        return f"rolled back after {words.duration(played.rolled_back_at - fault_at)}"
    early = fault_at - played.watched_until
    return f"never: its watch ended {words.duration(early) if early > 0 else 'too'} early"


def _strategy_view(
    evidence: Evidence, peers: Mapping[str, Series], since: int, compared: model.Comparison
) -> model.Rates:
    """Ours and theirs on one axis, from the roll-out until the last that is not cut is calm."""
    cut = {peer.name for peer in compared.peers if compared.cuts(peer)}
    shown = [evidence.series, *(s for name, s in peers.items() if name not in cut)]
    calm = max(_calm_since(series, since, evidence) for series in shown)
    start = max(0, since - _BEFORE_SECONDS)
    end = min(evidence.seconds, since + max(_CLOSE_SECONDS_MIN, 2 * (calm - since)))
    size = max(_CLOSE_SECONDS, _whole_size(end - start) // 2)
    return model.Rates(
        caption=f"Error rate under each strategy, {words.duration(size)} a step",
        start=start,
        end=end,
        sample_seconds=size,
        automated=_samples(evidence.series, start, end, size, since),
        peers=[
            model.PeerRates(name, _samples(series, start, end, size, since), cut=name in cut)
            for name, series in peers.items()
        ],
    )


def _calm_since(series: Series, start: int, evidence: Evidence) -> int:
    """When the last ten seconds in which the error rate was over the objective were over."""
    calm = start
    for begin in range(start, evidence.seconds, _WHOLE_SECONDS):
        requests, failures = series.between(begin, begin + _WHOLE_SECONDS)
        if failures * _PPM >= max(1, requests) * evidence.objective_ppm:
            calm = begin + _WHOLE_SECONDS
    return calm
