"""Shorter ways through botocore's models: for each shape one function, made when it is first met.

botocore asks each shape, for each value of each call, what kind it is and which rules it has. The
answers depend on the model alone. What is not surely right here goes botocore's own way, to be
told in its words.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from botocore import parsers, serialize
from botocore.utils import is_json_value_header

#: Whether a value is surely right.
Check = Callable[[Any], bool]
#: What a value looks like in JSON.
Encode = Callable[[Any], Any]
#: What a parser of botocore's makes of a value in JSON.
Decode = Callable[[Any, Any], Any]

_SERIALIZER: Final[Any] = serialize.JSONSerializer()
_JSON_PARSER: Final[Any] = parsers.JSONParser
_STRUCTURE: Final[Any] = _JSON_PARSER._handle_structure
_CHECK: Final = "_lab_check"
_ENCODE: Final = "_lab_encode"
_DECODE: Final = "_lab_decode"
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (float, int),
    "double": (float, int),
    "boolean": (bool,),
    "timestamp": (datetime,),
    "blob": (bytes,),
}
_LEAVES: Final[Mapping[str, type]] = {
    "S": str,
    "N": str,
    "B": bytes,
    "BOOL": bool,
    "NULL": bool,
}
_SETS: Final[Mapping[str, type]] = {"SS": str, "NS": str, "BS": bytes}


def is_attribute(shape: Any) -> bool:
    """Whether it is DynamoDB's shape of an attribute value."""
    return shape.name == "AttributeValue" and "NULL" in shape.members


def check_of(shape: Any) -> Check:
    """Says whether a value surely has this shape; that of a shape that is unsure says no."""
    made: Check = _kept(shape, _CHECK, _make_check)
    return made


def encode_of(shape: Any) -> Encode:
    """Makes JSON of a value of this shape, as `JSONSerializer` does."""
    made: Encode = _kept(shape, _ENCODE, _make_encode)
    return made


def decode_of(shape: Any) -> Decode:
    """Makes a value of JSON of this shape, as `JSONParser` does."""
    made: Decode = _kept(shape, _DECODE, _make_decode)
    return made


def _kept(shape: Any, name: str, make: Callable[[Any], Any]) -> Any:
    """The function of a shape, which lives as long as the shape."""
    known = vars(shape)
    if name not in known:
        known[name] = make(shape)
    return known[name]


class _Members(dict[str, Any]):
    """What was made of the members of a structure, by name, each when it is first asked for."""

    def __init__(self, shape: Any, make: Callable[[Any], Any]) -> None:
        self._shapes, self._make = shape.members, make

    def __missing__(self, name: str) -> Any:
        self[name] = made = self._make(self._shapes[name])
        return made


# -- whether it is right -------------------------------------------------------------------------


def _make_check(shape: Any) -> Check:
    if is_json_value_header(shape) or getattr(shape, "is_document_type", False):
        return _unsure
    if shape.type_name == "structure":
        return is_right_attribute if is_attribute(shape) else _check_structure(shape)
    if shape.type_name == "list":
        return _check_list(shape)
    return _check_map(shape) if shape.type_name == "map" else _check_scalar(shape)


def _unsure(_value: Any) -> bool:
    return False


def _check_structure(shape: Any) -> Check:
    required = tuple(shape.metadata.get("required", ()))
    members, checks, one_only = shape.members, _Members(shape, check_of), shape.is_tagged_union

    def check(value: Any) -> bool:
        if type(value) is not dict or (one_only and len(value) != 1):
            return False
        for name in required:
            if name not in value:
                return False
        return all(name in members and checks[name](one) for name, one in value.items())

    return check


def _check_list(shape: Any) -> Check:
    least = shape.metadata.get("min", 0)

    def check(value: Any) -> bool:
        if type(value) not in (list, tuple) or len(value) < least:
            return False
        return not value or all(map(check_of(shape.member), value))

    return check


def _check_map(shape: Any) -> Check:
    def check(value: Any) -> bool:
        if type(value) is not dict or not all(map(check_of(shape.key), value)):
            return False
        return all(map(check_of(shape.value), value.values()))

    return check


def _check_scalar(shape: Any) -> Check:
    """Of a text the length is bounded, of a number the value, of anything else nothing."""
    kinds = _KINDS.get(shape.type_name, ())
    is_text = str in kinds
    bounded = is_text or int in kinds
    least = shape.metadata.get("min", 1 if shape.serialization.get("hostLabel") else None)
    if not bounded or least is None:
        return lambda value: type(value) in kinds
    return lambda value: type(value) in kinds and (len(value) if is_text else value) >= least


