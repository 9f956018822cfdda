"""Profiles of drills, written as their changes to another profile."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from autopilot.domain.profile import Profile
from autopilot.errors import BadInput
from autopilot_lab.drill.profiles import profile_text
from autopilot_lab.drill.project import REFERENCE_PROFILE, SCENARIOS

BASE = """
kept = 1 # why
[table]
kept = 2
changed = 3
[table.inner]
kept = 4
[[list]]
kept = 5
"""
PROFILES = sorted((SCENARIOS / "profiles").glob("*.toml"))


def written(folder: Path, changes: str) -> Path:
    """A base, and a file that changes it."""
    (folder / "base.toml").write_text(BASE, "utf-8")
    file = folder / "changes.toml"
    file.write_text(changes, "utf-8")
    return file


def test_tables_are_merged_and_all_else_is_replaced(tmp_path: Path) -> None:
    """Also a list, and a table that is new; what is not named stays, with its comments."""
    changes = """based_on = "base.toml"
    list = []
    [table]
    changed = "another"
    [table.inner]
    added = true
    [new]
    added = 1
    """
    text = profile_text(written(tmp_path, changes))

    assert tomllib.loads(text) == {
        "kept": 1,
        "table": {"kept": 2, "changed": "another", "inner": {"kept": 4, "added": True}},
        "list": [],
        "new": {"added": 1},
    }
    assert "# why" in text


def test_changes_can_be_changed_again(tmp_path: Path) -> None:
    """Each file names the one it is based on, from where it lies."""
    written(tmp_path, 'based_on = "base.toml"\nkept = 6')
    (tmp_path / "folder").mkdir()
    last = tmp_path / "folder" / "last.toml"
    last.write_text('based_on = "../changes.toml"\n[table]\nkept = 7', "utf-8")

    found = tomllib.loads(profile_text(last))

    assert (found["kept"], found["table"]["kept"], found["table"]["changed"]) == (6, 7, 3)


def test_a_whole_profile_comes_as_it_stands() -> None:
    """Byte for byte, so that what is drilled is what is deployed."""
    assert profile_text(REFERENCE_PROFILE) == REFERENCE_PROFILE.read_text("utf-8")


@pytest.mark.parametrize("base", ["none.toml", "changes.toml"])
def test_a_base_that_is_missing_or_goes_in_a_circle_is_refused(tmp_path: Path, base: str) -> None:
    """With the file and the key."""
    file = written(tmp_path, f'based_on = "{base}"')
    with pytest.raises(BadInput, match="based_on"):
        profile_text(file)


@pytest.mark.parametrize("file", PROFILES, ids=lambda file: file.stem)
def test_the_profiles_of_drills_are_the_reference_service_but_for_what_they_say(file: Path) -> None:
    """They are few lines, load, and keep the service, its regions and objectives."""
    reference = Profile.load(REFERENCE_PROFILE.read_text("utf-8"))
    profile = Profile.load(profile_text(file))

    assert profile != reference
    assert len(file.read_text("utf-8").splitlines()) < 60
    kept = ("service", "regions", "objectives", "verdict", "pages", "incident")
    assert {each: getattr(profile, each) for each in kept} == {
        each: getattr(reference, each) for each in kept
    }
