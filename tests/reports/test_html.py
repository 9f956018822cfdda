"""The page: complete in itself, the same every time, and safe whatever it is told."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from autopilot.domain.allocation import Allocation, VersionedAllocation
from autopilot.domain.plan import Plan
from autopilot.domain.verdict import Thresholds, Verdict
from autopilot.reports import model
from autopilot.reports.axes import Canvas
from autopilot.reports.charts import error_rates
from autopilot.reports.html import to_html
from autopilot.reports.rendering import sentence
from tests.reports.made_up import report, rolled_out

HOSTILE = "<script>alert('x')</script>\"&{{ 7*7 }}</style>"
UNTOUCHED = (Allocation, VersionedAllocation, Plan, Thresholds, model.Outcome, model.EventKind)
VOID = {"meta", "br", "hr", "img", "input", "link", "wbr"}


class Page(HTMLParser):
    """The page's elements with their attributes, and whether they nest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It closes the element that was opened last."""
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every such element."""
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_same_report_gives_the_same_page() -> None:
    """Byte for byte, in another process with another hash seed too."""
    code = (
        "import sys; from tests.reports.made_up import report;"
        "from autopilot.reports.html import to_html;"
        "sys.stdout.buffer.write(to_html(report()).encode())"
    )
    paths = {"PYTHONPATH": ":".join(filter(None, sys.path)), "PYTHONHASHSEED": "77"}
    other = subprocess.run([sys.executable, "-c", code], env=paths, check=True, capture_output=True)
    assert to_html(report()) == to_html(report()) == other.stdout.decode()


def test_nothing_leaves_the_page() -> None:
    """No address, no import, no source: only references to the page's own patterns."""
    page = to_html(report())
    for leaving in ("http:", "https:", "src=", "@import", "<link", "<script", "<iframe", "data:"):
        assert leaving not in page
    assert set(re.findall(r"url\((.)", page)) == {"#"}
    hrefs = [element["href"] for element in Page(page).all("a")]
    assert all(href and href.startswith("#") for href in hrefs)


def test_every_reference_within_the_page_leads_somewhere() -> None:
    """Ids exist and are there once, also with several charts and two widths of each."""
    page = to_html(rolled_out())
    ids = [str(attributes["id"]) for _, attributes in Page(page).elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    used = re.findall(r'(?:url\(#|href="#)([\w-]+)', page)
    for attribute in re.findall(r'aria-labelledby="([^"]+)"', page):
        used += attribute.split()
    assert used
    assert set(used) <= set(ids)


def test_the_page_is_well_formed_and_says_its_language() -> None:
    """Every element is closed in order; lang, viewport and title are there."""
    page = Page(to_html(rolled_out()))
    assert page.open == []
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("title")) >= 1
    assert any(meta.get("name") == "viewport" for meta in page.all("meta"))


def test_headings_go_down_one_at_a_time() -> None:
    """One h1, and no level is left out."""
    levels = [
        int(tag[1]) for tag, _ in Page(to_html(report())).elements if tag in ("h1", "h2", "h3")
    ]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_picture_has_words() -> None:
    """An SVG is named, or hidden from those who do not see it because words stand beside it."""
    for picture in Page(to_html(rolled_out())).all("svg"):
        named = picture.get("role") == "img" and (
            picture.get("aria-labelledby") or picture.get("aria-label")
        )
        assert named or picture.get("aria-hidden") == "true"


def test_every_column_has_a_heading() -> None:
    """Table headers say whether they belong to a column or a row."""
    headings = Page(to_html(rolled_out())).all("th")
    assert headings
    assert {heading.get("scope") for heading in headings} == {"col", "row"}


def hostile(value: Any) -> Any:
    """The value with every text in it replaced by something hostile."""
    if isinstance(value, UNTOUCHED):
        return value
    if isinstance(value, str):
        return HOSTILE
    if isinstance(value, Verdict):
        return replace(value, reason=HOSTILE)
    if isinstance(value, model.Machine):  # names that hang together stay together
        return renamed(value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: hostile(getattr(value, f.name)) for f in fields(value)})
    return tuple(hostile(each) for each in value) if isinstance(value, list | tuple) else value


