"""`home`, `standby` and `observer` in a scenario file, instead of the profile's names of regions.

A scenario written so holds for every profile. Every `region`, and the first part of every route,
may be such a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from autopilot.domain.profile import Profile
from autopilot.errors import BadInput
from autopilot_lab.drill.profiles import profile_text
from autopilot_lab.drill.project import REFERENCE_PROFILE
from autopilot_lab.drill.source import Source

ROLES: Final = ("home", "standby", "observer")
_ROUTE: Final = re.compile(r"(home|standby|observer)(/.*)")
_NAMING: Final = ("database", "region", "route", "target", "vantage")
_LISTING: Final = ("admitted",)  #: keys whose values are lists of regions
#: Sections of the file whose keys name regions or routes.
_KEYED: Final = ("allocation", "clients", "capacity_percent")


def with_names(source: Source, folder: Path) -> Source:
    """The source with regions by name; as it is while its profile cannot be read."""
    named = source.data.get("profile", "") if isinstance(source.data, Mapping) else ""
    file = folder / named if named and named != "reference" else REFERENCE_PROFILE
    try:
        regions = Profile.load(profile_text(file)).regions
    except (OSError, BadInput, TypeError):
        return source  # which is told, with its line, by whoever reads the profile
    names = {role: str(getattr(regions, role)) for role in ROLES}
    return replace(source, data=_named(source.data, names))


def _named(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_named(one, names) for one in value]
    if not isinstance(value, Mapping):
        return value
    return {key: _member(key, one, names) for key, one in value.items()}


def _member(key: str, value: Any, names: Mapping[str, str]) -> Any:
    if key in _NAMING and isinstance(value, str):
        return _name(value, names)
    if key in _LISTING and isinstance(value, list):
        return [_name(one, names) if isinstance(one, str) else one for one in value]
    if key in _KEYED and isinstance(value, Mapping):
        return {_name(one, names): share for one, share in value.items()}
    return _named(value, names)


def _name(word: str, names: Mapping[str, str]) -> str:
    route = _ROUTE.fullmatch(word)
    return names[route[1]] + route[2] if route else names.get(word, word)
