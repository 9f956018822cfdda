"""Reads from when to when the ledger's table can be restored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from autopilot.adapters.inventory.asking import Missing, asking
from autopilot.domain.inventory import BackupFacts

_MS: Final = 1000


class LedgerBackups:
    """`client` answers with DynamoDB's client of a region."""

    def __init__(self, client: Callable[[str], Any], *, table: str) -> None:
        """The ledger's table."""
        self._client = client
        self._table = table

    def window(self, region: str) -> BackupFacts | None:
        """Of the table in a region; None when point-in-time recovery is off, or no table there.

        `LatestRestorableDateTime` is typically five minutes before the present (DynamoDB API,
        PointInTimeRecoveryDescription).
        """
        try:
            with asking(f"dynamodb:DescribeContinuousBackups in {region}"):
                answer = self._client(region).describe_continuous_backups(TableName=self._table)
        except Missing:
            return None
        found = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        if found.get("PointInTimeRecoveryStatus") != "ENABLED":
            return None
        earliest, latest = (
            found[name] for name in ("EarliestRestorableDateTime", "LatestRestorableDateTime")
        )
        return BackupFacts(int(earliest.timestamp() * _MS), int(latest.timestamp() * _MS))
