"""Widgets of a CloudWatch dashboard, made from the catalogue, laid out on its 24 columns.

"Dashboard Body Structure and Syntax", CloudWatch API reference. A graph names catalogued metrics
only, so that no dashboard can show one that does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from autopilot.signals.catalogue import METRICS

COLUMNS: Final = 24
#: As CloudFormation substitutes them in the foundation, which is deployed in the home region.
HOME: Final = "${AWS::Region}"
STANDBY: Final = "${StandbyRegion}"
OBSERVER: Final = "${ObserverRegion}"
SERVING: Final = (HOME, STANDBY)
WATCHING: Final = (HOME, STANDBY, OBSERVER)

Widget: TypeAlias = Mapping[str, Any]
Entry: TypeAlias = list[Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """A metric widget: what it shows, and how."""

    title: str
    entries: Sequence[Entry]
    view: Literal["timeSeries", "singleValue"] = "timeSeries"
    stacked: bool = False
    unit: str = ""
    lines: Mapping[str, float] = field(default_factory=dict)  #: limits to draw, by name
    period_seconds: int = 60
    top: float | None = None  #: of the axis, where it has a natural one
    width: int = 12

    def to_widget(self) -> Widget:
        """As the body of a dashboard holds it, without its place."""
        axis: dict[str, Any] = {"min": 0, "showUnits": False}
        axis |= {"label": self.unit} if self.unit else {}
        axis |= {} if self.top is None else {"max": self.top}
        properties: dict[str, Any] = {
            "title": self.title,
            "view": self.view,
            "stacked": self.stacked,
            "region": HOME,
            "period": self.period_seconds,
            "stat": "Average",
            "metrics": list(self.entries),
            "yAxis": {"left": axis},
        }
        if self.lines:
            limits = [{"label": name, "value": value} for name, value in self.lines.items()]
            properties["annotations"] = {"horizontal": limits}
        is_value = self.view == "singleValue"
        if is_value:
            del properties["yAxis"]
            properties["sparkline"] = True
        height = 3 if is_value else 6
        return {"type": "metric", "width": self.width, "height": height, "properties": properties}


def entry(
    metric_id: str, region: str, about: Mapping[str, str] | None = None, **rendering: Any
) -> Entry:
    """One catalogued metric in one region; `about` are its dimensions beside the service.

    Raises `KeyError` for a metric that is not in the catalogue, `ValueError` for other
    dimensions than it has.
    """
    metric = METRICS[metric_id]
    values = {"Service": "${Service}"} if "Service" in metric.dimensions else {}
    values |= about or {}
    if tuple(values) != metric.dimensions:
        message = f"{metric_id} has dimensions {metric.dimensions}, got {tuple(values)}"
        raise ValueError(message)
    pairs = [part for pair in values.items() for part in pair]
    options = {"region": region, "stat": metric.statistic, **rendering}
    return [metric.namespace, metric.name, *pairs, options]


def hidden(metric_id: str, region: str, about: Mapping[str, str], name: str) -> Entry:
    """A metric that only an expression reads, under the id `name`."""
    return entry(metric_id, region, about, id=name, visible=False)


def expression(text: str, label: str, name: str, **rendering: Any) -> Entry:
    """Metric math over the ids of other entries of the same widget."""
    return [{"expression": text, "label": label, "id": name, "region": HOME, **rendering}]


def text_widget(markdown: str, *, height: int = 2) -> Widget:
    """Words, over the whole width."""
    properties = {"markdown": markdown, "background": "transparent"}
    return {"type": "text", "width": COLUMNS, "height": height, "properties": properties}


def alarm_widget(title: str, alarms: Mapping[str, Sequence[str]]) -> Widget:
    """The state of alarms in the regions that have them, those that are on first."""
    arns = [
        f"arn:${{AWS::Partition}}:cloudwatch:{region}:${{AWS::AccountId}}:alarm:{name}"
        for name, regions in alarms.items()
        for region in regions
    ]
    properties = {"title": title, "alarms": arns, "sortBy": "stateUpdatedTimestamp"}
    return {"type": "alarm", "width": COLUMNS, "height": 4, "properties": properties}


def laid_out(widgets: Sequence[Widget]) -> list[Widget]:
    """The widgets from left to right, in rows as high as their highest."""
    placed: list[Widget] = []
    x = y = high = 0
    for widget in widgets:
        if x + widget["width"] > COLUMNS:
            x, y, high = 0, y + high, 0
        placed.append({**widget, "x": x, "y": y})
        x, high = x + widget["width"], max(high, widget["height"])
    return placed
