"""The drawn machine: the way taken differs in more than colour."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

from autopilot.reports.graph import machine_graph
from autopilot.reports.model import Run
from tests.reports.made_up import MACHINE, WAY, report


def drawn(run: Run) -> ET.Element:
    """The picture, parsed: it is well-formed XML."""
    return ET.fromstring(machine_graph(run, MACHINE, "graph"))  # noqa: S314 - our own output


RUN = report().runs[0]


def classes(picture: ET.Element) -> list[str]:
    """The class of every element that has one."""
    return [element.get("class", "") for element in picture.iter()]


def test_entered_states_have_a_badge_with_how_often() -> None:
    """A tick for once, a number for more, nothing for never."""
    badges = [
        each.text or "" for each in drawn(RUN).iter("text") if each.get("class") == "badge-words"
    ]
    assert len(badges) == len(set(WAY))
    assert sorted(set(badges)) == ["✓", "✓ 2\N{MULTIPLICATION SIGN}"]
    assert badges.count("✓ 2\N{MULTIPLICATION SIGN}") == 2


def test_ways_taken_and_not_taken_are_told_apart() -> None:
    """Each way is one or the other, and the style gives them other weights and dashes."""
    found = classes(drawn(RUN))
    assert found.count("taken") == 6
    assert found.count("not-taken") == len(MACHINE.edges) - 6


def test_a_run_that_entered_nothing_has_no_badge() -> None:
    """The graph of a run that could not even start."""
    found = classes(drawn(replace(RUN, visits=())))
    assert "badge" not in found
    assert "taken" not in found


def test_every_state_is_named() -> None:
    """In the picture or, when it is cut, in full in its title."""
    picture = drawn(RUN)
    titles = " ".join(each.text or "" for each in picture.iter("title"))
    assert all(node.name in titles for node in MACHINE.nodes)


def test_the_description_tells_the_way() -> None:
    """Those who do not see the picture read the states in order and the ending."""
    said = next(drawn(RUN).iter("desc")).text or ""
    assert "Plan → Choose → Under the lease → Step → Judge → Verify → Ended" in said
    assert "ended as done" in said
