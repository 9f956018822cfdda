"""How long answers take: a log-normal distribution, wider the busier the route is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import exp
from statistics import NormalDist

#: Spread of the log-normal distribution: its 95th percentile is 2.3 times its median.
_SIGMA = 0.5
#: A route that answers as much as it can takes this much longer for each; waiting comes on top.
_BUSY_EXTRA = 0.5
#: Cumulated shares at which the distribution is cut; each band stands for its middle.
_CUTS = (0.0, 0.5, 0.7, 0.85, 0.9, 0.94, 0.96, 0.98, 1.0)
_BANDS = tuple(
    (cut, exp(_SIGMA * NormalDist().inv_cdf((low + cut) / 2))) for low, cut in pairwise(_CUTS)
)


def busy_factor(utilisation: float) -> float:
    """Times the idle latency at this utilisation (offered over capacity), waiting not counted."""
    return 1.0 + _BUSY_EXTRA * min(utilisation, 1.0) ** 2


def histogram(median_ms: float, requests: int) -> list[tuple[float, int]]:
    """`requests` latencies as (milliseconds, count) pairs, smallest first; no empty pair."""
    pairs, given = [], 0
    for cut, multiple in _BANDS:
        upto = round(requests * cut)
        if upto > given:
            pairs.append((round(median_ms * multiple, 1), upto - given))
        given = max(given, upto)
    return pairs


def percentile(pairs: Iterable[tuple[float, int]], share: float) -> float | None:
    """The latency in milliseconds that `share` of the counted requests do not exceed."""
    ordered: Sequence[tuple[float, int]] = sorted(pairs)
    wanted = share * sum(count for _, count in ordered)
    seen = 0
    for value, count in ordered:
        seen += count
        if seen >= wanted:
            return value
    return None
