"""Alarms that change together: a storm is told in a few lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from autopilot_lab.drill.evidence import AlarmChange

STORM_FROM: Final = 10  #: more changes of one kind together than these are a storm
SHOWN: Final = 3  #: of a storm
TOGETHER_SECONDS: Final = 60


def together(alarms: Sequence[AlarmChange]) -> Iterator[list[AlarmChange]]:
    """Changes of the same kind that come within `TOGETHER_SECONDS` of the first of them."""
    groups: dict[tuple[str, str], list[AlarmChange]] = {}
    for alarm in alarms:
        change = (alarm.old, alarm.new)
        group = groups.get(change)
        if group and alarm.at - group[0].at <= TOGETHER_SECONDS:
            group.append(alarm)
        else:
            if group:
                yield group
            groups[change] = [alarm]
    yield from groups.values()
