"""The global database that a profile describes: written in the home region, copied to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autopilot_lab.emulator.services.global_databases import GlobalDatabase

if TYPE_CHECKING:
    from autopilot.domain.failover_section import Database
    from autopilot_lab.emulator.cloud import EmbeddedAws


def make_database(aws: EmbeddedAws, database: Database, *, home: str) -> None:
    """Make it, long in use."""
    held = aws.services.global_databases
    held.is_lost = aws.outages.is_lost
    clusters = {each.region: each.arn for each in database.clusters}
    held.add(GlobalDatabase(database.identifier, clusters, writer=home))
