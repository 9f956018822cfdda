"""What clients feel, as it went in the last minutes: error rate and latency."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.text import Text

from autopilot_lab.drill.live.scene import Scene
from autopilot_lab.drill.live.section import Section
from autopilot_lab.drill.live.spark import Values, spark
from autopilot_lab.emulator.world.series import PERIOD_SECONDS, Series

#: Seconds of the drill that one character stands for.
CHARACTER_SECONDS: Final = 5
_LABEL: Final = 15
_VALUE: Final = 11
_PPM: Final = 1_000_000
_ERROR_DECADES: Final = 3.0  #: up to a thousand times the objective
_LATENCY_DECADES: Final = 1.0  #: up to ten times the objective


def charts(scene: Scene, width: int, *, whole: bool) -> Section:
    """Error rate and latency above a common axis of time.

    With `whole`, also the error rate that the same day has without automation.
    """
    columns = max(10, width - _LABEL - _VALUE)
    evidence = scene.evidence
    objective = evidence.objective_ppm / _PPM
    second = max(0, int(scene.second))
    seen = error_rates(evidence.series, second, columns)
    other = error_rates(evidence.unautomated, second, columns)
    latencies = _latencies(scene, second, columns)
    lines: list[Text] = []
    rates = [("error rate", seen), *([("no automation", other)] if whole else [])]
    for label, values in rates:
        rows = spark(values, objective=objective, decades=_ERROR_DECADES, style="green")
        lines += _chart(label, f"over {_percent(objective)}", rows, _percent(_last(values)))
    rows = spark(
        latencies,
        objective=scene.latency_objective_ms,
        decades=_LATENCY_DECADES,
        style="green",
    )
    limit = f"over {scene.latency_objective_ms:.0f} ms"
    lines += _chart("p95 latency", limit, rows, _milliseconds(_last(latencies)))
    lines.append(_axis(scene, second, columns))
    return Section("what clients feel", "", tuple(lines), least=len(lines))


def error_rates(series: Series, second: int, columns: int) -> Values:
    """Shares of failed requests, in steps of five seconds, the last one up to `second`."""
    return [*_error_rates(series, second, columns)]


def _error_rates(series: Series, second: int, columns: int) -> Iterator[float | None]:
    for start in _starts(second, columns):
        if start < 0:
            yield None
            continue
        requests, failures = series.between(start, min(start + CHARACTER_SECONDS, second))
        yield failures / requests if requests else None


def _starts(second: int, columns: int) -> range:
    """Where the steps begin; the last one holds `second`, or ends there."""
    last = (max(second, 1) - 1) // CHARACTER_SECONDS * CHARACTER_SECONDS
    return range(last - (columns - 1) * CHARACTER_SECONDS, last + 1, CHARACTER_SECONDS)


def _latencies(scene: Scene, second: int, columns: int) -> Values:
    samples = {
        sample.end_seconds: sample.p95_latency_ms for sample in scene.evidence.series.samples
    }
    ends = ((s // PERIOD_SECONDS + 1) * PERIOD_SECONDS for s in _starts(second, columns))
    return [samples.get(end) for end in ends]


def _last(values: Values) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)


def _chart(label: str, above: str, rows: tuple[Text, Text], value: str) -> Iterator[Text]:
    for head, row, tail in ((above, rows[0], ""), (label, rows[1], value)):
        line = Text(f"{head:<{_LABEL}}", style="dim" if not tail else "")
        yield line.append_text(row).append(f"{tail:>{_VALUE}}", style="bold")


def _axis(scene: Scene, second: int, columns: int) -> Text:
    """How far back the charts go, and where the fault began."""
    begin = _starts(second, columns)[0]
    marks = [" "] * columns
    back = f"{CHARACTER_SECONDS * columns // 60} min ago"
    marks[: len(back)] = back
    marks[-len("now") :] = "now"
    fault = scene.evidence.fault_at
    at = -1 if fault is None or fault > second else (fault - begin) // CHARACTER_SECONDS
    label = "▲ fault"
    if 0 <= at <= columns - len(label):
        marks[at : at + len(label)] = label
    elif 0 <= at < columns:
        text = "fault ▲"
        marks[at - len(text) + 1 : at + 1] = text
    return Text(" " * _LABEL + "".join(marks), style="dim")


def _percent(share: float | None) -> str:
    """`0.1 %`, `12.6 %`."""
    if share is None:
        return "no data"
    value = share * 100
    return f"{value:.1f} %" if value >= 1 else f"{value:.2g} %"


def _milliseconds(value: float | None) -> str:
    return "no data" if value is None else f"{value:.0f} ms"
