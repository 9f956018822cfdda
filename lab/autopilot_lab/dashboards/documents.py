"""Writes docs/metrics.md from the catalogue, and docs/alarms.md from the templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from autopilot.signals.catalogue import METRICS, metric_named
from autopilot.signals.metric import Metric, Source
from autopilot_lab.dashboards.described import Described
from autopilot_lab.emulator.deploy import load_template

METRICS_PAGE: Final = Path("docs/metrics.md")
ALARMS_PAGE: Final = Path("docs/alarms.md")
_KINDS: Final = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")

_METRICS_HEAD: Final = """# Metrics

Generated from `layers/autopilot/python/autopilot/signals/` by `make generate`.

What people, alarms and dashboards look at. **A metric exists only where its source does.** A zero
that nobody measured makes what is dead look healthy: a missing point is unknown, and nothing here
fills one in.

The service's part is a contract ([service-contract.md](service-contract.md)). Its metrics are
published by the service itself; those marked *if it has it* are optional, and absent until it does.
Ours are written to the functions' logs in CloudWatch's embedded metric format, in namespace
`Autopilot`, so that no call and no right is needed for them. Whoever adds one adds it to
`domain/readings.py` and to the catalogue; tests hold the two, the templates and the dashboards
together.
"""

_ALARMS_HEAD: Final = """# Alarms

Generated from `template.yaml` by `make generate`.

**CRITICAL** wants somebody within 5 minutes, **WARNING** within 15 minutes to an hour, **INFO** on
the next business day. An alarm whose name begins with the service's starts an incident: the rule
`AlarmRule` hands it to `receive_alarm`, and people are told by the incident. The others begin with
`autopilot-` and page through the topic. A few tell nobody alone, because a composite looks at them:
it joins what belongs together, and is quiet while another alarm explains it.

| who is told | by |
|---|---|
| incident | the rule, then `incident_response`; a route's alarm calls the reflex first |
| page | the region's page topic |
| composite | another alarm, named beside it |

Missing data is decided for each metric. `missing`: no data is unknown, neither a reason to act nor
a sign of health. `notBreaching`: the source publishes only when something happens, so silence is
normal. `breaching`: silence itself is what the alarm is for. `ignore`: the state is kept, which is
how an alarm remembers that something has begun. CloudWatch looks at windows over a day once an
hour, which is enough for what is done daily; where bounds must be exact, the health sweep has them.

Silence pages through composites, because an alarm that looks for it is in ALARM minutes after it
was made, when there was nothing to miss. What runs all the time pages at once when it is silent
*and has begun* (`-begun` is OK); what has not begun half an hour after its alarms were made pages
as `never-begun`. What is missed daily pages once there has been a day (`begun-lately` is OK).
"""


def metrics_page() -> str:
    """The catalogue as Markdown."""
    parts = [_METRICS_HEAD]
    for source in Source:
        own = [each for each in METRICS.values() if each.source is source]
        parts.append(f"## From {source}\n\n" + "\n".join(map(_metric, own)))
    return "\n".join(parts)


def _metric(metric: Metric) -> str:
    where = f"`{metric.namespace}` `{metric.name}`, {metric.statistic}"
    name = where if metric.name else "computed"
    about = ", ".join(metric.dimensions)
    rows = [
        ("is", f"{name}{f', by {about}' if about else ''}"),
        ("unit, period", f"{metric.unit}; {_period(metric.period_seconds)}"),
        ("means", metric.definition),
        ("computed as", metric.arithmetic),
        ("is for", metric.use),
        ("published by", f"`{metric.publisher}`" if metric.publisher.islower() else ""),
    ]
    said = "\n".join(f"| {head} | {cell} |" for head, cell in rows if cell)
    return f"### {metric.title}\n\n| `{metric.id}` | |\n|---|---|\n{said}\n"


def _period(seconds: int) -> str:
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds} s"
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds % size == 0:
            number = seconds // size
            return f"{number} {word}{'s' if number > 1 else ''}"
    return f"{seconds} s"


def alarms_page(root: Path) -> str:
    """Every alarm of the regional template as Markdown, the most urgent first."""
    alarms = sorted(alarms_of(root), key=lambda each: (each.order, each.name))
    rows = "\n".join(_row(each) for each in alarms)
    head = (
        "| | alarm | means | looks at | missing data | told | runbook, first command |\n"
        "|---|---|---|---|---|---|---|"
    )
    return f"{_ALARMS_HEAD}\n{head}\n{rows}\n"


def alarms_of(root: Path) -> Iterator[Described]:
    """Every alarm of both templates."""
    for path in ("template.yaml", "foundation.yaml"):
        resources = load_template(root / path)["Resources"]
        alarms = {name: each for name, each in resources.items() if each["Type"] in _KINDS}
        named = {_name(each): name for name, each in alarms.items()}
        for name, each in alarms.items():
            yield Described(name, each["Properties"], tuple(_parents(name, alarms, named)))


def _parents(
    name: str, alarms: Mapping[str, Mapping[str, Any]], named: Mapping[str, str]
) -> Iterable[str]:
    """Composites that go off with this alarm: what they only negate quiets them."""
    for parent in alarms.values():
        rule = parent["Properties"].get("AlarmRule", {}).get("Fn::Sub", "").partition("AND NOT")[0]
        if any(f'"{each}"' in rule for each, child in named.items() if child == name):
            yield _name(parent)


def _name(alarm: Mapping[str, Any]) -> str:
    name: str = alarm["Properties"]["AlarmName"]["Fn::Sub"]
    return name


def _row(alarm: Described) -> str:
    cells = (
        alarm.level,
        f"`{alarm.name}`",
        alarm.meaning,
        _looks_at(alarm),
        f"`{alarm.missing}`" if alarm.missing else "",
        alarm.told,
        f"[{alarm.runbook}]({alarm.runbook.removeprefix('docs/')}), `{alarm.first}`",
    )
    return f"| {' | '.join(cells)} |"


def _looks_at(alarm: Described) -> str:
    if alarm.rule:
        return "other alarms"
    ids = dict.fromkeys(
        found.id for each in alarm.metrics if (found := metric_named(*each)) is not None
    )
    titles = ", ".join(METRICS[each].title.lower() for each in ids)
    return f"{titles}; {alarm.window}"
