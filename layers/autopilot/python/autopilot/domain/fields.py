"""Reads plain JSON into typed values and gathers every problem before anything is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

from autopilot.domain.canonical import INTEGER_MAX
from autopilot.domain.personal import shown, shown_name
from autopilot.errors import BadInput, Problem

_E = TypeVar("_E", bound=StrEnum)
_T = TypeVar("_T")
_ABSENT: Final = object()


class Fields:
    """The members of one JSON object, read by name.

    A member that is wrong is noted and stands in as an empty value; call `refuse_if_wrong`
    before building anything from what was read. `key` is the path from the top, for messages.
    """

    def __init__(
        self, value: object, what: str, advice: str, *, key: str = "", parent: Fields | None = None
    ) -> None:
        """Note a problem when `value` is no object; of its members nothing more is said then."""
        self._what, self._advice, self._key = what, advice, key
        self.problems: list[Problem] = parent.problems if parent else []
        self.silent: bool = parent is not None and parent.silent
        self._members: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        if not isinstance(value, Mapping):
            self.note("", "an object", value)
            self.silent = True

    def note(self, name: str, expected: str, got: object) -> None:
        """Add a problem with the member `name`."""
        if self.silent:
            return
        said = "nothing" if got is _ABSENT else shown(got)
        self.problems.append(Problem(self._path(name) or self._what, expected, said))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all members, in order."""
        return tuple(sorted(map(str, self._members)))

    def has(self, name: str) -> bool:
        """Whether the member is there."""
        return name in self._members

    def is_given(self, name: str) -> bool:
        """Whether the member is there and not null."""
        return self._members.get(name) is not None

    def text(self, name: str, *, least: int = 1, most: int = 4096) -> str:
        """A text of `least` to `most` characters."""
        value = self._members.get(name, _ABSENT)
        if isinstance(value, str) and least <= len(value) <= most:
            return value
        self.note(name, f"text of {least} to {most} characters", value)
        return ""

    def texts(self, name: str, *, most: int) -> tuple[str, ...]:
        """A list of one to `most` texts."""
        value = self._members.get(name, _ABSENT)
        texts = value if isinstance(value, list) else []
        if 1 <= len(texts) <= most and all(isinstance(text, str) and text for text in texts):
            return tuple(texts)
        self.note(name, f"a list of 1 to {most} texts", value)
        return ()

    def constant(self, name: str, expected: str) -> None:
        """The one text that is allowed."""
        value = self._members.get(name, _ABSENT)
        if value != expected:
            self.note(name, repr(expected), value)

    def integer(self, name: str, least: int = 0, most: int = INTEGER_MAX) -> int:
        """A whole number from `least` to `most`."""
        value = self._members.get(name, _ABSENT)
        if type(value) is int and least <= value <= most:
            return value
        self.note(name, f"a whole number from {least} to {most}", value)
        return least

    def choice(self, name: str, kinds: type[_E]) -> _E:
        """One of the values of an enumeration."""
        value = self._members.get(name, _ABSENT)
        for kind in kinds:
            if kind.value == value:
                return kind
        self.note(name, "one of " + ", ".join(kinds), value)
        return next(iter(kinds))

    def inside(self, name: str) -> Fields:
        """The members of the object `name`."""
        return self._below(self._members.get(name, _ABSENT), name)

    def each(self, name: str, *, most: int) -> tuple[Fields, ...]:
        """The objects of the list `name`, at most `most` of them."""
        value = self._members.get(name, _ABSENT)
        if not isinstance(value, list) or len(value) > most:
            self.note(name, f"a list of at most {most}", value)
            return ()
        return tuple(self._below(member, f"{name}[{index}]") for index, member in enumerate(value))

    def built(self, name: str, build: Callable[[Any], _T]) -> _T | None:
        """What `build` makes of the member; its `BadInput` is noted under this name."""
        value = self._members.get(name, _ABSENT)
        if value is _ABSENT or value is None:
            self.note(name, "a value", value)
            return None
        return self.attempt(name, lambda: build(value))

    def attempt(self, name: str, build: Callable[[], _T]) -> _T | None:
        """What `build` returns, or None with its `BadInput` noted under `name`."""
        try:
            return build()
        except BadInput as refused:
            at = self._path(name)
            self.problems += [
                Problem(f"{at}.{each.key}" if at else each.key, each.expected, each.got)
                for each in refused.problems
            ]
            return None

    def only(self, names: Iterable[str]) -> None:
        """Note every member that is not among `names`."""
        known = sorted(names)
        for name in self._members:
            if name not in known:
                self.note(str(name), f"no such field; known are {', '.join(known)}", name)

    def refuse_if_wrong(self) -> None:
        """Raise `BadInput` when anything read so far was wrong."""
        if self.problems:
            raise BadInput(self._what, self.problems, self._advice)

    def _below(self, value: object, name: str) -> Fields:
        return Fields(value, self._what, self._advice, key=self._path(name), parent=self)

    def _path(self, name: str) -> str:
        return ".".join(part for part in (self._key, shown_name(name)) if part)
