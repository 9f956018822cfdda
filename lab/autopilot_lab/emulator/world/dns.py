"""Which region's router clients reach: DNS answers that live on in caches for a TTL."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence


class ClientShares:
    """Shares of clients by region. A change of admission reaches clients as caches expire.

    Caches were filled evenly over the last TTL, so each second one part in `ttl_seconds` of the
    clients asks again and follows the answer of that second.
    """

    def __init__(self, natural: Mapping[str, float], *, ttl_seconds: int) -> None:
        """Clients spread as `natural` (shares by region, sum 1) while every region admits."""
        self.regions: Sequence[str] = tuple(natural)
        self._natural = tuple(natural.values())
        self._ttl = max(1, ttl_seconds)
        self._steady: tuple[bool, ...] | None = None
        self._answers: deque[tuple[float, ...]] = deque(maxlen=self._ttl)
        self._answers.extend([self._natural] * self._ttl)
        self._shares = self._natural

    def next_second(self, admitted: tuple[bool, ...]) -> Sequence[float]:
        """Let a second pass under this admission, by region; return the shares during it."""
        if admitted == self._steady:
            return self._shares
        answer = self._answer(admitted)
        self._answers.append(answer)
        self._shares = tuple(sum(column) / self._ttl for column in zip(*self._answers, strict=True))
        if self._answers.count(answer) == self._ttl:
            self._steady, self._shares = admitted, answer
        return self._shares

    def _answer(self, admitted: tuple[bool, ...]) -> tuple[float, ...]:
        """Shares that DNS now gives; when no region admits, it answers as if all did."""
        if not any(admitted):
            return self._natural
        pairs = zip(self._natural, admitted, strict=True)
        open_shares = [share if is_open else 0.0 for share, is_open in pairs]
        total = sum(open_shares)
        if total == 0.0:
            return tuple(float(is_open) / sum(admitted) for is_open in admitted)
        return tuple(share / total for share in open_shares)
