"""From a scenario file to a checked scenario, or to every problem in it at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from autopilot.domain.allocation import WHOLE
from autopilot.domain.probes import CONTROL
from autopilot.domain.profile import Profile
from autopilot.errors import BadInput, Problem
from autopilot_lab.drill.expectations import Expectation
from autopilot_lab.drill.profiles import profile_text
from autopilot_lab.drill.project import REFERENCE_PROFILE
from autopilot_lab.drill.roles import with_names
from autopilot_lab.drill.scenario import (
    REFERENCE,
    ClientLoad,
    Scenario,
    ServiceBehaviour,
    ShapePoint,
)
from autopilot_lab.drill.source import KeyPath, Source, read_source
from autopilot_lab.drill.timeline import TimelineEvent
from autopilot_lab.drill.written import format_duration

ADVICE: Final = "docs/scenarios.md explains every key."
_SHOWN_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class ReadScenario:
    """A scenario with the profile it plays on."""

    scenario: Scenario
    profile: Profile
    profile_text: str


def read_scenario(path: Path) -> ReadScenario:
    """Read and check a scenario file; raise `BadInput` with file, line, key, expected, got."""
    source = with_names(read_source(path, shown_as=_shown(path), advice=ADVICE), path.parent)
    try:
        scenario = Scenario.model_validate_json(json.dumps(source.data, default=str), strict=True)
    except ValidationError as error:
        found = _problems(source, error.errors(include_url=False))
        raise BadInput(f"the file {source.file}", found, ADVICE) from error
    text = _profile_text(source, scenario, path)
    profile = Profile.load(text)
    problems = list(_contradictions(source, scenario, profile, path.stem))
    if problems:
        raise BadInput(f"the file {source.file}", problems, ADVICE)
    return ReadScenario(scenario, profile, text)


def _shown(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _profile_text(source: Source, scenario: Scenario, path: Path) -> str:
    named = scenario.profile
    file = REFERENCE_PROFILE if named == REFERENCE else path.parent / named
    if not file.is_file():
        expected = f"'{REFERENCE}', or a profile's path from {path.parent}"
        problem = source.problem(("profile",), expected, named)
        raise BadInput(f"the file {source.file}", [problem], ADVICE)
    return profile_text(file)


# -- what pydantic found, in our words -------------------------------------------------------------


def _problems(source: Source, errors: Sequence[ErrorDetails]) -> list[Problem]:
    """One for each error, but not that a list is short because its members were refused."""
    return [_problem(source, e) for e in errors if e["type"] != "too_short" or not e["input"]]


def _problem(source: Source, error: ErrorDetails) -> Problem:
    path, model = _plain_path(error["loc"], source.data)
    kind, got = error["type"], _short(error["input"])
    if kind == "too_short":
        return source.problem(path, "at least one", got)
    if kind == "missing":
        return source.problem(path, "this key", "nothing")
    if kind == "extra_forbidden":
        return source.problem(path, f"one of {', '.join(_keys(model))}{_meant(path, model)}", got)
    if kind == "union_tag_not_found":
        key = str(error["ctx"]["discriminator"]).strip("'")
        return source.problem((*path, key), "this key", "nothing")
    if kind == "union_tag_invalid":
        key = str(error["ctx"]["discriminator"]).strip("'")
        tags = str(error["ctx"]["expected_tags"]).replace("'", "")
        named = str(error["ctx"]["tag"])
        close = _close(named, tags.split(", "))
        return source.problem((*path, key), f"one of {tags}{close}", named)
    expected = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return source.problem(path, expected, got)


def _plain_path(location: Sequence[str | int], data: Any) -> tuple[KeyPath, type[BaseModel] | None]:
    """The path as the file has it, without pydantic's tags; and the model its last key is of."""
    path: list[str | int] = []
    tagged: type[BaseModel] | None = None
    for part in location:
        if part in _TAGGED and isinstance(data, Mapping) and part not in data:
            tagged = _TAGGED[part]
        elif part != "[key]":
            path.append(part)
            data = _inside(data, part)
    owner = tuple(part for part in path[:-1] if isinstance(part, str))
    return tuple(path), tagged or _OWNERS.get(owner)


