"""What the trials of one run share: the place, the numbering, costly resources, and cleaning."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from autopilot_lab.conformance.places import Place

TAG: Final = "created-by"
TAG_VALUE: Final = "autopilot-conformance"
STRONG_TABLE_MINUTES_MAX: Final = 20

Removal = Callable[[], object]


@dataclass
class Cleaner:
    """Removes what was made, newest first, and remembers what would not go."""

    leftovers: list[str] = field(default_factory=list)
    _removals: list[tuple[str, Removal]] = field(default_factory=list)

    def later(self, what: str, removal: Removal) -> None:
        """Remove something at the end."""
        self._removals.append((what, removal))

    def clean(self) -> None:
        """Remove everything now; failures are remembered, and stop nothing."""
        while self._removals:
            what, removal = self._removals.pop()
            try:
                removal()
            except (ClientError, BotoCoreError) as error:
                self.leftovers.append(f"{what}: {error}")


@dataclass
class Run:
    """What the trials of one run share: the place, the numbering, and costly resources."""

    place: Place
    cleaner: Cleaner = field(default_factory=Cleaner)
    numbers: count[int] = field(default_factory=lambda: count(1))
    _strong_table: str = ""

    def strong_table(self) -> str:
        """A strongly consistent global table with key `id`, made on first use."""
        if not self._strong_table:
            self._strong_table = f"{self.place.prefix}-strong"
            self._deploy(self._strong_table, strong_template(self._strong_table, self.place))
        return self._strong_table

    def _deploy(self, stack: str, template: Mapping[str, Any]) -> None:
        client = self.place.client("cloudformation", self.place.regions.home)
        client.create_stack(
            StackName=stack,
            TemplateBody=json.dumps(template),
            Tags=[{"Key": TAG, "Value": TAG_VALUE}],
        )
        self.cleaner.later(f"stack {stack}", lambda: client.delete_stack(StackName=stack))
        attempts = STRONG_TABLE_MINUTES_MAX * 60 // 15
        client.get_waiter("stack_create_complete").wait(
            StackName=stack, WaiterConfig={"Delay": 15, "MaxAttempts": attempts}
        )


def strong_template(name: str, place: Place, **properties: Any) -> dict[str, Any]:
    """A template with one strongly consistent global table: two replicas and a witness."""
    regions = place.regions
    table = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "MultiRegionConsistency": "STRONG",
        "GlobalTableWitnesses": [{"Region": regions.observer}],
        "Replicas": [{"Region": regions.home}, {"Region": regions.standby}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        **properties,
    }
    return {"Resources": {"Table": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": table}}}
