"""Reads the state of keys by their aliases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autopilot.adapters.inventory.asking import Missing, asking
from autopilot.domain.inventory import KeyFacts


class KmsInventory:
    """`client` answers with KMS's client of a region."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        """Build nothing yet."""
        self._client = client

    def key(self, region: str, alias: str) -> KeyFacts | None:
        """The key behind an alias; None when there is no such alias."""
        try:
            with asking(f"kms:DescribeKey {alias} in {region}"):
                answer = self._client(region).describe_key(KeyId=alias)
        except Missing:
            return None
        return KeyFacts(str(answer["KeyMetadata"]["KeyState"]))
