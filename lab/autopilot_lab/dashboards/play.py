"""Plays a scenario, and looks at the dashboards in its last instant."""

from __future__ import annotations

from typing import Final

from autopilot.reports.boards import Boards
from autopilot_lab.dashboards.data import Span, boards_of
from autopilot_lab.dashboards.tokens import publish_tokens
from autopilot_lab.drill.live.moment import Moment
from autopilot_lab.drill.reading import ReadScenario
from autopilot_lab.drill.runner import run_drill

#: Before its end; what is published becomes visible a little later.
_TOKENS_BEFORE_SECONDS: Final = 10.0


class Look:
    """Watches a drill for its last instants."""

    def __init__(self, read: ReadScenario) -> None:
        """`boards` is None until the drill of `read` ends."""
        self._read = read
        self._has_tokens = False
        self.boards: Boards | None = None

    def __call__(self, moment: Moment) -> None:
        """Look at one moment of the drill."""
        end = self._read.scenario.horizon
        if not self._has_tokens and moment.second >= end - _TOKENS_BEFORE_SECONDS:
            self._has_tokens = True
            metrics, profile = moment.installation.aws.metrics, self._read.profile
            publish_tokens(metrics, moment.service.series, profile, moment.start)
        if moment.second >= end:
            self.boards = _boards(moment)


def play(read: ReadScenario, *, seed: int) -> Boards:
    """The dashboards as they are when the scenario ends."""
    look = Look(read)
    run_drill(read, seed=seed, watch=look)
    if look.boards is None:
        message = "the drill ended before it was looked at"
        raise RuntimeError(message)
    return look.boards


def _boards(moment: Moment) -> Boards:
    aws, profile = moment.installation.aws, moment.read.profile
    span = Span(moment.start, moment.start + moment.read.scenario.horizon)
    return Boards(
        service=profile.service.name,
        title=moment.read.scenario.title,
        started_ms=int(span.start * 1000),
        seconds=span.end - span.start,
        boards=boards_of(aws, profile.service.name, profile.regions.home, span),
    )
