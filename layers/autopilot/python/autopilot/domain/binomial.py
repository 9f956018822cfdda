"""Exact one-sided confidence bounds of a failure rate, without any package.

C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the
case of the binomial", Biometrika 26 (1934), 404-413: the lower bound is the rate at which seeing
this many failures *or more* has just the probability alpha; the upper bound the rate at which
seeing this many *or fewer* has. Both tails are regularised incomplete beta functions
(NIST Digital Library of Mathematical Functions, 8.17.5), evaluated by the continued fraction
DLMF 8.17.22 with Lentz's method.
"""

from __future__ import annotations

from math import exp, lgamma, log, log1p, sqrt
from statistics import NormalDist
from typing import Final

PPM: Final = 1_000_000
_NORMAL: Final = NormalDist()
_TINY: Final = 1e-300
_CLOSE: Final = 1e-14  #: relative change that ends the continued fraction
_TERMS_MAX: Final = 20_000  #: far above the need of 10**7 requests
_STEPS_MAX: Final = 80  #: bisection alone ends within; Newton's steps end after about four
_RATE_CLOSE: Final = 1e-10  #: a ten-thousandth of a part per million


def lower_ppm(requests: int, failures: int, alpha: float) -> int:
    """The rate in parts per million, rounded down, that is above the truth with chance `alpha`."""
    if failures == 0:
        return 0
    if failures == requests:
        return int(PPM * exp(log(alpha) / requests))
    return int(PPM * _quantile(alpha, failures, requests - failures + 1))


def upper_ppm(requests: int, failures: int, alpha: float) -> int:
    """The rate in parts per million, rounded up, that is below the truth with chance `alpha`."""
    return PPM - lower_ppm(requests, requests - failures, alpha)


def _quantile(alpha: float, a: int, b: int) -> float:
    """The x at which the regularised incomplete beta function I(x; a, b) equals `alpha`.

    Newton's method on the normal score of I, which is nearly a straight line, kept inside a
    bracket that only narrows.
    """
    score = _NORMAL.inv_cdf(alpha)
    low, high, x = 0.0, 1.0, _first_guess(score, a, b)
    for _ in range(_STEPS_MAX):
        chance, density = incomplete_beta(x, a, b)
        low, high = (x, high) if chance < alpha else (low, x)
        step = _newton_step(score, chance, density)
        following = x - step
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) < _RATE_CLOSE:
            return following
        x = following
    return x


def _newton_step(score: float, chance: float, density: float) -> float:
    if not 0.0 < chance < 1.0 or density <= 0.0:
        return 2.0  # out of every bracket: bisect
    reached = _NORMAL.inv_cdf(chance)
    return (reached - score) * _NORMAL.pdf(reached) / density


def _first_guess(score: float, a: int, b: int) -> float:
    """The Wilson-Hilferty approximation (Abramowitz and Stegun, 26.5.22)."""
    p, q = 1 / (2 * a - 1), 1 / (2 * b - 1)
    mean = 2 / (p + q)
    spread = (score * score - 3) / 6
    wide = sqrt(max(mean + spread, 0.0)) * -score / mean
    skew = (q - p) * (spread + 5 / 6 - 2 / (3 * mean))
    exponent = 2 * (wide - skew)
    return min(max(a / (a + b * exp(min(exponent, 700.0))), 1e-12), 1 - 1e-12)


def incomplete_beta(x: float, a: int, b: int) -> tuple[float, float]:
    """The regularised incomplete beta function at `x`, and its derivative there."""
    power = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)
    front = exp(power)
    density = front / (x * (1 - x))
    if x < (a + 1) / (a + b + 2):  # where the fraction converges fast
        return front * _fraction(x, a, b) / a, density
    return 1.0 - front * _fraction(1 - x, b, a) / b, density


def _fraction(x: float, a: int, b: int) -> float:
    """The continued fraction of DLMF 8.17.22 by the modified method of Lentz."""
    c, d = 1.0, 1 / _off_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _TERMS_MAX):
        twice = a + 2 * m
        even = m * (b - m) * x / ((twice - 1) * twice)
        d, c = 1 / _off_zero(1 + even * d), _off_zero(1 + even / c)
        value *= d * c
        odd = -(a + m) * (a + b + m) * x / (twice * (twice + 1))
        d, c = 1 / _off_zero(1 + odd * d), _off_zero(1 + odd / c)
        value *= d * c
        if abs(d * c - 1) < _CLOSE:
            break
    return value


def _off_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
