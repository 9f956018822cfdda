"""All beliefs, in order, and finding some by their ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from types import ModuleType
from typing import Final

from autopilot.errors import BadInput, Problem
from autopilot_lab.conformance.belief import Belief
from autopilot_lab.conformance.beliefs import (
    alarms,
    approvals,
    archive,
    databases,
    deliveries,
    documented,
    dynamodb_writes,
    failovers,
    functions,
    incidents,
    inspecting,
    keys,
    machines,
    models,
    pages,
    persons,
    preflight,
    probes,
    releases,
    restores,
    signals,
    silence,
    storage,
    strong_tables,
    sweeping,
    trail,
)

_CHAPTERS: Final[Mapping[str, tuple[ModuleType | None, tuple[Belief, ...]]]] = {
    "DynamoDB: one write": (dynamodb_writes, ()),
    "DynamoDB: strongly consistent tables": (strong_tables, documented.STRONG_TABLES),
    "DynamoDB: backups": (restores, restores.RESTORES),
    "Step Functions": (machines, documented.MACHINES),
    "Runs of an incident": (incidents, incidents.COMPOSITES),
    "Lambda": (functions, ()),
    "Lambda: who calls a function URL": (approvals, approvals.FUNCTION_URLS),
    "Releases": (releases, releases.DOCUMENTED),
    "Regional failover": (failovers, failovers.DOCUMENTED),
    "Global databases": (databases, databases.DOCUMENTED),
    "CloudWatch": (alarms, documented.ALARMS),
    "CloudWatch: alarms that look for silence": (silence, ()),
    "Metrics, expressions, dashboards": (signals, signals.SIGNALS),
    "What the sweep reads": (sweeping, sweeping.SWEEPING),
    "EventBridge, Scheduler, SNS, SQS, Logs": (deliveries, ()),
    "Probes": (probes, probes.PROBES),
    "Pages": (pages, pages.PAGES),
    "What a pre-flight rests on": (preflight, preflight.PREFLIGHT),
    "S3": (storage, ()),
    "KMS": (keys, ()),
    "Keys of persons": (persons, persons.PERSONS),
    "The trail": (trail, trail.TRAIL),
    "What the compliance check reads": (inspecting, ()),
    "The archive": (archive, archive.ARCHIVE),
    "What the models have": (models, ()),
    "At the edges": (None, documented.EDGES),
}


@cache
def chapters() -> Mapping[str, tuple[Belief, ...]]:
    """The beliefs by chapter, in the order they are written."""
    return {title: (*_declared(module), *added) for title, (module, added) in _CHAPTERS.items()}


def beliefs() -> tuple[Belief, ...]:
    """Every belief."""
    return tuple(one for chapter in chapters().values() for one in chapter)


def find(ids: Sequence[str]) -> tuple[Belief, ...]:
    """The beliefs of these ids, all when there are none. Raises `BadInput`."""
    by_id = {one.id: one for one in beliefs()}
    unknown = [name for name in ids if name not in by_id]
    if unknown:
        close = [near for name in unknown for near in get_close_matches(name, by_id, n=1)]
        meant = f"Did you mean {', '.join(close)}? " if close else ""
        raise BadInput(
            "the belief",
            [Problem("--only", "the id of a belief", name) for name in unknown],
            f"{meant}docs/beliefs.md lists every id.",
        )
    return tuple(by_id[name] for name in ids) or beliefs()


def _declared(module: ModuleType | None) -> Iterator[Belief]:
    if module is None:
        return iter(())
    return (value for value in vars(module).values() if isinstance(value, Belief))
