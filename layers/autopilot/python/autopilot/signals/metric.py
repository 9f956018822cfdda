"""What the catalogue says of one metric. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """Where the data points come from."""

    SERVICE = "the service, by contract"  #: docs/service-contract.md
    OPTIONAL = "the service, by contract, if it has it"  #: absent until the service publishes it
    PRODUCT = "this product"
    AWS = "AWS"
    DERIVED = "metric math over others"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric. A derived one has no name and namespace of its own, but arithmetic."""

    id: str  #: lower case with underscores; how code, alarms and documents name it
    title: str
    name: str = ""
    namespace: str = ""
    unit: str  #: as people read it
    dimensions: tuple[str, ...] = ()
    statistic: str = ""
    period_seconds: int
    source: Source
    definition: str
    use: str
    arithmetic: str = ""
    publisher: str = ""  #: the function or runbook of this product that publishes it
