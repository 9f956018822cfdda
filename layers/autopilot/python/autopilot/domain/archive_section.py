"""The profile's section `archive`: how long entries of the trail are kept, and where."""

from __future__ import annotations

from pydantic import Field

from autopilot.domain.retention import Periods, RetentionClass
from autopilot.domain.section import Section


class ArchiveSection(Section):
    """How long entries of the trail are kept: GDPR Art. 5(1)(e), for the controller to decide."""

    hot_days: int = Field(
        ge=1, le=30, description="Whole days in the log's own bucket, before the archive."
    )
    operations_days: int = Field(
        ge=35, le=3_653, description="What the automation did, and the service answered."
    )
    security_days: int = Field(ge=35, le=3_653, description="Access, incidents, breaches.")
    legal_days: int = Field(
        ge=35, le=3_653, description="What a statute or a claim needs; erasures, endings."
    )

    @property
    def periods(self) -> Periods:
        """As the domain has them."""
        days = {kept: int(getattr(self, f"{kept.value}_days")) for kept in RetentionClass}
        return Periods(self.hot_days, days)
