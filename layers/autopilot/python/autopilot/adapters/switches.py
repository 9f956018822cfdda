"""Every switch outside the ledger: of releases, of the emergency mode, of a failover."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from autopilot.adapters import clients, emergency_mode
from autopilot.adapters.failover_switches import failover_switches
from autopilot.adapters.release_switches import release_switches
from autopilot.domain.release_section import EMERGENCY

if TYPE_CHECKING:
    from autopilot.adapters.dynamodb_ledger import DynamoDbLedger
    from autopilot.domain.profile import Profile
    from autopilot.ports import Clock, Switch


def switches(
    profile: Profile,
    *,
    ledger: DynamoDbLedger,
    clock: Clock,
    client: Callable[..., Any],
    flag_bucket: str,
    region: str,
    read_only: bool,
) -> Mapping[str, Switch]:
    """The switches by name; `client` makes one of a service in a region."""
    return {
        **release_switches(profile, client),
        **_emergency(profile, read_only=read_only),
        **failover_switches(
            profile,
            ledger=ledger,
            clock=clock,
            client=client,
            flag_bucket=flag_bucket,
            region=region,
        ),
    }


def _emergency(profile: Profile, *, read_only: bool) -> Mapping[str, Switch]:
    described = profile.release.emergency if profile.release else None
    if described is None:
        return {}
    mode = emergency_mode.EmergencyMode(
        name=EMERGENCY,
        host=described.host,
        region=described.region,
        credentials=clients.credentials(),
        send=emergency_mode.https_transport(),
        read_only=read_only,
    )
    return {EMERGENCY: mode}