def renamed(machine: model.Machine) -> model.Machine:
    """The machine with hostile words in every name, label and comment."""

    def bad(name: str) -> str:
        return f"{HOSTILE} {name}" if name else ""

    return model.Machine(
        HOSTILE,
        [
            model.Node(bad(node.name), node.kind, HOSTILE, bad(node.inside))
            for node in machine.nodes
        ],
        [model.Edge(bad(edge.start), bad(edge.end), (HOSTILE,)) for edge in machine.edges],
        [bad(entry) for entry in machine.entries],
    )


def test_hostile_words_in_every_field_stay_words() -> None:
    """Nothing in a report can open an element, close one, or be carried out by the template."""
    page = to_html(hostile(rolled_out()))
    assert "<script" not in page
    assert "49" not in re.findall(r"\{\{ ?(\d+) ?\}\}", page)
    assert page.count("</style>") == 1
    assert "&lt;script&gt;" in page
    assert Page(page).open == []


def test_what_is_there_is_shown_and_what_is_not_is_said() -> None:
    """The least report, of a day on which nothing happened, has no empty section."""
    stones = model.Milestones()
    least = report(
        outcome=model.Outcome.UNHARMED, milestones=stones, arithmetic=[], rates=[], allocations=[],
        events=[], plans=[], effects=[], refusals=[], judgements=[], runs=[], routine=[], pages=[],
        expectations=[], trail=None, source=[],
    )  # fmt: skip
    page = to_html(least)
    for said in ("Nothing happened.", "The allocation was not changed.", "Nothing was refused."):
        assert said in page
    assert "<svg" not in page


@pytest.mark.parametrize("outcome", list(model.Outcome))
def test_the_outcome_is_a_word_and_a_shape(outcome: model.Outcome) -> None:
    """Never a colour alone."""
    page = to_html(report(outcome=outcome))
    badge = re.search(
        r'class="outcome ([\w-]+)"><span aria-hidden="true">(.)</span> ([\w ]+)', page
    )
    assert badge
    assert badge[3].lower() == outcome.value
    assert badge[2] in "✓✕○"


def test_rendering_needs_jinja_only_when_it_renders() -> None:
    """Deployed code that only imports the package, the reflex above all, does not load it."""
    code = "import sys, autopilot.reports.html; print('jinja2' in sys.modules)"
    paths = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    ran = subprocess.run([sys.executable, "-c", code], env=paths, check=True, capture_output=True)
    assert ran.stdout.strip() == b"False"


def test_known_strategies_have_a_bar_and_a_line_each() -> None:
    """Bars are to scale; the one that would hide the others is cut, and says so."""
    page = to_html(rolled_out())
    bars = re.findall(r'<div class="bar( other)?( cut)?" style="width:([\d.]+)%"', page)
    assert bars == [
        ("", "", "7.5"), (" other", "", "60.0"), (" other", "", "54.0"), (" other", " cut", "100.0")
    ]  # fmt: skip
    assert page.count("its bar is cut off") == 1
    pictures = re.findall(
        r'<div class="(?:wide|narrow)">(.+?id="strategiesn?-title.+?)</div>', page
    )
    assert len(pictures) == 2
    for picture in pictures:
        lines = re.findall(r'class="(rate \w+)"', picture)
        assert lines == ["rate peer0", "rate peer1", "rate peer2", "rate with"]
    assert "which leaves the picture at the top (up to 95" in page


def test_a_line_that_is_cut_stays_in_the_picture() -> None:
    """It runs along the top of the axis, which is made for the others."""
    made = rolled_out()
    assert made.comparison
    assert made.comparison.rates
    drawn = error_rates(made, made.comparison.rates, Canvas("strategies", 900.0, 300.0))
    heights = {
        name: [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", commands)]
        for commands, name in re.findall(r'd="([^"]+)" class="(rate \w+)"', drawn)
    }
    assert 0 < min(heights["rate peer2"]) < min(heights["rate peer0"])
    assert set(heights["rate peer2"]) == {min(heights["rate peer2"])}
    assert ">40%<" in drawn


def test_a_roll_out_is_not_compared_with_a_day_without_automation() -> None:
    """The day beside it is one without the roll-out, in words too."""
    page = to_html(rolled_out())
    assert "More than without" not in page
    assert "without the roll-out, same load and fault" in page
    assert "without automation" not in page


def test_a_long_name_may_be_broken_between_its_own_words() -> None:
    """And nowhere else; short names and routes are left whole."""
    said = sentence("Linear10PercentEvery1Minute and ShortName in eu-central-1/direct")
    assert said.startswith("Linear10<wbr>Percent<wbr>Every1<wbr>Minute and ShortName in <span")