def is_right_attribute(value: Any) -> bool:
    """Whether it surely is an attribute value, as callers give it."""
    if type(value) is not dict or len(value) != 1:
        return False
    ((kind, content),) = value.items()
    if kind == "M":
        return type(content) is dict and all(
            type(name) is str and is_right_attribute(one) for name, one in content.items()
        )
    if kind == "L":
        return type(content) is list and all(map(is_right_attribute, content))
    if kind in _SETS:
        return type(content) is list and all(type(one) is _SETS[kind] for one in content)
    return kind in _LEAVES and type(content) is _LEAVES[kind]


# -- to JSON -------------------------------------------------------------------------------------


def _make_encode(shape: Any) -> Encode:
    kind = shape.type_name
    if kind == "structure":
        if shape.is_document_type:
            return _as_it_is
        return encoded_attribute if is_attribute(shape) else _encode_structure(shape)
    if kind == "list":
        return lambda value: list(map(encode_of(shape.member), value))
    if kind == "map":
        return lambda value: dict(
            zip(value, map(encode_of(shape.value), value.values()), strict=True)
        )
    return _encode_scalar(shape)


def _as_it_is(value: Any) -> Any:
    return value


def _encode_structure(shape: Any) -> Encode:
    encodes = _Members(shape, encode_of)
    names = {name: one.serialization.get("name", name) for name, one in shape.members.items()}
    return lambda value: {names[name]: encodes[name](one) for name, one in value.items()}


def _encode_scalar(shape: Any) -> Encode:
    way = getattr(_SERIALIZER, f"_serialize_type_{shape.type_name}", None)
    if way is None:
        return _as_it_is
    is_number = shape.type_name in ("float", "double")

    def encode(value: Any) -> Any:
        if is_number and type(value) is float and math.isfinite(value):
            return value
        made: dict[str, Any] = {}
        way(made, value, shape, "value")
        return made["value"]

    return encode


def encoded_attribute(value: dict[str, Any]) -> dict[str, Any]:
    """An attribute value with its bytes in base64: all that JSON cannot carry."""
    ((kind, content),) = value.items()
    if kind == "M":
        return {kind: {name: encoded_attribute(one) for name, one in content.items()}}
    if kind == "L":
        return {kind: [encoded_attribute(one) for one in content]}
    if kind == "B":
        return {kind: _SERIALIZER._get_base64(content)}
    if kind == "BS":
        return {kind: [_SERIALIZER._get_base64(one) for one in content]}
    return value


# -- from JSON -----------------------------------------------------------------------------------


def _make_decode(shape: Any) -> Decode:
    kind = shape.type_name
    if kind == "structure":
        return _decode_structure(shape)
    if kind == "list":
        return _decode_list(shape)
    if kind == "map":
        return _decode_map(shape)
    if kind in ("timestamp", "blob"):
        return lambda parser, node: getattr(parser, f"_handle_{kind}")(shape, node)
    return lambda _parser, node: node


def _decode_structure(shape: Any) -> Decode:
    if shape.is_document_type:
        return lambda _parser, node: node
    if is_attribute(shape):
        return lambda parser, node: attribute(node) if node else _STRUCTURE(parser, shape, node)
    if shape.is_tagged_union:
        return lambda parser, node: _STRUCTURE(parser, shape, node)
    members = [(name, one.serialization.get("name", name)) for name, one in shape.members.items()]
    decodes = _Members(shape, decode_of)

    def decode(parser: Any, node: Any) -> Any:
        if node is None:
            return None
        given = ((name, node.get(json_name)) for name, json_name in members)
        return {name: decodes[name](parser, one) for name, one in given if one is not None}

    return decode


def _decode_list(shape: Any) -> Decode:
    def decode(parser: Any, node: Any) -> Any:
        way = decode_of(shape.member)
        return [None if one is None else way(parser, one) for one in node]

    return decode


def _decode_map(shape: Any) -> Decode:
    def decode(parser: Any, node: Any) -> Any:
        key, value = decode_of(shape.key), decode_of(shape.value)
        return {key(parser, name): value(parser, one) for name, one in node.items()}

    return decode


def attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    """An attribute value with its bytes decoded: all that its JSON lacks."""
    return {kind: _DECODED.get(kind, _as_it_is)(content) for kind, content in value.items()}


_DECODED: Final[Mapping[str, Callable[[Any], Any]]] = {
    "B": base64.b64decode,
    "BS": lambda texts: [base64.b64decode(text) for text in texts],
    "L": lambda values: [attribute(value) for value in values],
    "M": lambda values: {name: attribute(value) for name, value in values.items()},
}
