"""The functions that Step Functions adds to JSONata, and those it takes away or must be seeded.

Source: developer guide, "Transforming data with JSONata in Step Functions", JSONata functions
provided by Step Functions. Edge cases (rounding towards zero, arguments that give undefined) as
measured on AWS and written down in floci's docs/services/step-functions.md.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from typing import Any, Final

from jsonata.functions import Functions
from jsonata.jsonata import Jsonata
from jsonata.utils import Utils

RANGE_ITEMS_MAX: Final = 360_145
HASHES: Final = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}


class FunctionFailed(Exception):
    """A function of Step Functions refused its arguments."""


def frame_of_functions(rng: random.Random, clock: Callable[[], float]) -> Any:
    """Return the JSONata frame under which every expression of one engine runs.

    `rng` feeds $random, $uuid and $shuffle; `clock` gives Unix seconds to $now and $millis, so
    that no expression sees the clock or the entropy of the machine it runs on.
    """
    frame = Jsonata.Frame(Jsonata.static_frame)
    additions: dict[str, Callable[..., Any]] = {
        "partition": _partition,
        "range": _range,
        "hash": _hash,
        "parse": _parse,
        "random": lambda seed=None: _random(rng, seed),
        "uuid": lambda: _uuid(rng),
        "shuffle": lambda items: _shuffled(rng, items),
        "millis": lambda: round(clock() * 1000),
        "now": lambda picture=None, zone=None: Functions.datetime_from_millis(
            round(clock() * 1000), picture, zone
        ),
    }
    for name, function in additions.items():
        frame.bind(name, Jsonata.JLambda(function))
    frame.bind("eval", None)  # "$eval is not supported; use $parse" (same page)
    return frame


def _partition(items: Any = None, size: Any = None) -> Any:
    if not isinstance(items, list) or not items or not _is_number(size) or int(size) == 0:
        return None
    width = int(size)
    if width < 0:
        raise FunctionFailed("$partition: the chunk size must be positive")
    return [items[start : start + width] for start in range(0, len(items), width)]


def _range(start: Any = None, end: Any = None, step: Any = None) -> Any:
    if not (_is_number(start) and _is_number(end) and _is_number(step)) or int(step) == 0:
        return None
    first, last, stride = int(start), int(end), int(step)
    values = range(first, last + (1 if stride > 0 else -1), stride)
    if len(values) > RANGE_ITEMS_MAX:
        raise FunctionFailed("Expression evaluation memory limit exceeded")
    return Utils.create_sequence_from_iter(values)


def _hash(text: Any = None, algorithm: Any = None) -> Any:
    if not isinstance(text, str) or algorithm is None:
        return None
    if algorithm not in HASHES:
        raise FunctionFailed(f"$hash: expected one of {', '.join(HASHES)}, got {algorithm}")
    return hashlib.new(HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _parse(text: Any = None) -> Any:
    if not isinstance(text, str):
        return None
    try:
        value = json.loads(text)
    except ValueError as error:
        raise FunctionFailed(f"$parse: expected JSON, got {text[:80]!r} ({error})") from error
    return Utils.NULL_VALUE if value is None else value


def _random(rng: random.Random, seed: Any) -> float:
    return rng.random() if seed is None else random.Random(seed).random()


def _uuid(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _shuffled(rng: random.Random, items: Any) -> Any:
    return rng.sample(items, len(items)) if isinstance(items, list) else items


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
