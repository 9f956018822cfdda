"""What every section of the profile is made of: one base, and the types of its values."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from autopilot.domain.allocation import PATH_PATTERN, REGION_PATTERN, WHOLE
from autopilot.domain.severity import Severity

PPM_PER_PERCENT: Final = 10_000


def _whole_ppm(percent: float) -> float:
    if abs(percent * PPM_PER_PERCENT - round(percent * PPM_PER_PERCENT)) > 1e-6:  # noqa: PLR2004 - far below one part per million
        message = "a percent with at most four decimals"
        raise ValueError(message)
    return percent


Region = Annotated[str, Field(pattern=f"^{REGION_PATTERN}$", max_length=20)]
PathName = Annotated[str, Field(pattern=f"^{PATH_PATTERN}$")]
WholePercent = Annotated[int, Field(ge=0, le=WHOLE)]
Percent = Annotated[float, Field(ge=0, le=WHOLE), AfterValidator(_whole_ppm)]
Rate = Annotated[float, Field(gt=0, lt=WHOLE), AfterValidator(_whole_ppm)]
Points = Annotated[int, Field(ge=1, le=WHOLE)]
_HOST: Final = r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}"
Host = Annotated[str, Field(pattern=f"^{_HOST}$", max_length=253)]
#: https and a name: no port, user, query or address, so that nothing but that host is asked.
Url = Annotated[str, Field(pattern=f"^https://{_HOST}(/[A-Za-z0-9._~-]+)*/?$", max_length=512)]
Weight = Annotated[int, Field(ge=0, le=1_000)]
QuotaCode = Annotated[str, Field(pattern="^L-[0-9A-F]{8}$")]  #: of Service Quotas
Urgency = Annotated[Severity, Field(strict=False)]  #: TOML has text, no enumerations


class Section(BaseModel):
    """A table of the profile: frozen, with no fields that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
