"""The templates of the reports and pages, and how sentences are set in them."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Final

from autopilot.reports import words
from autopilot.reports.svg import Svg

if TYPE_CHECKING:
    from jinja2 import Environment

_ROUTE: Final = re.compile(r"(?<![\w-])[a-z]{2}(?:-[a-z]+)+-[1-9](?:/[\w=,-]*\w)?")
_LONG_NAME: Final = re.compile(r"\b[A-Z][A-Za-z0-9]{17,}\b")
_INNER_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@cache
def environment() -> Environment:
    """Of all templates: values are escaped, and a name that is not given is an error."""
    from jinja2 import (  # noqa: PLC0415 - only who renders needs it, and no function that acts does
        Environment,
        PackageLoader,
        StrictUndefined,
    )

    return Environment(
        loader=PackageLoader("autopilot", "reports/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def sentence(text: str) -> Svg:
    """Words that a line does not break inside a route, or between a number and its unit.

    A long name such as `Linear10PercentEvery1Minute` may be broken between its own words.
    """
    kept = _ROUTE.sub(r'<span class="whole-word">\g<0></span>', escape(words.typeset(text)))
    return Svg(_LONG_NAME.sub(lambda name: _INNER_WORD.sub("<wbr>", name[0]), kept))
