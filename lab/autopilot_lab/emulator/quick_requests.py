"""Shorter ways through botocore, from the parameters of a call to the request.

botocore checks and serializes each value of an item against the ten kinds that it may have. What
is wrong goes botocore's own way, to be told the same.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final
from weakref import WeakKeyDictionary

from botocore import auth, serialize, useragent, validate
from botocore.context import get_context

from autopilot_lab.emulator.quick_attributes import PLAIN, Ways

# Without types, or without these names in their types.
_VALIDATOR: Final[Any] = validate.ParamValidator
_SERIALIZER: Final[Any] = serialize.JSONSerializer
_SIGNER: Final[Any] = auth.SigV4Auth
_AGENT: Final[Any] = useragent.UserAgentString
_KEYS_MAX: Final = 1_000
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


def _signature(signer: Any, string_to_sign: str, request: Any) -> str:
    """As botocore's; the key depends on four words alone, and is derived once for each four."""
    day = request.context["timestamp"][:8]
    secret = signer.credentials.secret_key
    key = signing_key(secret, day, signer._region_name, signer._service_name)
    return hmac.new(key, string_to_sign.encode(), "sha256").hexdigest()


@lru_cache(_KEYS_MAX)
def signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    """The key of Signature Version 4, which is good for one service in one region for one day.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    key = f"AWS4{secret}".encode()
    for word in (day, region, service, "aws4_request"):
        key = hmac.digest(key, word.encode(), "sha256")
    return key


def _naming(slow: Callable[[Any], str]) -> Callable[[Any], str]:
    """The name of a client, which changes with the features that a call uses, from memory."""
    known: WeakKeyDictionary[Any, dict[frozenset[str], str]] = WeakKeyDictionary()

    def name(agent: Any) -> str:
        context = get_context()
        features = frozenset(agent._client_features or ()).union(
            context.features if context else ()
        )
        names = known.setdefault(agent, {})
        if features not in names:
            names[features] = slow(agent)
        return names[features]

    return name


def request_ways() -> Ways:
    """What to exchange in botocore."""
    shorter: list[tuple[Any, str, Callable[[Callable[..., Any]], Any]]] = [
        (_VALIDATOR, "_validate_structure", _validating),
        (_SERIALIZER, "_serialize_type_structure", _serializing),
        (_SIGNER, "signature", lambda _slow: _signature),
        (_AGENT, "to_string", _naming),
    ]
    return [(owner, name, way(getattr(owner, name))) for owner, name, way in shorter]
