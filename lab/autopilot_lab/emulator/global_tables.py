"""DynamoDB global tables with multi-region strong consistency, and what such tables refuse.

The replicas share one set of items, so that a strong read in any of them sees the last write of
any other. The rules are those of the developer guide, "How DynamoDB global tables work" and
AWS::DynamoDB::GlobalTable in the CloudFormation guide.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.strict.layer import Answer, with_json

#: Regions that may form one strongly consistent table.
REGION_SETS = (
    frozenset({"us-east-1", "us-east-2", "us-west-2"}),
    frozenset({"eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"}),
    frozenset({"ap-northeast-1", "ap-northeast-2", "ap-northeast-3"}),
)
STRONG = "STRONG"
PARTS = 3


class GlobalTables:
    """The global tables of the account: which regions hold a replica or a witness."""

    def __init__(self) -> None:
        self._strong: set[str] = set()
        self._regions: dict[str, tuple[str, ...]] = {}
        self._witnesses: dict[str, tuple[str, ...]] = {}

    def create(self, name: str, properties: dict[str, Any], region: str) -> Table:
        """Create the table in every replica region; return the one of `region`."""
        replicas = tuple(replica["Region"] for replica in properties["Replicas"])
        witnesses = tuple(one["Region"] for one in properties.get("GlobalTableWitnesses", ()))
        if region not in replicas:
            _refuse(f"the stack's region {region} must hold one of the replicas {replicas}")
        strong = properties.get("MultiRegionConsistency") == STRONG
        if strong:
            _check_strong(properties, replicas, witnesses)
            self._strong.add(name)
        self._regions[name], self._witnesses[name] = replicas, witnesses
        table = self._create_table(name, properties, region)
        for replica in properties["Replicas"]:
            here = replica["Region"]
            if here != region:
                dynamodb_backends[ACCOUNT][here].tables[name] = _seen_from(table, here)
            _configure(dynamodb_backends[ACCOUNT][here].tables[name], replica)
        return table

    def delete(self, name: str) -> None:
        """Delete the table with all of its replicas."""
        for region in self._regions.pop(name, ()):
            dynamodb_backends[ACCOUNT][region].tables.pop(name, None)
        self._strong.discard(name)

    def replicas(self, name: str) -> tuple[str, ...]:
        """The regions that hold a replica."""
        return self._regions.get(name, ())

    def members(self, name: str) -> tuple[str, ...]:
        """The regions that hold a replica or a witness."""
        return self._regions.get(name, ()) + self._witnesses.get(name, ())

    @property
    def any_strong(self) -> bool:
        """Whether there is any strongly consistent table."""
        return bool(self._strong)

    def is_strong(self, name: str) -> bool:
        """Whether a table (by name or ARN) is strongly consistent over its regions."""
        return name.rsplit("/", 1)[-1] in self._strong

    def describe(self, asked: Asked, answer: Answer) -> wire.Response:
        """Name the other replicas and the witness of a global table (API, TableDescription)."""
        name = asked.text("TableName").rsplit("/", 1)[-1]
        response = answer()
        if name not in self._regions or wire.error_code(response):
            return response
        body = json.loads(response.body)
        others = (one for one in self._regions[name] if one != asked.call.region)
        body["Table"]["Replicas"] = [_member(one, "ReplicaStatus") for one in others]
        if name in self._strong:
            body["Table"]["MultiRegionConsistency"] = STRONG
        witnesses = self._witnesses[name]
        body["Table"]["GlobalTableWitnesses"] = [_member(one, "WitnessStatus") for one in witnesses]
        return with_json(response, body)

    def refuse_transaction(self, params: dict[str, Any], _region: str) -> None:
        """Strongly consistent global tables take no transactions."""
        for item in params.get("TransactItems", ()):
            for action in item.values():
                if self.is_strong(action["TableName"]):
                    _refuse("Transaction operations are not supported on an MRSC global table")

    def refuse_expiry(self, params: dict[str, Any], _region: str) -> None:
        """Strongly consistent global tables have no time to live."""
        if self.is_strong(params["TableName"]):
            _refuse("Time to Live is not supported on an MRSC global table")

    def _create_table(self, name: str, properties: dict[str, Any], region: str) -> Table:
        here = next(one for one in properties["Replicas"] if one["Region"] == region)
        table = dynamodb_backends[ACCOUNT][region].create_table(
            name=name,
            schema=properties["KeySchema"],
            throughput=None,
            attr=properties["AttributeDefinitions"],
            billing_mode=properties.get("BillingMode", "PROVISIONED"),
            global_indexes=properties.get("GlobalSecondaryIndexes", []),
            indexes=properties.get("LocalSecondaryIndexes", []),
            streams=properties.get("StreamSpecification") or {},
            sse_specification=properties.get("SSESpecification") or {},
            tags=here.get("Tags", []),
            deletion_protection_enabled=bool(here.get("DeletionProtectionEnabled", False)),
            warm_throughput=None,
        )
        made: Table = table
        return made


def _member(region: str, status: str) -> dict[str, str]:
    return {"RegionName": region, status: "ACTIVE"}


def _seen_from(table: Table, region: str) -> Table:
    """The replica in `region`: its own ARN, the same items."""
    replica = copy.copy(table)
    replica.region_name = region
    replica.table_arn = table.table_arn.replace(f":{table.region_name}:", f":{region}:")
    return replica


def _configure(replica: Table, settings: dict[str, Any]) -> None:
    """What each replica has of its own (AWS::DynamoDB::GlobalTable ReplicaSpecification)."""
    asked = settings.get("PointInTimeRecoverySpecification", {})
    status = "ENABLED" if asked.get("PointInTimeRecoveryEnabled") else "DISABLED"
    recovery = {"PointInTimeRecoveryStatus": status}
    replica.continuous_backups = {
        "ContinuousBackupsStatus": "ENABLED",  # one cannot turn these off
        "PointInTimeRecoveryDescription": recovery,
    }
    replica.deletion_protection_enabled = bool(settings.get("DeletionProtectionEnabled", False))
    replica.tags = list(settings.get("Tags", []))


def _check_strong(
    properties: dict[str, Any], replicas: tuple[str, ...], witnesses: tuple[str, ...]
) -> None:
    parts = replicas + witnesses
    if len(parts) != PARTS or len(witnesses) > 1:
        _refuse("an MRSC table needs three replicas, or two replicas and a witness")
    if not any(set(parts) <= region_set for region_set in REGION_SETS):
        _refuse(f"{', '.join(parts)} are not in one region set of strongly consistent tables")
    if properties.get("LocalSecondaryIndexes"):
        _refuse("Local secondary indexes are not supported on an MRSC global table")
    if properties.get("TimeToLiveSpecification", {}).get("Enabled"):
        _refuse("Time to Live is not supported on an MRSC global table")


def _refuse(why: str) -> None:
    raise AwsError("ValidationException", why)
