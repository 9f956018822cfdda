"""Random draws that depend on what is drawn and when, never on what was drawn before.

Every draw is a function of (seed, stream, tick). Two runs of one seed therefore see the same
clients and, where they do the same, the same failures: *common random numbers*, which make a
run with automation comparable to one without. The generator is SplitMix64 in counter mode
(Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from math import exp, sqrt
from statistics import NormalDist
from typing import TypeAlias

#: A stream: the uniform number in (0, 1) that belongs to a tick.
Stream: TypeAlias = Callable[[int], float]

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB
_UNIT = 2.0**-53
#: Below this mean the exact distribution is cheap; above it the normal one is close enough.
_EXACT_MEAN_MAX = 12.0
_HALF = 0.5
_normal_quantile = NormalDist().inv_cdf


def stream(seed: int, name: str) -> Stream:
    """The stream called `name` of this seed; streams of different names are independent."""
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    key = int.from_bytes(digest, "big")

    def uniform(tick: int) -> float:
        mixed = (key + (tick + 1) * _GOLDEN) & _MASK
        mixed = ((mixed ^ (mixed >> 30)) * _MIX_1) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * _MIX_2) & _MASK
        return (((mixed ^ (mixed >> 31)) >> 11) + 0.5) * _UNIT

    return uniform


def poisson(mean: float, uniform: float) -> int:
    """The quantile `uniform` of a Poisson count with this mean; grows with both."""
    if mean <= 0.0:
        return 0
    if mean > _EXACT_MEAN_MAX:
        return max(0, round(mean + sqrt(mean) * _normal_quantile(uniform)))
    return _invert(uniform, exp(-mean), lambda count: mean / count, int(mean * 8) + 24)


def binomial(trials: int, probability: float, uniform: float) -> int:
    """The quantile `uniform` of the successes in `trials`; grows with all three."""
    if trials <= 0 or probability <= 0.0:
        return 0
    if probability >= 1.0:
        return trials
    if probability > _HALF:
        return trials - binomial(trials, 1.0 - probability, 1.0 - uniform)
    mean = trials * probability
    if mean > _EXACT_MEAN_MAX:
        spread = sqrt(mean * (1.0 - probability))
        return min(trials, max(0, round(mean + spread * _normal_quantile(uniform))))
    none = (1.0 - probability) ** trials
    if uniform <= none:
        return 0
    odds = probability / (1.0 - probability)
    return _invert(uniform, none, lambda count: odds * (trials - count + 1) / count, trials)


def _invert(uniform: float, none: float, ratio: Callable[[int], float], most: int) -> int:
    """Walk the distribution from zero up: `none` is P(0), `ratio(k)` is P(k) / P(k - 1)."""
    count, mass, cumulated = 0, none, none
    while cumulated < uniform and count < most:
        count += 1
        mass *= ratio(count)
        cumulated += mass
    return count
