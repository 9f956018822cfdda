"""Checks of the database whose writer moves: none where the profile describes none."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from autopilot.procedures.preflight.checks import database as checks
from autopilot.procedures.preflight.checks import place
from autopilot.procedures.preflight.reading import Read

if TYPE_CHECKING:
    from autopilot.domain.failover_section import Database
    from autopilot.domain.inventory import DatabaseFacts
    from autopilot.domain.preflight import Check
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.preflight.move import Move
    from autopilot.procedures.preflight.reading import Reader

_LAG_SECONDS: Final = 900  #: told each minute; before a region was lost, too


def database_checks(dependencies: Dependencies, move: Move, reader: Reader) -> Iterator[Check]:
    """Whether it can be written in the target, and what that would lose. The target tells both."""
    section = move.profile.failover
    if section is None or section.database is None:
        return
    database = section.database
    found = reader.read(
        f"rds:DescribeGlobalClusters in {move.target}",
        lambda: dependencies.inventory.databases.database(move.target, database.identifier),
    )
    yield reader.check(
        "database/members",
        "both clusters, available",
        found,
        lambda said: checks.members(move, database, said),
    )
    yield _lag(dependencies, move, reader, database, found)


def _lag(
    dependencies: Dependencies,
    move: Move,
    reader: Reader,
    database: Database,
    found: Read[DatabaseFacts],
) -> Check:
    name, limit = "data-lag/database", f"{database.lag_seconds_max} s"
    if found.value is not None and found.value.writer == move.target:
        return reader.check(name, limit, found, partial(checks.written_here, move))
    cluster = database.cluster_in(move.target)
    lag = reader.read(
        f"cloudwatch:GetMetricData AWS/RDS in {move.target}",
        lambda: dependencies.inventory.databases.database_lag(
            cluster, move.source, since_ms=move.since(_LAG_SECONDS), until_ms=move.now_ms
        ),
    )
    aged = lag
    if lag.at_ms is not None and lag.value is not None:
        aged = Read(lag.source, lag.value, lag.value.at_ms)
    judge = partial(place.lag, move, seconds_max=database.lag_seconds_max)
    return reader.check(name, limit, aged, judge)
