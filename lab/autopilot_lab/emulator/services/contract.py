"""How an own service takes its place on the call path.

Parameters are validated by the model before a method sees them, and what a service does not have
is refused by name: the lab never falls back on somebody else's half of a service.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import CallPath, Operation
from autopilot_lab.emulator.services.validation import validate

NOT_IMPLEMENTED = 501


def own_whole(
    calls: CallPath,
    service: str,
    operations: Mapping[str, Operation],
    *,
    invalid: str = "ValidationException",
    elsewhere: Iterable[str] = (),
) -> None:
    """Answer a whole service: these operations here, and refuse by name what is nowhere.

    `elsewhere` are those that moto answers, or a wire operation. `invalid` is the error code with
    which this service answers parameters out of bounds.
    """
    own_part(calls, service, operations, invalid=invalid)
    known = {*operations, *elsewhere}
    others = [name for name in wire.service_model(service).operation_names if name not in known]
    calls.own(service, {name: _refusing(service, name, sorted(known)) for name in others})


def own_part(
    calls: CallPath,
    service: str,
    operations: Mapping[str, Operation],
    *,
    invalid: str = "ValidationException",
) -> None:
    """Answer some operations of a service here, and leave the others as they are."""
    calls.own(
        service,
        {name: _validated(service, name, one, invalid) for name, one in operations.items()},
    )


def _validated(service: str, name: str, operation: Operation, invalid: str) -> Operation:
    def answer(params: dict[str, Any], region: str) -> dict[str, Any]:
        given = {key: value for key, value in params.items() if value is not None}
        validate(service, name, given, code=invalid)
        return operation(given, region)

    return answer


def _refusing(service: str, name: str, known: list[str]) -> Operation:
    def answer(_params: dict[str, Any], _region: str) -> dict[str, Any]:
        message = f"the lab does not have {service}:{name}; of {service} it has {', '.join(known)}"
        raise AwsError("UnsupportedOperation", message, NOT_IMPLEMENTED)

    return answer
