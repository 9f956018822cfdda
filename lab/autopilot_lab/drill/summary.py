"""Many runs of one scenario, over seeds: how often it held, and how long it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

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
class Played:
    """What a summary needs of one run; plain enough to come from another process as JSON."""

    seed: int
    broken: Sequence[str]  #: the expectations that did not hold
    measures: Mapping[str, float | None]  #: None: there was nothing to measure

    @classmethod
    def of(cls, result: DrillResult) -> Self:
        """The run's share of a summary."""
        return cls(
            seed=result.seed,
            broken=[each.name for each in result.checked if not each.finding.held],
            measures={
                "fault_to_effect_seconds": _to_effect(result),
                "time_to_mitigate_seconds": result.time_to_mitigate_seconds,
                "loss_to_last_failure_seconds": _to_last_failure(result),
                "failed_requests": result.evidence.series.failures,
            },
        )


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


def summarise(scenario: str, played: Sequence[Played]) -> Summary:
    """The summary of at least one run."""
    broken: dict[str, list[int]] = {}
    for each in played:
        for name in each.broken:
            broken.setdefault(name, []).append(each.seed)
    return Summary(
        scenario=scenario,
        seeds=[each.seed for each in played],
        held=sum(not each.broken for each in played),
        measures={name: Spread.of(_measured(played, name)) for name in played[0].measures},
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


def _measured(played: Sequence[Played], name: str) -> list[float]:
    found = (each.measures[name] for each in played)
    return [value for value in found if value is not None]


def _to_effect(result: DrillResult) -> float | None:
    effect, fault = result.evidence.first_effect, result.evidence.fault_at
    return None if effect is None or fault is None else round(effect.at - fault, 3)


def _to_last_failure(result: DrillResult) -> float | None:
    """From the loss of a region that was left to the last request that failed: what RTO means."""
    parts = result.evidence.failover
    return round(sum(part.seconds for part in parts), 2) if parts else None
