"""The small notations of a scenario file: durations, percents, routes."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from autopilot.domain.allocation import Route
from autopilot.errors import BadInput

_DURATION: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_DURATION_PATTERN: Final = r"^(?=.)(\d+h)?(\d+m)?(\d+s)?$"
_ROUTE_PATTERN: Final = r"^(home|standby|[a-z]{2}(-[a-z]+)+-[1-9])/[a-z][a-z0-9-]{0,15}$"


class Strict(BaseModel):
    """A part of a scenario: unknown keys are refused, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def parse_duration(text: object) -> int:
    """Whole seconds in `4h`, `1h30m`, `90s`; raise `ValueError` for anything else."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) and text else None
    if match is None:
        raise ValueError("a duration such as 90s, 5m, 1h30m")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def format_duration(seconds: int) -> str:
    """`5400` as `1h30m`; what `parse_duration` reads back."""
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0s"


def _route_text(text: object) -> str:
    try:
        return str(Route.parse(text))  # type: ignore[arg-type]
    except BadInput as refused:
        raise ValueError("a route as region/path, such as eu-central-1/direct") from refused


#: Whole seconds, written `90s`, `5m`, `1h30m`.
Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": "string", "pattern": _DURATION_PATTERN, "examples": ["90s", "5m"]}),
]
#: 0 to 100.
Percent = Annotated[float, Field(ge=0, le=100, strict=False)]
WholePercent = Annotated[int, Field(ge=0, le=100)]
Factor = Annotated[float, Field(ge=0, le=1000)]
Count = Annotated[int, Field(ge=0)]
#: `region/path`; that the profile has it is checked once the profile is known.
RouteName = Annotated[
    str,
    BeforeValidator(_route_text),
    WithJsonSchema({"type": "string", "pattern": _ROUTE_PATTERN}),
]
