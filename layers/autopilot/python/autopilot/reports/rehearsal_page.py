"""A rehearsal as one HTML page: the answer, both times beside the trend, then every check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from autopilot.domain.preflight import Answer
from autopilot.domain.rehearsal import Numbers, Recovery, Rehearsal, duration
from autopilot.reports import words
from autopilot.reports.palette import DARK, LIGHT, variables
from autopilot.reports.rendering import environment, sentence
from autopilot.reports.svg import Svg

if TYPE_CHECKING:
    from collections.abc import Mapping


#: A shape and a word for each answer, beside its colour.
GLYPHS: Final[Mapping[Answer, str]] = {Answer.GO: "✓", Answer.WARN: "!", Answer.NO_GO: "✕"}
#: The classes that reports have for states.
STATES: Final[Mapping[Answer, str]] = {
    Answer.GO: "healthy",
    Answer.WARN: "unknown",
    Answer.NO_GO: "unhealthy",
}
_TITLES: Final[Mapping[Recovery, str]] = {
    Recovery.FAILOVER: "Failover to the other region",
    Recovery.RESTORE: "Restore of the ledger",
}


def to_page(rehearsal: Rehearsal, before: Sequence[Numbers]) -> str:
    """The whole page; the same rehearsal always gives the same bytes."""
    return (
        environment()
        .get_template("rehearsal.html.j2")
        .render(
            found=rehearsal,
            w=words,
            duration=duration,
            sentence=sentence,
            titles=_TITLES,
            trend=(*before, rehearsal.numbers),
            recoveries=[each.value for each in Recovery],
            well=[each for each in rehearsal.checks if each.answer is Answer.GO],
            glyphs=GLYPHS,
            states=STATES,
            light=Svg(variables(LIGHT)),
            dark=Svg(variables(DARK)),
        )
    )
