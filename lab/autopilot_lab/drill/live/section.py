"""A part of the screen with a heading; how parts stand beside each other and share the height."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.text import Text

GAP = 3  #: columns between two sections that stand beside each other


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and lines of text."""

    title: str
    remark: str  #: beside the title
    lines: Sequence[Text]
    least: int  #: lines that are shown however small the screen is, if there are so many
    is_log: bool = False  #: the newest line stands last, and older ones give way

    def cut(self, height: int) -> Section:
        """At most that many lines."""
        kept = self.lines[-height:] if self.is_log and height else self.lines[:height]
        return replace(self, lines=_from_an_entry(kept) if self.is_log else kept)

    def filled(self, height: int) -> Section:
        """At least that many lines."""
        missing = max(0, height - len(self.lines))
        return replace(self, lines=[*self.lines, *[Text()] * missing])

    def rows(self, width: int) -> list[Text]:
        """The heading with a rule, and the lines, each exactly `width` wide."""
        heading = Text(f"{self.title} ", style="bold")
        heading.append(f"{self.remark} " if self.remark else "")
        heading.truncate(width, overflow="ellipsis")
        heading.append("─" * (width - heading.cell_len), style="dim")
        return [heading, *(fit(line, width) for line in self.lines)]


def _from_an_entry(lines: Sequence[Text]) -> Sequence[Text]:
    """Without the rest of an entry whose beginning is not shown, unless there is no other."""
    begins = (i for i, line in enumerate(lines) if not line.plain.startswith(" "))
    return lines[next(begins, 0) :]


def fit(line: Text, width: int) -> Text:
    """The line, exactly that wide."""
    fitted = line.copy()
    fitted.truncate(width, overflow="ellipsis", pad=True)
    return fitted


def beside(left: Sequence[Text], right: Sequence[Text], left_width: int) -> list[Text]:
    """Two columns; the left one is `left_width` wide."""
    height = max(len(left), len(right))
    rows = []
    for index in range(height):
        one = left[index] if index < len(left) else fit(Text(), left_width)
        other = right[index] if index < len(right) else Text()
        rows.append(Text.assemble(one, " " * GAP, other))
    return rows


def share(sections: Sequence[Section], height: int) -> list[Section]:
    """The sections, cut so that they and their headings fit into that many rows.

    Whoever has most above its least gives first; when all are at their least, the last ones go.
    """
    heights = [len(section.lines) for section in sections]
    least = [min(section.least, len(section.lines)) for section in sections]
    while sum(heights) + len(sections) > height:
        spare, at = max((h - m, i) for i, (h, m) in enumerate(zip(heights, least, strict=True)))
        if spare <= 0:
            break
        heights[at] -= 1
    return [section.cut(size) for section, size in zip(sections, heights, strict=True)]
