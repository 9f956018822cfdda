"""The colours of a report, in both themes.

Every text colour can stand on every surface with a contrast of at least 4.5:1, and every mark with
at least 3:1 (WCAG 2.2, criteria 1.4.3 and 1.4.11); tests compute both. Colour is never the only
sign: routes have patterns, lines have dashes, states have shapes and words.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

Theme: TypeAlias = Mapping[str, str]

SURFACES: Final = ("page", "card", "sunk", "good-soft", "bad-soft", "warn-soft", "note-soft")
TEXTS: Final = ("ink", "quiet", "good", "bad", "warn", "note")
MARKS: Final = ("line-with", "line-without", "s0", "s1", "s2", "s3", "s4", "s5", "strong")

LIGHT: Final[Theme] = MappingProxyType(
    {
        "page": "#f6f5f1",
        "card": "#ffffff",
        "sunk": "#efeee8",
        "good-soft": "#e4f1e8",
        "bad-soft": "#fbe9e5",
        "warn-soft": "#faf0d9",
        "note-soft": "#e5eef6",
        "ink": "#1c2329",
        "quiet": "#535d66",
        "good": "#17623a",
        "bad": "#a02a17",
        "warn": "#7a4f00",
        "note": "#1d5484",
        "line-with": "#1d5484",
        "line-without": "#b04a2f",
        "s0": "#3d6f9e",
        "s1": "#2f7d6b",
        "s2": "#9a6a1c",
        "s3": "#8a5a86",
        "s4": "#5d6f2f",
        "s5": "#a0524e",
        "strong": "#3a444d",
        "hair": "#d9d7cf",
    }
)
DARK: Final[Theme] = MappingProxyType(
    {
        "page": "#14181c",
        "card": "#1b2126",
        "sunk": "#232a30",
        "good-soft": "#1b3226",
        "bad-soft": "#3b231e",
        "warn-soft": "#362c16",
        "note-soft": "#1d2f40",
        "ink": "#e9ecee",
        "quiet": "#a9b3bb",
        "good": "#86d0a1",
        "bad": "#f4a491",
        "warn": "#e6c070",
        "note": "#93c2ea",
        "line-with": "#7fb6e6",
        "line-without": "#ee9277",
        "s0": "#6fa3d2",
        "s1": "#5cb39d",
        "s2": "#cf9c4b",
        "s3": "#c08dbb",
        "s4": "#98ac5c",
        "s5": "#d8857f",
        "strong": "#b6c0c8",
        "hair": "#363f47",
    }
)
SERIES: Final = 6  #: colours of routes before they repeat; patterns repeat later


def contrast(one: str, other: str) -> float:
    """The contrast of two colours written `#rrggbb`, from 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def variables(theme: Theme) -> str:
    """The theme as declarations of CSS custom properties."""
    return "".join(f"--{name}:{value};" for name, value in theme.items())


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB
        for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
