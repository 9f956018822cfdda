"""Every colour can be read on every surface, in both themes."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from autopilot.reports.palette import DARK, LIGHT, MARKS, SURFACES, TEXTS, Theme, contrast

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
STYLE = files("autopilot").joinpath("reports/templates/report.css").read_text("utf-8")


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white is 21:1, a colour on itself 1:1, and #777777 on white just misses 4.5:1."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#336699", "#336699") == pytest.approx(1)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@THEMES
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("text", TEXTS)
def test_every_text_stands_on_every_surface(theme: Theme, text: str, surface: str) -> None:
    """At least 4.5:1 (WCAG 2.2, 1.4.3)."""
    assert contrast(theme[text], theme[surface]) >= 4.5


@THEMES
@pytest.mark.parametrize("surface", ["page", "card", "sunk"])
@pytest.mark.parametrize("mark", MARKS)
def test_every_mark_stands_on_what_charts_stand_on(theme: Theme, mark: str, surface: str) -> None:
    """At least 3:1 for what is not text (WCAG 2.2, 1.4.11)."""
    assert contrast(theme[mark], theme[surface]) >= 3


@THEMES
def test_the_words_of_a_badge_stand_on_it(theme: Theme) -> None:
    """A badge in the graph is the one place where a surface's colour is the text's."""
    assert contrast(theme["card"], theme["strong"]) >= 4.5


def test_the_themes_name_the_same_colours() -> None:
    """A colour of one theme only would be missing in the other."""
    assert LIGHT.keys() == DARK.keys()
    assert set(SURFACES) | set(TEXTS) | set(MARKS) | {"hair"} == LIGHT.keys()


def test_the_style_takes_text_colours_for_text_and_surfaces_for_surfaces() -> None:
    """So that the pairs above are all the pairs there are."""
    texts = set(re.findall(r"(?<![\w-])color:var\(--([\w-]+)\)", STYLE))
    surfaces = set(re.findall(r"background:var\(--([\w-]+)\)", STYLE))
    assert texts
    assert texts <= set(TEXTS)
    assert surfaces - {"hair", "line-with", "line-without"} <= set(SURFACES)  # a rule, and two bars


def test_the_style_names_no_colour_itself() -> None:
    """Every colour comes from the palette, or the dark theme would miss it."""
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgb|hsl", STYLE) == []
    assert set(re.findall(r"var\(--([\w-]+)\)", STYLE)) <= LIGHT.keys()
