"""Plays a scenario, and looks at the dashboards in its last instant."""

from __future__ import annotations

from autopilot.reports.boards import Boards
from autopilot_lab.dashboards.data import Span, boards_of
from autopilot_lab.drill.live.moment import Moment
from autopilot_lab.drill.reading import ReadScenario
from autopilot_lab.drill.runner import run_drill


class Look:
    """Watches a drill for its last instants."""

    def __init__(self, read: ReadScenario) -> None:
        """`boards` is None until the drill of `read` ends."""
        self._read = read
        self.boards: Boards | None = None

    def __call__(self, moment: Moment) -> None:
        """Look at one moment of the drill."""
        if moment.second >= self._read.scenario.horizon:
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
