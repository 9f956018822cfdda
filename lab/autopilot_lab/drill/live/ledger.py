"""Looks at the ledger item without a call: the view must not leave a trace in what it watches."""

from __future__ import annotations

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from autopilot.adapters.dynamodb_expressions import item_of
from autopilot.domain.permit import LEDGER
from autopilot.gate.ledger import LedgerView
from autopilot_lab.drill.installation import Installation
from autopilot_lab.emulator.moto_backend import ACCOUNT


def look_at_ledger(installation: Installation) -> LedgerView | None:
    """The ledger item as it stands in the home region; None before there is one."""
    region = installation.profile.regions.home
    table = dynamodb_backends[ACCOUNT][region].tables[installation.ledger_table]
    service = DynamoType({"S": installation.profile.service.name})
    item = table.get_item(service, DynamoType({"S": LEDGER}))
    if item is None:
        return None
    attributes = {name: value.to_regular_json() for name, value in item.attrs.items()}
    return LedgerView.of(item_of(attributes))
