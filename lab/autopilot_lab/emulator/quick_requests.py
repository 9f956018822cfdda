"""Shorter ways through botocore, from the parameters of a call to the request.

What is wrong goes botocore's own way, to be told the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from weakref import WeakKeyDictionary

from botocore import auth, hooks, serialize, useragent, validate
from botocore.context import get_context
from botocore.exceptions import NoCredentialsError
from botocore.validate import ValidationErrors

from autopilot_lab.emulator.quick_attributes import Ways
from autopilot_lab.emulator.quick_shapes import check_of, encode_of

# Without types, or without these names in their types.
_VALIDATOR: Final[Any] = validate.ParamValidator
_SERIALIZER: Final[Any] = serialize.JSONSerializer
_AGENT: Final[Any] = useragent.UserAgentString
_ALIASER: Final[Any] = hooks.EventAliaser
_NAMES_MAX: Final = 10_000
NO_SIGNATURE: Final = "0" * 64  #: as long as one


def _validating(slow: Callable[..., Any]) -> Callable[..., Any]:
    def validate(validator: Any, params: Any, shape: Any) -> Any:
        if check_of(shape)(params):
            return ValidationErrors()
        return slow(validator, params, shape)

    return validate


def _serializing(slow: Callable[..., Any]) -> Callable[..., Any]:
    def put(serializer: Any, serialized: Any, value: Any, shape: Any, key: Any) -> None:
        if type(serializer) is not _SERIALIZER:
            slow(serializer, serialized, value, shape, key)
        elif key is None:
            serialized.update(encode_of(shape)(value))
        else:
            serialized[key] = encode_of(shape)(value)

    return put


class _Unsigned:
    """Names who calls, where to and when, as a signer does, and leaves the signature blank.

    Nobody in the lab checks how a client's call is signed: its secret is the same for all. Who
    signs by hand, or a URL beforehand, asks for a signer by its own name and signs in full.
    """

    def add_auth(self: Any, request: Any) -> None:
        if self.credentials is None:
            raise NoCredentialsError
        request.context["timestamp"] = datetime.now(UTC).strftime(auth.SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)
        request.headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.scope(request)}, "
            f"SignedHeaders=host;x-amz-date, Signature={NO_SIGNATURE}"
        )


class UnsignedV4(_Unsigned, auth.SigV4Auth):
    """In the place of the signer of most services."""


class UnsignedS3V4(_Unsigned, auth.S3SigV4Auth):
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


def _aliasing(slow: Callable[[Any, str], str]) -> Callable[[Any, str], str]:
    """The present name of an event, which each session finds out anew for each of its events."""
    known: dict[str, str] = {}

    def alias(aliaser: Any, name: str) -> str:
        own: dict[str, str] = aliaser._alias_name_cache
        if name not in own:
            if aliaser._event_aliases != hooks.EVENT_ALIASES:
                return slow(aliaser, name)
            if len(known) >= _NAMES_MAX:
                known.clear()
            own[name] = known.setdefault(name, known.get(name) or slow(aliaser, name))
        return own[name]

    return alias


def request_ways() -> Ways:
    """What to exchange in botocore."""
    shorter: list[tuple[Any, str, Callable[[Callable[..., Any]], Any]]] = [
        (_VALIDATOR, "validate", _validating),
        (_SERIALIZER, "_serialize_type_structure", _serializing),
        (_AGENT, "to_string", _naming),
        (_ALIASER, "_alias_event_name", _aliasing),
    ]
    return [(owner, name, way(getattr(owner, name))) for owner, name, way in shorter]
