"""Puts the inventory together over AWS; clients are built when they are first needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final

from autopilot.adapters.inventory.backups import LedgerBackups
from autopilot.adapters.inventory.bedrock import BedrockInventory
from autopilot.adapters.inventory.canaries import AwsCanaries
from autopilot.adapters.inventory.copies import S3Copies
from autopilot.adapters.inventory.databases import AuroraDatabases
from autopilot.adapters.inventory.keys import KmsInventory
from autopilot.adapters.inventory.quotas import ServiceQuotas
from autopilot.adapters.inventory.replicas import LedgerReplicas
from autopilot.adapters.inventory.rights import IamRights
from autopilot.adapters.inventory.use import CloudWatchUse
from autopilot.ports.inventory import Inventory

#: IAM is one for all regions, and its endpoint does not depend on the client's.
_ANYWHERE: Final = "us-east-1"


def aws_inventory(
    *, client: Callable[[str, str], Any], account: str, table: str, service: str
) -> Inventory:
    """`client` builds one for a service in a region; `table` is the ledger's of `service`."""
    built = cache(client)
    return Inventory(
        models=BedrockInventory(partial(built, "bedrock")),
        quotas=ServiceQuotas(partial(built, "service-quotas")),
        use=CloudWatchUse(partial(built, "cloudwatch"), account),
        rights=IamRights(partial(built, "iam", _ANYWHERE), account),
        canaries=AwsCanaries(partial(built, "sts"), account),
        copies=S3Copies(partial(built, "cloudwatch")),
        databases=AuroraDatabases(partial(built, "rds"), partial(built, "cloudwatch")),
        keys=KmsInventory(partial(built, "kms")),
        replicas=LedgerReplicas(partial(built, "dynamodb"), table=table, service=service),
        backups=LedgerBackups(partial(built, "dynamodb"), table=table),
    )
