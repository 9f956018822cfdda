"""Counts refusals where they leave the program, whoever refused: the gate, a rail, an input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from autopilot.errors import Refused

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies


@contextmanager
def counting_refusals(dependencies: Dependencies) -> Iterator[None]:
    """Count one refusal when one passes, and let it pass."""
    try:
        yield
    except Refused:
        _count(dependencies)
        raise


def counted(answer: Mapping[str, Any], dependencies: Dependencies) -> Mapping[str, Any]:
    """The answer, counted when it is the reflex's refusal."""
    if answer["outcome"] == "refused":
        _count(dependencies)
    return answer


def _count(dependencies: Dependencies) -> None:
    from autopilot.domain.readings import Measured, Reading  # noqa: PLC0415 - not for the reflex

    dependencies.meter.record([Reading(Measured.REFUSALS, 1.0)])
