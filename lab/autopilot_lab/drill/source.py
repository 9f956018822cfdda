"""Reads a YAML file and remembers on which line each key stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from autopilot.errors import BadInput, Problem

#: Keys and indices from the top of the file.
KeyPath: TypeAlias = tuple[str | int, ...]

FILE_BYTES_MAX: Final = 256 * 1024
_DEPTH_MAX: Final = 40


@dataclass(frozen=True, slots=True)
class Source:
    """A file's content, and the line of each of its keys."""

    file: str
    data: Any
    lines: Mapping[KeyPath, int]

    def problem(self, path: KeyPath, expected: str, got: str) -> Problem:
        """A problem at a key, or at the nearest key above one that is not there."""
        prefixes = (path[:end] for end in range(len(path), -1, -1))
        line = next((self.lines[prefix] for prefix in prefixes if prefix in self.lines), 1)
        return Problem(f"{self.file}:{line}: {written_path(path)}", expected, got)


def written_path(path: KeyPath) -> str:
    """`timeline[0].percent`; the whole file is `(top)`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "(top)"


def read_source(path: Path, *, shown_as: str, advice: str) -> Source:
    """Read a file of at most 256 KiB; raise `BadInput` for what is not plain YAML."""
    text = _read_text(path, shown_as, advice)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise _refused(shown_as, [_yaml_problem(shown_as, error)], advice) from error
    if node is None:
        problem = Problem(f"{shown_as}:1: (top)", "a mapping", "an empty file")
        raise _refused(shown_as, [problem], advice)
    lines: dict[KeyPath, int] = {}
    problems: list[Problem] = []
    data = _build(node, (), lines, problems, shown_as)
    if problems:
        raise _refused(shown_as, problems, advice)
    return Source(shown_as, data, lines)


def _read_text(path: Path, shown_as: str, advice: str) -> str:
    raw = path.read_bytes()
    if len(raw) > FILE_BYTES_MAX:
        size = Problem(f"{shown_as}:1: (top)", f"at most {FILE_BYTES_MAX} bytes", str(len(raw)))
        raise _refused(shown_as, [size], advice)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        encoding = Problem(f"{shown_as}:1: (top)", "UTF-8 text", f"byte {error.start} is not")
        raise _refused(shown_as, [encoding], advice) from error


def _build(
    node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int], problems: list[Problem], file: str
) -> Any:
    """The plain value of a node. Bounded in depth, so that an alias of itself cannot loop."""
    lines.setdefault(path, node.start_mark.line + 1)
    if len(path) > _DEPTH_MAX:
        problems.append(Problem(f"{file}:{lines[path]}", f"at most {_DEPTH_MAX} levels", "more"))
        return None
    if isinstance(node, yaml.SequenceNode):
        items: Sequence[yaml.Node] = node.value
        return [_build(n, (*path, i), lines, problems, file) for i, n in enumerate(items)]
    if not isinstance(node, yaml.MappingNode):
        return yaml.SafeLoader("").construct_object(node)
    built: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        if key in built:
            where = f"{file}:{line}: {written_path((*path, key))}"
            problems.append(Problem(where, "each key once", f"{key} a second time"))
        lines[*path, key] = line
        built[key] = _build(value_node, (*path, key), lines, problems, file)
    return built


def _yaml_problem(file: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    return Problem(f"{file}:{line}", "YAML", str(getattr(error, "problem", None) or error))


def _refused(file: str, problems: Sequence[Problem], advice: str) -> BadInput:
    return BadInput(f"the file {file}", problems, advice)
