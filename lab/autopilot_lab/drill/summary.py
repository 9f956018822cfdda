"""Many runs of one scenario, over seeds: how often it held, and how long it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from autopilot_lab.drill.result import DrillResult


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, 95th percentile and largest of a measure; nearest rank, so each was really seen."""

    p50: float
    p95: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        """The spread of the values; None when there are none."""
        if not values:
            return None
        ordered = sorted(values)
        ranks = (-(-len(ordered) * percent // 100) - 1 for percent in (50, 95, 100))
        return cls(*(ordered[rank] for rank in ranks))


@dataclass(frozen=True, slots=True)
class Summary:
    """What the runs have in common, and what did not hold in which of them."""

    scenario: str
    seeds: Sequence[int]
    held: int
    measures: Mapping[str, Spread | None]
    broken: Mapping[str, Sequence[int]]  #: seeds by the expectation that did not hold

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "scenario": self.scenario,
            "runs": len(self.seeds),
            "first_seed": self.seeds[0],
            "held": self.held,
            "measures": {k: asdict(v) if v else None for k, v in self.measures.items()},
            "not_held": {name: list(seeds) for name, seeds in self.broken.items()},
        }


def summarise(results: Sequence[DrillResult]) -> Summary:
    """The summary of at least one result."""
    broken: dict[str, list[int]] = {}
    for result in results:
        for checked in result.checked:
            if not checked.finding.held:
                broken.setdefault(checked.name, []).append(result.seed)
    return Summary(
        scenario=results[0].scenario.name,
        seeds=[result.seed for result in results],
        held=sum(result.held for result in results),
        measures={
            "fault_to_effect_seconds": Spread.of([s for r in results for s in _to_effect(r)]),
            "time_to_mitigate_seconds": Spread.of([s for r in results for s in _to_calm(r)]),
            "failed_requests": Spread.of([r.evidence.series.failures for r in results]),
        },
        broken=broken,
    )


def tell_summary(summary: Summary, console: Console) -> None:
    """Print it as a table."""
    table = Table(title=f"{summary.scenario}: {len(summary.seeds)} runs", title_justify="left")
    for heading in ("", "p50", "p95", "max"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, spread in summary.measures.items():
        cells = (f"{v:g}" for v in (spread.p50, spread.p95, spread.max)) if spread else ("-",) * 3
        table.add_row(name.replace("_", " "), *cells)
    console.print(table)
    for name, seeds in summary.broken.items():
        console.print(f"NOT HELD  {name}: seeds {', '.join(map(str, seeds))}", highlight=False)
    console.print(f"{summary.held} of {len(summary.seeds)} runs held.", highlight=False)


def _to_effect(result: DrillResult) -> list[float]:
    effect, fault = result.evidence.first_effect, result.evidence.fault_at
    return [] if effect is None or fault is None else [round(effect.at - fault, 3)]


def _to_calm(result: DrillResult) -> list[float]:
    seconds = result.time_to_mitigate_seconds
    return [] if seconds is None else [seconds]
