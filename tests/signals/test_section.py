"""The generated section of template.yaml."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from autopilot.domain.profile import Profile
from autopilot.errors import BadInput
from autopilot.signals.__main__ import FOUNDATION, PROFILE, TEMPLATE, main
from autopilot.signals.section import BEGIN, END, generate, generated_alarms, lines, section

ROOT: Final = Path(__file__).resolve().parents[2]
REFERENCE: Final = Profile.load((ROOT / PROFILE).read_text(encoding="utf-8"))
SECOND: Final = Profile.load((ROOT / "tests/fixtures/second_profile.toml").read_text("utf-8"))
EMPTY: Final = f"Resources:\n{BEGIN}{END}Outputs: {{}}\n"

#: Beyond the first plane JSON escapes by pairs of surrogates, which YAML does not join.
FIRST_PLANE: Final = st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"])
LEAVES: Final = st.none() | st.booleans() | st.integers() | st.text(FIRST_PLANE)
#: Too long for the short words that YAML 1.1 takes for truth values: On, No, False.
NAMES: Final = st.text(string.ascii_letters, min_size=6, max_size=9)
MAPPINGS: Final = st.recursive(
    st.dictionaries(NAMES, LEAVES, min_size=1),
    lambda inner: st.dictionaries(
        NAMES,
        inner | st.lists(inner, min_size=1, max_size=3),
        min_size=1,
    ),
    max_leaves=12,
)


def test_the_section_of_the_template_is_in_step_with_the_profile() -> None:
    """Run `make generate` after a change of the profile."""
    template = (ROOT / TEMPLATE).read_text(encoding="utf-8")
    assert generate(template, REFERENCE) == template


def test_generating_twice_is_generating_once() -> None:
    """The second run finds its own marks and its own lines."""
    once = generate(EMPTY, REFERENCE)
    assert generate(once, REFERENCE) == once


def test_nothing_outside_the_marks_is_touched() -> None:
    """What people wrote around the section stays, to the byte."""
    made = generate(EMPTY, SECOND)
    assert made.startswith(f"Resources:\n{BEGIN}")
    assert made.endswith(f"{END}Outputs: {{}}\n")


def test_alarms_of_routes_that_are_gone_leave_the_section() -> None:
    """A route taken out of the profile takes its alarm along."""
    assert generate(generate(EMPTY, REFERENCE), SECOND) == generate(EMPTY, SECOND)


def test_the_section_says_what_the_alarms_are() -> None:
    """Read back as YAML it is the resources, no more and no less."""
    assert yaml.safe_load(section(SECOND)) == generated_alarms(SECOND)


@settings(max_examples=25)
@given(MAPPINGS)
def test_whatever_is_written_is_read_back(mapping: dict[str, Any]) -> None:
    """JSON leaves in block YAML mean the same: YAML 1.2 contains JSON (section 1.3)."""
    text = "\n".join(lines(mapping, depth=0))
    assert yaml.safe_load(text) == mapping


@pytest.mark.parametrize(
    "template",
    ["Resources: {}\n", f"{BEGIN}", f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"],
    ids=["none", "one", "out of order", "twice"],
)
def test_a_template_without_the_two_marks_is_refused(template: str) -> None:
    """Rather than written to a wrong place."""
    with pytest.raises(BadInput, match="end generated"):
        generate(template, REFERENCE)


def test_the_command_writes_a_template_that_is_behind_and_leaves_one_that_is_not(
    tmp_path: Path,
) -> None:
    """It says which it was, and the file is what `generate` gives."""
    (tmp_path / PROFILE).parent.mkdir(parents=True)
    (tmp_path / PROFILE).write_bytes((ROOT / PROFILE).read_bytes())
    for template in (TEMPLATE, FOUNDATION):
        (tmp_path / template).write_text(EMPTY, encoding="utf-8")

    assert main(tmp_path) == [TEMPLATE, FOUNDATION]
    assert (tmp_path / TEMPLATE).read_text(encoding="utf-8") == generate(EMPTY, REFERENCE)
    assert main(tmp_path) == []
