"""The switches of a failover: who owns the writes, where a database is written, who may come."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from autopilot.adapters.admission_flags import AdmissionFlags
from autopilot.adapters.ledger_writer import LedgerWriter
from autopilot.domain.switches import ADMISSION, DATABASE_SWITCHES, WRITER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autopilot.adapters.dynamodb_ledger import DynamoDbLedger
    from autopilot.domain.failover_section import Database
    from autopilot.domain.profile import Profile
    from autopilot.ports import Clock, Switch


def failover_switches(
    profile: Profile,
    *,
    ledger: DynamoDbLedger,
    clock: Clock,
    client: Callable[..., Any],
    flag_bucket: str,
    region: str,
) -> Mapping[str, Switch]:
    """By name; `client` makes one of a service in a region. Empty where nothing is described."""
    section, regions = profile.failover, profile.regions
    if section is None:
        return {}
    serving = (regions.home, regions.standby)
    databases = _databases(section.database, client, region)
    writer = LedgerWriter(
        ledger=ledger,
        clock=clock,
        home=regions.home,
        hand_over_seconds=section.hand_over_seconds,
    )
    if section.arc is not None:
        from autopilot.adapters.routing_controls import RoutingControls  # noqa: PLC0415

        controls = RoutingControls(arc=section.arc, client=client, last=_others(serving, region))
        return {WRITER: writer, ADMISSION: controls, **databases}
    flags = AdmissionFlags(
        # Its caller tries again, and asks the observer first: one layer of retries.
        client=cache(partial(client, "s3", attempts_max=1)),
        bucket=lambda place: flag_bucket.format(region=place),
        serving=serving,
        observer=regions.observer,
    )
    return {WRITER: writer, ADMISSION: flags, **databases}


def _databases(
    database: Database | None, client: Callable[..., Any], region: str
) -> Mapping[str, Switch]:
    """The two ways to move one writer: without losing anything, and without its source."""
    if database is None:
        return {}
    from autopilot.adapters.global_database import GlobalDatabase  # noqa: PLC0415 - few have one

    return {
        name: GlobalDatabase(name=name, database=database, client=client, region=region)
        for name in sorted(DATABASE_SWITCHES)
    }


def _others(serving: tuple[str, ...], region: str) -> frozenset[str]:
    """Regions of the service other than this one: any of them may be the one that is lost."""
    return frozenset(serving) - {region}
