"""Shorter ways through botocore, from the parameters of a call to the request.

botocore checks and serializes each value of an item against the ten kinds that it may have, and
signs what nobody in the lab looks at. What is wrong goes botocore's own way, to be told the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from botocore import auth, serialize, validate
from botocore.awsrequest import AWSRequest

from autopilot_lab.emulator.quick_attributes import PLAIN, Ways

# Without types, or without these names in their types.
_VALIDATOR: Final[Any] = validate.ParamValidator
_SERIALIZER: Final[Any] = serialize.JSONSerializer
_SIGNER: Final[Any] = auth.SigV4Auth
_TYPES: Final[dict[str, type]] = {"S": str, "N": str, "BOOL": bool, "NULL": bool}


def is_plain(value: Any) -> bool:
    """Whether it surely is an attribute value, and looks in JSON the way it is."""
    if type(value) is not dict or len(value) != 1:
        return False
    ((kind, content),) = value.items()
    if kind == "M":
        return type(content) is dict and all(
            type(name) is str and is_plain(one) for name, one in content.items()
        )
    if kind == "L":
        return type(content) is list and all(map(is_plain, content))
    if kind in ("SS", "NS"):
        return type(content) is list and all(type(one) is str for one in content)
    return kind in PLAIN and type(content) is _TYPES[kind]


def _is_attribute(shape: Any) -> bool:
    return shape.name == "AttributeValue" and "NULL" in shape.members


def _validating(slow: Callable[..., Any]) -> Callable[..., Any]:
    def check(validator: Any, params: Any, shape: Any, errors: Any, name: str) -> None:
        if not (_is_attribute(shape) and is_plain(params)):
            slow(validator, params, shape, errors, name)

    return check


def _serializing(slow: Callable[..., Any]) -> Callable[..., Any]:
    def put(serializer: Any, serialized: Any, value: Any, shape: Any, key: Any) -> None:
        if key is not None and _is_attribute(shape) and is_plain(value):
            serialized[key] = value
        else:
            slow(serializer, serialized, value, shape, key)

    return put


def _describing(slow: Callable[..., str]) -> Callable[..., str]:
    """The text that is signed: of headers only, unless it is signed for others than the lab."""

    def canonical(signer: Any, request: AWSRequest) -> str:
        if type(signer) is not _SIGNER:
            return slow(signer, request)
        return str(request.method)

    return canonical


def request_ways() -> Ways:
    """What to exchange in botocore."""
    check, put, describe = "_validate_structure", "_serialize_type_structure", "canonical_request"
    return [
        (_VALIDATOR, check, _validating(getattr(_VALIDATOR, check))),
        (_SERIALIZER, put, _serializing(getattr(_SERIALIZER, put))),
        (_SIGNER, describe, _describing(getattr(_SIGNER, describe))),
    ]
