"""Builds what only rehearsals and restores need, so that nothing else loads it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeAlias

from autopilot.adapters.dynamodb_copies import DynamoDbCopies
from autopilot.adapters.report_shelf import S3RehearsalShelf
from autopilot.environment import Environment
from autopilot.ports.recovery import RehearsalShelf, TableCopies

#: Service and region → a client.
Client: TypeAlias = Callable[[str, str], Any]


class RecoveryWiring:
    """A `RecoveryDesk`, each part built when it is first asked for."""

    def __init__(self, place: Environment, client: Client) -> None:
        """Build nothing yet."""
        self._place, self._client = place, client

    @cached_property
    def shelf(self) -> RehearsalShelf:
        """The region's trail bucket, where nothing is overwritten."""
        from autopilot.reports.rehearsal_forms import FORMS  # noqa: PLC0415 - only who files

        client = self._client("s3", self._place.region)
        return S3RehearsalShelf(client, self._place.trail_bucket, FORMS)

    @cached_property
    def copies(self) -> TableCopies:
        """Copies in the region of the function."""
        client = self._client("dynamodb", self._place.region)
        return DynamoDbCopies(client=client, service=self._place.service)

    @property
    def ledger_table(self) -> str:
        """The name of the ledger's table."""
        return self._place.ledger_table
