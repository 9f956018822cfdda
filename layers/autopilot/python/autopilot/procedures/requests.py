"""Reads what people and schedules write: the input of a runbook, refused whole or taken whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from autopilot.domain.personal import shown, withheld
from autopilot.domain.validation import problems_of
from autopilot.errors import BadInput, Problem

_ADVICE: Final = (
    'An empty object {} is always safe: it shows what would be done. Add "mode": "execute" to do it'
)


#: Of a reason: it goes into the ledger, which is small, and into the trail, which is for ever.
_REASON_MAX: Final = 96


def _kept(reason: str) -> str:
    return withheld(reason)[:_REASON_MAX]


Reason = Annotated[str, Field(max_length=_REASON_MAX), AfterValidator(_kept)]
IncidentId = Annotated[str, Field(max_length=64, pattern="^incident-[a-z]+-[A-Za-z0-9-]+$")]


class Request(BaseModel):
    """What every runbook's input has in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    mode: Literal["dry_run", "execute"] = "dry_run"
    service: str | None = None


AnyRequest = TypeVar("AnyRequest", bound=Request)


def read_request(
    model: type[AnyRequest], value: object, *, runbook: str, service: str
) -> AnyRequest:
    """Read a runbook's input; raise `BadInput` with everything that is wrong with it at once."""
    what = f"the input of {runbook}"
    if not isinstance(value, Mapping):
        raise BadInput(what, [Problem("input", "an object", _shown(value))], _ADVICE)
    try:
        request = model.model_validate(dict(value))
    except ValidationError as error:
        raise BadInput(what, problems_of(error), _ADVICE) from None
    if request.service not in (None, service):
        problem = Problem("service", f"{service!r}, or leave it out", shown(request.service))
        raise BadInput(what, [problem], _ADVICE)
    return request


def _shown(value: Any) -> str:
    kinds = {type(None): "null", str: "text", bool: "a truth value", list: "a list"}
    return kinds.get(type(value), "a number" if isinstance(value, int | float) else shown(value))
