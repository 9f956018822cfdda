"""Profiles of drills: a whole profile, or the changes to another one, which stay a few lines.

A file of changes says `based_on = "FILE"`, relative to itself. Its tables are merged into those of
that file, key by key; any other value, a list included, takes the place of the one that was there.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import ParseError

from autopilot.errors import BadInput, Problem

BASED_ON: Final = "based_on"
_ADVICE: Final = "A profile of a drill is whole, or says which file's it changes."


def profile_text(file: Path) -> str:
    """The whole profile that `file` describes, as text.

    A profile that is whole comes back as it stands, comments and all. Raises `OSError` when the
    file cannot be read, and `BadInput` when the one that it changes cannot.
    """
    return _text(file, ())


def _text(file: Path, changed_by: tuple[Path, ...]) -> str:
    text = file.read_text("utf-8")
    try:
        changes = tomlkit.parse(text)
    except ParseError:
        return text  # whoever loads the profile says what is wrong, and where
    if BASED_ON not in changes:
        return text
    base = file.parent / str(changes.pop(BASED_ON))
    if file in changed_by or not base.is_file():
        problem = Problem(BASED_ON, "a profile's path from this file, and no circle", str(base))
        raise BadInput(f"the file {file}", [problem], _ADVICE)
    whole = tomlkit.parse(_text(base, (*changed_by, file)))
    _merge(whole, changes)
    return tomlkit.dumps(whole)


def _merge(into: MutableMapping[str, Any], changes: MutableMapping[str, Any]) -> None:
    for key, value in changes.items():
        held = into.get(key)
        if isinstance(held, MutableMapping) and isinstance(value, MutableMapping):
            _merge(held, value)
        else:
            into[key] = value
