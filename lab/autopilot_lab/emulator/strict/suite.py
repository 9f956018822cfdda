"""The strict layer of one embedded AWS: every rule and amendment, put in force together."""

from __future__ import annotations

from collections.abc import Callable

from autopilot_lab.emulator.strict import (
    bucket_defaults,
    capacity,
    key_material,
    log_retention,
    names,
    pages,
    public_policies,
    queues,
    releases,
    schedules,
)
from autopilot_lab.emulator.strict.dashboards import Dashboards
from autopilot_lab.emulator.strict.key_states import KeyStates
from autopilot_lab.emulator.strict.layer import StrictLayer
from autopilot_lab.emulator.strict.object_lock import ObjectLock
from autopilot_lab.emulator.strict.strong_tables import StrongTables
from autopilot_lab.emulator.strict.table_recovery import TableRecovery
from autopilot_lab.emulator.strict.transactions import Transactions
from autopilot_lab.emulator.strict.versions import Versions

_WITHOUT_STATE = (
    bucket_defaults,
    capacity,
    key_material,
    log_retention,
    names,
    pages,
    public_policies,
    queues,
    releases,
    schedules,
)


def strict_layer(
    *,
    now: Callable[[], float],
    strong_tables: StrongTables,
    table_recovery: TableRecovery,
    versions: Versions,
) -> StrictLayer:
    """A layer with everything in force. `now` gives Unix seconds."""
    layer = StrictLayer()
    for part in (
        KeyStates(now),
        ObjectLock(now),
        Dashboards(),
        Transactions(now),
        versions,
        strong_tables,
        table_recovery,
    ):
        part.register(layer)
    for module in _WITHOUT_STATE:
        module.register(layer)
    return layer