def _inside(data: Any, part: str | int) -> Any:
    if isinstance(data, Mapping):
        return data.get(part)
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return data[part]
    return None


def _keys(model: type[BaseModel] | None) -> list[str]:
    fields = model.model_fields if model else {}
    return [field.alias or name for name, field in fields.items()]


def _meant(path: KeyPath, model: type[BaseModel] | None) -> str:
    return _close(str(path[-1]), _keys(model))


def _close(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 1] + "…"


def _tagged(union: Any, key: str) -> dict[str | int, type[BaseModel]]:
    models = get_args(get_args(union)[0])
    return {get_args(model.model_fields[key].annotation)[0]: model for model in models}


_TAGGED: Final[Mapping[str | int, type[BaseModel]]] = {
    **_tagged(TimelineEvent, "event"),
    **_tagged(Expectation, "check"),
}
_OWNERS: Final[Mapping[tuple[str, ...], type[BaseModel]]] = {
    (): Scenario,
    ("load",): ClientLoad,
    ("load", "shape"): ShapePoint,
    ("service",): ServiceBehaviour,
}


# -- what only shows when everything is known ------------------------------------------------------


def _contradictions(
    source: Source, scenario: Scenario, profile: Profile, stem: str
) -> Iterator[Problem]:
    if scenario.name != stem:
        yield source.problem(("name",), f"the file's name, {stem}", scenario.name)
    yield from _unknown_names(source, profile)
    yield from _wrong_times(source, scenario)
    for key in ("allocation", "clients"):
        shares = getattr(scenario.service, key)
        if shares is not None and sum(shares.values()) != WHOLE:
            yield source.problem(("service", key), "a sum of 100", str(sum(shares.values())))


def _unknown_names(source: Source, profile: Profile) -> Iterator[Problem]:
    """Routes, regions and paths that the profile does not have, wherever they are named."""
    routes = [str(route) for route in profile.baseline().routes]
    regions = sorted({route.partition("/")[0] for route in routes})
    paths = sorted({route.partition("/")[2] for route in routes})
    known = {
        "route": routes,
        "region": sorted({*regions, profile.regions.observer}),
        "vantage": sorted({*regions, profile.regions.observer}),
        "target": [*regions, CONTROL],
    }
    for section in ("timeline", "expect"):
        for index, item in enumerate(source.data.get(section) or ()):
            for key, names in known.items():
                if item.get(key) is not None:
                    yield from _unknown(source, (section, index, key), [item[key]], names)
    service = source.data.get("service") or {}
    for key, names in (
        ("allocation", routes),
        ("capacity_percent", routes),
        ("clients", regions),
        ("latency_ms", paths),
    ):
        yield from _unknown(source, ("service", key), service.get(key) or (), names)


def _unknown(
    source: Source, path: KeyPath, named: Sequence[str], known: Sequence[str]
) -> Iterator[Problem]:
    for name in named:
        if name not in known:
            expected = f"one of {', '.join(known)}{_close(name, known)}"
            yield source.problem(path, expected, name)


def _wrong_times(source: Source, scenario: Scenario) -> Iterator[Problem]:
    end = format_duration(scenario.horizon)
    for section in ("timeline", "expect"):
        for index, item in enumerate(getattr(scenario, section)):
            start = getattr(item, "at", getattr(item, "since", 0))
            until = getattr(item, "until", None)
            key = "at" if section == "timeline" else "from"
            if start > scenario.horizon:
                expected = f"at most the horizon, {end}"
                yield source.problem((section, index, key), expected, format_duration(start))
            if until is not None and until < start:
                expected = f"at least {format_duration(start)}"
                yield source.problem((section, index, "until"), expected, format_duration(until))
    points = scenario.load.shape
    for index, (left, right) in enumerate(pairwise(points)):
        if right.at <= left.at:
            expected = f"more than {format_duration(left.at)}"
            path = ("load", "shape", index + 1, "at")
            yield source.problem(path, expected, format_duration(right.at))
