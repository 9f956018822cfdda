"""This week's scores beside last week's. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from autopilot.domain.instants import moment

WEEK_DAYS: Final = 7


def day_record(now_ms: int, region: str) -> str:
    """The name of the record that keeps a day's full sweep; days are those of UTC."""
    return f"sweep-day/{_day(now_ms, 0)}/{region}"


def days_before(now_ms: int, region: str) -> Iterator[str]:
    """The records of the two weeks before this day, newest first."""
    for days in range(1, 2 * WEEK_DAYS + 1):
        yield f"sweep-day/{_day(now_ms, days)}/{region}"


def compare(scores: Mapping[str, int], now_ms: int, region: str) -> dict[str, Any]:
    """Mean and lowest of each week, how many days were seen, and where it goes."""
    names = list(days_before(now_ms, region))
    this = _week({name: scores[name] for name in names[:WEEK_DAYS] if name in scores})
    last = _week({name: scores[name] for name in names[WEEK_DAYS:] if name in scores})
    return {"this_week": this, "last_week": last, "said": _said(this, last)}


def _week(scores: Mapping[str, int]) -> dict[str, Any]:
    if not scores:
        return {"days": 0}
    lowest = min(scores, key=lambda name: (scores[name], name))
    return {
        "days": len(scores),
        "mean": round(sum(scores.values()) / len(scores), 1),
        "lowest": scores[lowest],
        "lowest_day": lowest.split("/")[1],
    }


def _said(this: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    if not this["days"]:
        return "no sweep of this week was recorded"
    now = f"mean score {this['mean']:g} over {this['days']} days"
    if not last["days"]:
        return f"{now}; nothing was recorded in the week before"
    change = this["mean"] - last["mean"]
    word = "as" if change == 0 else f"{abs(change):.1f} {'more' if change > 0 else 'less'} than"
    return f"{now}, {word} in the week before ({last['mean']:g} over {last['days']} days)"


def _day(now_ms: int, before: int) -> str:
    return f"{moment(now_ms) - timedelta(days=before):%Y-%m-%d}"
