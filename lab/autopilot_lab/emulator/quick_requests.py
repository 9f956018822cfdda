"""Shorter ways through botocore, from the parameters of a call to the request.

botocore checks and serializes each value of an item against the ten kinds that it may have. What
is wrong goes botocore's own way, to be told the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from weakref import WeakKeyDictionary

from botocore import auth, serialize, useragent, validate
from botocore.context import get_context
from botocore.exceptions import NoCredentialsError

from autopilot_lab.emulator.quick_attributes import PLAIN, Ways

# Without types, or without these names in their types.
_VALIDATOR: Final[Any] = validate.ParamValidator
_SERIALIZER: Final[Any] = serialize.JSONSerializer
_AGENT: Final[Any] = useragent.UserAgentString
NO_SIGNATURE: Final = "0" * 64  #: as long as one
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


class _Unsigned:
    """Names who calls, where to and when, as a signer does, and leaves the signature blank.

    Nobody in the lab checks how a client's call is signed: its secret is the same for all. Who
    signs by hand, or a URL beforehand, asks for a signer by its own name and signs in full.
    """

    def add_auth(self: Any, request: Any) -> None:
        if self.credentials is None:
            raise NoCredentialsError
        request.context["timestamp"] = auth.get_current_datetime().strftime(auth.SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)
        request.headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.scope(request)}, "
            f"SignedHeaders=host;x-amz-date, Signature={NO_SIGNATURE}"
        )


class UnsignedV4(_Unsigned, auth.SigV4Auth):  # type: ignore[misc]
    """In the place of the signer of most services."""


class UnsignedS3V4(_Unsigned, auth.S3SigV4Auth):  # type: ignore[misc]
    """In the place of the signer of S3, which adds headers of its own."""


#: Signers by the versions under which clients ask for them.
SIGNERS: Final[dict[str, type]] = {"v4": UnsignedV4, "s3v4": UnsignedS3V4}


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
        (_AGENT, "to_string", _naming),
    ]
    return [(owner, name, way(getattr(owner, name))) for owner, name, way in shorter]
