"""Writes SVG by hand: elements from plain values, everything escaped."""

from __future__ import annotations

from html import escape
from typing import Final, TypeAlias

_KEPT: Final = frozenset({"viewBox", "preserveAspectRatio", "patternUnits", "patternTransform"})

Value: TypeAlias = str | float | int


class Svg(str):
    """Markup that is safe to put into a page as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        """What templates ask whether text must still be escaped."""
        return str(self)


def element(tag: str, *children: str, **attributes: Value | None) -> Svg:
    """`<tag …>children</tag>`; plain text is escaped, `class_` is `class`, `_` is `-` in names."""
    said = "".join(
        f' {_name(name)}="{escape(_number(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    inner = "".join(child if isinstance(child, Svg) else escape(child) for child in children)
    return Svg(f"<{tag}{said}>{inner}</{tag}>")


def joined(*parts: Svg) -> Svg:
    """Parts one after the other."""
    return Svg("".join(parts))


def text(x: float, y: float, words: str, class_: str, anchor: str = "start") -> Svg:
    """Words at a point of their base line."""
    return element("text", words, x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Svg:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(commands: str, class_: str, fill: str | None = None) -> Svg:
    """A path from its commands."""
    return element("path", d=commands, class_=class_, fill=fill)


def points(pairs: list[tuple[float, float]]) -> str:
    """`M x y L x y …` through the points."""
    return "M" + " L".join(f"{_number(x)} {_number(y)}" for x, y in pairs)


def text_width(words: str, font_size: float = 12.0) -> float:
    """About how wide words are in a common sans-serif face, in pixels."""
    return len(words) * font_size * 0.56


def _name(name: str) -> str:
    return name if name in _KEPT else name.rstrip("_").replace("_", "-")


def _number(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)
