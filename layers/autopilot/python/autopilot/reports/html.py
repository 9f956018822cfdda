"""A report as one HTML page: no script, no request to anywhere, inline style and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from autopilot.reports import charts, words
from autopilot.reports.axes import Canvas
from autopilot.reports.graph import machine_graph
from autopilot.reports.model import Comparison, EventKind, Outcome, Peer, Rates, Report, Run
from autopilot.reports.palette import DARK, LIGHT, SERIES, variables
from autopilot.reports.privacy import without_personal_data
from autopilot.reports.rendering import environment, sentence
from autopilot.reports.svg import Svg

_WIDE: Final = 992.0
_NARROW: Final = 350.0
_ROOM_BEFORE_CUT: Final = 60  #: percent of the room for bars that those to scale take
#: A shape for each kind of event, beside its word and its colour.
GLYPHS: Final[Mapping[EventKind, str]] = {
    EventKind.FAULT: "▲",
    EventKind.ALARM: "◆",
    EventKind.EFFECT: "●",
    EventKind.REFUSAL: "✕",
    EventKind.RUN: "▷",
    EventKind.DECISION: "◇",
    EventKind.PAGE: "▣",
    EventKind.MITIGATED: "✓",
    EventKind.OPERATOR: "■",
}
OUTCOME_GLYPHS: Final[Mapping[Outcome, str]] = {
    Outcome.MITIGATED: "✓",
    Outcome.NOT_MITIGATED: "✕",
    Outcome.UNHARMED: "○",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart in two widths, of which the page shows the one that fits."""

    caption: str
    wide: Svg
    narrow: Svg


def to_html(report: Report) -> str:
    """The whole page; the same report always gives the same bytes."""
    report = without_personal_data(report)
    page = environment().get_template("report.html.j2")
    return page.render(
        report=report,
        w=words,
        rates=[
            _rates(report, rates, f"rates{number}") for number, rates in enumerate(report.rates)
        ],
        comparison=_comparison(report),
        allocation=_allocation(report) if report.allocations else None,
        swatches=_swatches(report),
        line_samples={name: charts.line_sample(name) for name in _LINES},
        peer_samples=[
            charts.line_sample(charts.peer_class(index)) for index in range(charts.PEERS)
        ],
        parts=_waterfall(report),
        bounds=charts.bounds,
        sentence=sentence,
        graphs=[_graph(run, number) for number, run in enumerate(report.runs)],
        glyphs=GLYPHS,
        outcome_glyph=OUTCOME_GLYPHS[report.outcome],
        light=Svg(variables(LIGHT)),
        dark=Svg(variables(DARK)),
        series=range(SERIES),
    )


_LINES: Final = ("rate with", "rate without", "objective")


def _rates(report: Report, rates: Rates, name: str) -> Picture:
    return Picture(
        rates.caption,
        charts.error_rates(report, rates, Canvas(name, _WIDE, 300.0)),
        charts.error_rates(report, rates, Canvas(f"{name}n", _NARROW, 280.0)),
    )


def _comparison(report: Report) -> dict[str, Any] | None:
    """The rows of the comparison with their bars, and its picture when it has lines to show."""
    compared = report.comparison
    if compared is None:
        return None
    own = _strategy_row(Peer(compared.own, compared.caused), compared, cut=False)
    peers = [_strategy_row(peer, compared, cut=compared.cuts(peer)) for peer in compared.peers]
    picture = _rates(report, compared.rates, "strategies") if compared.rates else None
    return {"rows": [{**own, "own": True}, *peers], "picture": picture}


def _strategy_row(peer: Peer, compared: Comparison, *, cut: bool) -> dict[str, Any]:
    """A strategy's cost, and the length of its bar in percent; a bar that is cut goes on."""
    room = _ROOM_BEFORE_CUT if any(map(compared.cuts, compared.peers)) else 100
    length = 100.0 if cut else round(room * peer.caused / compared.scale, 2)
    return {
        "name": peer.name,
        "caused": peer.caused,
        "did": peer.did,
        "times": words.times(peer.caused, compared.caused),
        "length": length,
        "cut": cut,
        "own": False,
    }


def _allocation(report: Report) -> Picture:
    return Picture(
        "Share of requests by route",
        charts.allocation(report, Canvas("allocation", _WIDE, 300.0)),
        charts.allocation(report, Canvas("allocationn", _NARROW, 300.0)),
    )


def _swatches(report: Report) -> list[tuple[str, Svg]]:
    if not report.allocations:
        return []
    routes = report.allocations[0].held.allocation.routes
    return [(str(route), charts.swatch(index, "legend")) for index, route in enumerate(routes)]


def _waterfall(report: Report) -> list[dict[str, Any]]:
    """Each part with where its bar begins and how long it is, in percent of the whole."""
    reached, rows = 0.0, []
    edges = [0.0]
    for part in report.arithmetic:
        edges.append(edges[-1] + part.seconds)
    whole = max(*edges, 1e-9) if report.arithmetic else 1.0
    for part in report.arithmetic:
        begin = min(reached, reached + part.seconds)
        rows.append(
            {
                "part": part,
                "begin": round(100 * begin / whole, 2),
                "length": round(100 * abs(part.seconds) / whole, 2),
            }
        )
        reached += part.seconds
    return rows


def _graph(run: Run, number: int) -> Svg | None:
    return machine_graph(run, run.machine, f"graph{number}") if run.machine else None
