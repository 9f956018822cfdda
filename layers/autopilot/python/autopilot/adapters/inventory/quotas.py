"""Reads Service Quotas. Codes are matched, because names drift."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from autopilot.adapters.inventory.asking import Missing, asking

SERVICE_CODE: Final = "bedrock"


class ServiceQuotas:
    """`client` answers with Service Quotas' client of a region."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        """Build nothing yet."""
        self._client = client

    def quota(self, region: str, code: str) -> float | None:
        """The applied value; None for `NoSuchResourceException`, an error for all else."""
        try:
            with asking(f"servicequotas:GetServiceQuota {code} in {region}"):
                answer = self._client(region).get_service_quota(
                    ServiceCode=SERVICE_CODE, QuotaCode=code
                )
        except Missing:
            return None
        return float(answer["Quota"]["Value"])
