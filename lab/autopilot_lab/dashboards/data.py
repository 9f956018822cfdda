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

#: The last of shorter periods is left out: part of it is not published yet.
_LATE_SECONDS: Final = 300
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
        return Panel("", View.WORDS, words=properties["markdown"], columns=widget["width"])
    columns = widget["width"]
    if widget["type"] == "alarm":
        alarms = sorted(_alarms(aws, properties["alarms"]), key=lambda each: each.is_quiet)
        return Panel(properties["title"], View.ALARMS, alarms=alarms, columns=columns)
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
        columns=columns,
    )


def _view(properties: Mapping[str, Any]) -> View:
    if properties["view"] == "singleValue":
        return View.VALUE
    return View.AREAS if properties["stacked"] else View.LINES


def _alarms(aws: EmbeddedAws, arns: Sequence[str]) -> Iterator[AlarmNow]:
    """Alarms of one name together, in the order of their names' first ARNs."""
    states: dict[str, dict[str, str]] = {}
    for arn in arns:
        region, name = arn.split(":")[3], arn.rsplit(":", 1)[1]
        alarm = aws.alarms.get(name, region)
        states.setdefault(name, {})[region] = str(alarm.condition.value)
    return (AlarmNow(name, by_region) for name, by_region in states.items())


def _lines(aws: EmbeddedAws, properties: Mapping[str, Any], span: Span) -> Iterator[Line]:
    """The visible entries, and expressions over all of them."""
    series: dict[str, dict[float, float]] = {}
    for number, entry in enumerate(properties["metrics"]):
        options = entry[-1]
        name = options.get("id", f"unnamed{number}")
        if "expression" in options:
            series[name] = Expression.parse(options["expression"]).series(series)
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
    end = span.end - (seconds if seconds <= _LATE_SECONDS else 0)
    found = aws.metrics.periods(options["region"], metric, span.start, end, seconds)
    values = {at: statistics.get(options["stat"]) for at, statistics in found}
    return {at: value for at, value in values.items() if value is not None}
