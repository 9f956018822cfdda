"""Sparklines two rows high, with the objective as the line between the rows."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from typing import Final

from rich.text import Text

_BLOCKS: Final = " ▁▂▃▄▅▆▇█"
_STEPS: Final = len(_BLOCKS) - 1
_LINE: Final = "╌"

#: Values by time, oldest first; None where nothing is known.
Values = Sequence[float | None]


def spark(values: Values, *, objective: float, decades: float, style: str) -> tuple[Text, Text]:
    """The upper and the lower row.

    The lower row is in proportion, from 0 to the objective. The upper row shows what is over it,
    on a logarithmic scale of that many `decades`, and the objective's line where nothing is.
    """
    upper, lower = Text(), Text()
    for value in values:
        over = value is not None and value >= objective
        lower.append(_under(value, objective), style="bold red" if over else style)
        if value is not None and over:
            upper.append(_over(value / objective, decades), style="bold red")
        else:
            upper.append(_LINE, style="dim")
    return upper, lower


def _under(value: float | None, objective: float) -> str:
    if value is None:
        return " "
    return _BLOCKS[max(1, min(_STEPS, round(value / objective * _STEPS)))]


def _over(times: float, decades: float) -> str:
    steps = 1 + log10(times) / decades * (_STEPS - 1)
    return _BLOCKS[max(1, min(_STEPS, round(steps)))]
