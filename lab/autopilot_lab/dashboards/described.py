"""An alarm of a template, read back: its words, its window, what it looks at, who is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

LEVELS: Final = ("CRITICAL", "WARNING", "INFO")
WORDS: Final = re.compile(
    rf"(?P<level>{'|'.join(LEVELS)}): (?P<meaning>.+) "
    r"Runbook: (?P<runbook>docs/[\w-]+\.md)(?:, \"(?P<section>[^\"]+)\")?\. "
    r"First: `(?P<first>[^`]+)`"
)


@dataclass(frozen=True, slots=True)
class Described:
    """What an alarm says of itself."""

    logical_id: str
    properties: Mapping[str, Any]
    parents: tuple[str, ...] = ()  #: names of the composites that look at it

    @property
    def name(self) -> str:
        """With the service still to be filled in."""
        name: str = self.properties["AlarmName"]["Fn::Sub"]
        return name

    @property
    def description(self) -> str:
        """As people read it."""
        said = self.properties["AlarmDescription"]
        return str(said["Fn::Sub"] if isinstance(said, dict) else said)

    def _part(self, name: str) -> str:
        match = WORDS.fullmatch(self.description)
        return (match[name] or "") if match else ""

    @property
    def level(self) -> str:
        """CRITICAL, WARNING or INFO; empty when the description has another form."""
        return self._part("level")

    @property
    def order(self) -> int:
        """The most urgent first."""
        return LEVELS.index(self.level) if self.level in LEVELS else len(LEVELS)

    @property
    def meaning(self) -> str:
        """What it says."""
        return self._part("meaning")

    @property
    def runbook(self) -> str:
        """The page to read."""
        return self._part("runbook")

    @property
    def first(self) -> str:
        """The first command."""
        return self._part("first")

    @property
    def missing(self) -> str:
        """How missing data is treated; empty for a composite."""
        return str(self.properties.get("TreatMissingData", ""))

    @property
    def rule(self) -> str:
        """Of a composite, else empty."""
        return str(self.properties.get("AlarmRule", {}).get("Fn::Sub", ""))

    @property
    def starts_an_incident(self) -> bool:
        """Whether the rule of all alarms of the service takes it."""
        return self.name.startswith("${Service}-")

    @property
    def has_action(self) -> bool:
        """Whether it acts by itself."""
        return bool(self.properties.get("AlarmActions"))

    @property
    def told(self) -> str:
        """Who hears of it."""
        if self.starts_an_incident:
            return "reflex, incident" if self.has_action else "incident"
        if self.has_action:
            return "page"
        return "composite " + ", ".join(f"`{parent}`" for parent in self.parents)

    @property
    def stats(self) -> list[Mapping[str, Any]]:
        """Metric and period of each statistic that it looks at."""
        if "Namespace" in self.properties:
            return [{"Metric": self.properties, "Period": self.properties["Period"]}]
        queries = self.properties.get("Metrics", ())
        return [each["MetricStat"] for each in queries if "MetricStat" in each]

    @property
    def metrics(self) -> list[tuple[str, str, str]]:
        """(namespace, name, statistic) of what it looks at, each once."""
        return list(dict.fromkeys(map(self._metric, self.stats)))

    def _metric(self, stat: Mapping[str, Any]) -> tuple[str, str, str]:
        metric = stat["Metric"]
        spelled = stat.get("Stat") or metric.get("Statistic") or metric["ExtendedStatistic"]
        return metric["Namespace"], metric["MetricName"], spelled

    @property
    def window(self) -> str:
        """M of N periods, as people say it."""
        period, periods = int(self.stats[0]["Period"]), int(self.properties["EvaluationPeriods"])
        needed = int(self.properties.get("DatapointsToAlarm", periods))
        return f"{needed} of {periods} x {period} s"
