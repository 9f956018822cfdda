"""A drill in which everything that the product publishes is published, and its dashboards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from autopilot.domain.readings import NAMESPACE
from autopilot.reports.boards import Board, Boards, Panel, View
from autopilot.reports.boards_page import to_html
from autopilot.signals.catalogue import METRICS
from autopilot.signals.metric import Source
from autopilot.signals.names import TRAIL_NAMESPACE
from autopilot_lab.dashboards.play import Look
from autopilot_lab.drill.live.moment import Moment
from autopilot_lab.drill.managed_models import INPUT_TOKENS, OUTPUT_TOKENS
from autopilot_lab.drill.project import ROOT
from autopilot_lab.drill.reading import read_scenario
from autopilot_lab.drill.runner import run_drill

FAILING = "hybrid-routing-eu-central-1-direct-failing"  #: nothing is sent there any more
SCENARIO = """
name: published
title: A path fails, and somebody asks for a full sweep and for what is not allowed
horizon: 14m
load:
  requests_per_second: 400
timeline:
  - at: 1m
    event: route_error_rate
    route: eu-central-1/direct
    percent: 30
%(runs)s
  - at: 11m30s
    event: start_run
    runbook: traffic_ramp
    input: {route: eu-central-1/direct, to_percent: 1000}
expect:
  - check: mitigated
    within: 5m
"""
RUN = """  - at: 11m
    event: start_run
    runbook: %s
    input: {mode: execute%s}"""
#: Runbooks that publish, beside the one that alarms start, and how to ask for all they have.
ASKED = {"health_sweep": ", kind: full"}
#: Published about what the service writes, and once a day: their own tests show them.
ELSEWHERE = {TRAIL_NAMESPACE}


def scenario() -> str:
    """The drill, in which every runbook that publishes is run."""
    machines = {path.name.partition(".")[0] for path in (ROOT / "statemachines").iterdir()}
    publishers = {each.publisher for each in METRICS.values()} - {"incident_response"}
    runs = [RUN % (name, ASKED.get(name, "")) for name in sorted(machines & publishers)]
    return SCENARIO % {"runs": "\n".join(runs)}


@dataclass(frozen=True, slots=True)
class Seen:
    """What was published, and what is drawn of it."""

    published: set[tuple[str, str, tuple[str, ...]]]  #: namespace, name, dimensions
    boards: Boards

    def panel(self, board: str, title: str) -> Panel:
        """A panel by the beginning of its title."""
        [found] = [each for each in self.of(board).panels if each.title.startswith(title)]
        return found

    def of(self, name: str) -> Board:
        """A dashboard by its name."""
        [board] = [each for each in self.boards.boards if each.name == name]
        return board


class Watch:
    """Looks at the end, and notes what is published."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self.published: set[tuple[str, str, tuple[str, ...]]] = set()

    def __call__(self, moment: Moment) -> None:
        """See one moment."""
        self._look(moment)
        aws = moment.installation.aws
        if self._look.boards is not None:
            for region in aws.regions:
                for metric in aws.metrics.known(region):
                    names = tuple(name for name, _ in metric.dimensions)
                    self.published.add((metric.namespace, metric.name, names))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """The drill, once."""
    file: Path = tmp_path_factory.mktemp("drill") / "published.yaml"
    file.write_text(scenario(), "utf-8")
    read = read_scenario(file)
    look = Look(read)
    watch = Watch(look)
    run_drill(read, seed=7, watch=watch)
    assert look.boards is not None
    return Seen(watch.published, look.boards)


def test_whatever_the_catalogue_says_that_we_publish_is_published(seen: Seen) -> None:
    """With its dimensions."""
    ours = [each for each in METRICS.values() if each.source is Source.PRODUCT]
    expected = {
        (each.namespace, each.name, tuple(sorted(each.dimensions)))
        for each in ours
        if each.namespace not in ELSEWHERE
    }
    own = {each.namespace for each in ours} - ELSEWHERE

    assert {each for each in seen.published if each[0] in own} == expected


def test_whatever_is_published_in_our_namespace_is_catalogued(seen: Seen) -> None:
    """A metric that is in no list is one that nobody knows."""
    names = {name for namespace, name, _ in seen.published if namespace == NAMESPACE}
    assert names <= {each.name for each in METRICS.values()}


def test_a_graph_shows_what_the_service_published(seen: Seen) -> None:
    """The error rate rises with the fault and falls when the route is out of use."""
    [rate] = seen.panel("overview", "Error rate").lines
    values = [value for _, value in rate.points]

    assert values[0] < 1 < max(values)
    assert values[-1] < 1


def test_areas_are_stacked_by_route(seen: Seen) -> None:
    """Their sum is what clients sent in a minute."""
    panel = seen.panel("overview", "Requests by route")
    whole = sum(dict(line.points).get(600.0, 0.0) for line in panel.lines)

    assert panel.view is View.AREAS
    assert whole == pytest.approx(400 * 60, rel=0.1)


def test_cost_follows_from_tokens_and_prices(seen: Seen) -> None:
    """Tokens in and out of the lab's clients at 1.10 and 5.50 dollars a million."""
    [cost] = seen.panel("cost", "Cost per request").lines
    expected = 100 * (INPUT_TOKENS * 1.10 + OUTPUT_TOKENS * 5.50) / 1_000_000
    assert [value for _, value in cost.points] == [pytest.approx(expected, rel=0.05)] * 2


def test_alarms_stand_as_they_did_in_the_end(seen: Seen) -> None:
    """Each where it stands: a region is looked at from the two others."""
    panel = seen.panel("overview", "Alarms that start incidents")
    of_vantages = {each.name for each in panel.alarms if "eu-west-3" in each.states}

    assert all(len(each.states) == 2 for each in panel.alarms)
    assert of_vantages == {
        f"hybrid-routing-{each}-unreachable" for each in ("eu-central-1", "eu-west-1")
    }
    assert {each.name for each in panel.alarms if not each.is_quiet} == {FAILING}


def test_the_page_has_every_dashboard_and_asks_nothing_of_anybody(seen: Seen) -> None:
    """No script, no picture from elsewhere; what was not published is said to be empty."""
    page = to_html(seen.boards)

    assert [f'id="{name}"' in page for name in ("overview", "performance", "security", "cost")]
    assert "Nothing was published in this drill." in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert to_html(seen.boards) == page
