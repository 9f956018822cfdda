"""Sections share the height of the screen, and logs keep their newest entries."""

from __future__ import annotations

from rich.text import Text

from autopilot_lab.drill.live.section import Section, beside, share


def section(*lines: str, least: int = 1, is_log: bool = False) -> Section:
    """One with these lines."""
    return Section("title", "remark", [Text(line) for line in lines], least, is_log=is_log)


def test_a_section_is_as_wide_as_asked_for() -> None:
    """Longer lines end in an ellipsis, shorter ones in blanks."""
    rows = section("short", "much too long for that").rows(10)
    assert [row.plain for row in rows] == ["title rem…", "short     ", "much too …"]


def test_a_log_gives_up_its_oldest_entries_whole() -> None:
    """The rest of an entry without its beginning would say nothing."""
    log = section("1 a", "  b", "  c", "2 d", "  e", is_log=True)
    assert [line.plain for line in log.cut(3).lines] == ["2 d", "  e"]


def test_an_entry_longer_than_the_room_keeps_its_end() -> None:
    """There is nothing else to show."""
    log = section("1 a", "  b", "  c", is_log=True)
    assert [line.plain for line in log.cut(2).lines] == ["  b", "  c"]


def test_whoever_has_most_to_spare_gives_first() -> None:
    """Down to the least of each."""
    long, short = section(*"abcdef", least=2), section(*"ab", least=2)
    assert [len(one.lines) for one in share([long, short], 8)] == [4, 2]
    assert [len(one.lines) for one in share([long, short], 3)] == [2, 2]


def test_columns_of_different_height_stand_beside_each_other() -> None:
    """The right one begins in the same column in every row."""
    rows = beside([Text("left ")], [Text("x"), Text("y")], 5)
    assert [row.plain for row in rows] == ["left    x", "        y"]
