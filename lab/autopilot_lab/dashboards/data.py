"""Fills the dashboards of an installation with what its metrics hold, as CloudWatch would."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from autopilot.reports.boards import AlarmNow, Board, Line, Panel, View
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.metric_math import Expression
from autopilot_lab.emulator.metrics import metric_id

_COLUMNS: Final = 24
NAMES: Final = ("overview", "performance", "security", "cost")


@dataclass(frozen=True, slots=True)
class Span:
    """What is shown, in Unix seconds."""

    start: float
    end: float


def boards_of(aws: EmbeddedAws, service: str, region: str, span: Span) -> list[Board]:
    """The four dashboards, read back through the API, with their data in `span`."""
    client = aws.client("cloudwatch", region)
    bodies = {
        name: client.get_dashboard(DashboardName=f"{service}-{name}")["DashboardBody"]
        for name in NAMES
    }
    return [
        Board(name, [_panel(aws, widget, span) for widget in json.loads(body)["widgets"]])
        for name, body in bodies.items()
    ]


def _panel(aws: EmbeddedAws, widget: Mapping[str, Any], span: Span) -> Panel:
    properties = widget["properties"]
    if widget["type"] == "text":
        return Panel("", View.WORDS, words=properties["markdown"])
    is_wide = widget["width"] == _COLUMNS
    if widget["type"] == "alarm":
        alarms = [_alarm(aws, arn) for arn in properties["alarms"]]
        alarms.sort(key=lambda alarm: alarm.state)
        return Panel(properties["title"], View.ALARMS, alarms=alarms, is_wide=is_wide)
    axis = properties.get("yAxis", {}).get("left", {})
    limits = properties.get("annotations", {}).get("horizontal", ())
    return Panel(
        title=properties["title"],
        view=_view(properties),
        lines=list(_lines(aws, properties, span)),
        unit=axis.get("label", ""),
        limits={limit["label"]: float(limit["value"]) for limit in limits},
        top=axis.get("max"),
        period_seconds=properties["period"],
        is_wide=is_wide,
    )


def _view(properties: Mapping[str, Any]) -> View:
    if properties["view"] == "singleValue":
        return View.VALUE
    return View.AREAS if properties["stacked"] else View.LINES


def _alarm(aws: EmbeddedAws, arn: str) -> AlarmNow:
    region, name = arn.split(":")[3], arn.rsplit(":", 1)[1]
    return AlarmNow(name, region, str(aws.alarms.get(name, region).condition.value))


def _lines(aws: EmbeddedAws, properties: Mapping[str, Any], span: Span) -> Iterator[Line]:
    """The visible entries, and expressions over all of them."""
    series: dict[str, dict[float, float]] = {}
    for number, entry in enumerate(properties["metrics"]):
        options = entry[-1]
        name = options.get("id", f"unnamed{number}")
        if "expression" in options:
            series[name] = _computed(options["expression"], series)
        else:
            series[name] = _stored(aws, entry, properties, span)
        if options.get("visible", True):
            points = [
                (max(at - span.start, 0.0), value) for at, value in sorted(series[name].items())
            ]
            yield Line(options.get("label", name), points)


def _stored(
    aws: EmbeddedAws, entry: Sequence[Any], properties: Mapping[str, Any], span: Span
) -> dict[float, float]:
    namespace, name, *pairs, options = entry
    metric = metric_id(namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True)))
    seconds = float(options.get("period", properties["period"]))
    found = aws.metrics.periods(options["region"], metric, span.start, span.end, seconds)
    values = {at: statistics.get(options["stat"]) for at, statistics in found}
    return {at: value for at, value in values.items() if value is not None}


def _computed(text: str, series: Mapping[str, Mapping[float, float]]) -> dict[float, float]:
    expression = Expression.parse(text)
    instants = {at for name in expression.ids for at in series[name]}
    computed = {
        at: expression.at({name: series[name].get(at) for name in expression.ids})
        for at in instants
    }
    return {at: value for at, value in computed.items() if value is not None}
