"""emergency_rollback: a bad release is rolled back; and one that turns out not to be the cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from autopilot.domain.releases import Register, Release, Served
from autopilot_lab.assurance.aftermath import Aftermath
from autopilot_lab.assurance.bench import START, Bench
from autopilot_lab.assurance.case import Case
from autopilot_lab.assurance.cases.quiet import keep_the_service_quiet
from autopilot_lab.drill.managed_releases import RollOut

RUN: Final = "by-hand-rollback"
_FAILING_PPM: Final = 400_000
_GOOD_MS: Final = 86_400_000
_BAD: Final = RollOut(
    software=True, configuration="c2", settings={"ranker": "on"}, bad_percent=40, region=None
)
#: Outcomes after which the good release serves; after the others the one of the start does.
_FORWARD: Final = ("done", "blind", "reaped: kept: all is turned")
#: Of a run that was cut off with its lease returned: what serves is what it had come to.
_UNWRITTEN: Final = ""


def _begin(bench: Bench) -> Mapping[str, str]:
    """A release that was good for a day, then another; the service's alarms keep quiet."""
    releases, profile = bench.installation.releases, bench.installation.profile
    good = {name: releases.shown()[name] for name in profile.release_switches}
    _remember(bench, good)
    releases.roll_out(_BAD)
    keep_the_service_quiet(bench)
    request = {"mode": "execute", "although_healthy": True}
    bench.installation.start_run("emergency_rollback", request, region=bench.home, name=RUN)
    return good


def _remember(bench: Bench, good: Mapping[str, str]) -> None:
    now_ms = int(START * 1000)
    served = Served(Release(good), now_ms - _GOOD_MS, now_ms, healthy_ms=_GOOD_MS, healthy=288)
    register = Register({served.release.id: served}, served.release.id, now_ms, now_ms)
    bench.installation.gate.record("release/register", register.to_fields(), once=False)


def _helps(bench: Bench) -> None:
    _begin(bench)
    shown = bench.installation.releases

    def failures(route: Any, _held: object) -> int:
        return _FAILING_PPM if shown.failing(route.region) else 0

    bench.service.failures_ppm = failures


def _does_not_help(bench: Bench) -> None:
    _begin(bench)
    bench.service.failures_ppm = lambda _route, _held: _FAILING_PPM


def _good_or_start(aftermath: Aftermath) -> list[str]:
    """Every switch shows the good release, or every one shows the start; nothing in between."""
    shown = dict(aftermath.switches)
    emergency = shown.pop("emergency")
    forward = {name: value for name, value in shown.items() if _is_new(name, value)}
    found = []
    if forward and len(forward) != len(shown):
        found.append(f"half a release serves: {shown}")
    stopped = bool(aftermath.item["lever"]["engaged"])
    if emergency != "off" and not stopped:
        found.append("emergency mode is still on")
    if stopped:
        return [] if aftermath.pages else ["the lever stopped it half way, and nobody was paged"]
    outcome = str(aftermath.records[RUN]["outcome"]) if RUN in aftermath.records else "refused"
    if outcome != _UNWRITTEN and outcome.startswith(_FORWARD) == bool(forward):
        found.append(f"the run is {outcome}, but the switches show {shown}")
    return found + _one_entry_each(aftermath)


def _is_new(name: str, value: str) -> bool:
    new = {"alias": "2", "configuration": "c2", "ranker": "on"}
    return value == new[name.rpartition("/")[2]]


def _one_entry_each(aftermath: Aftermath) -> list[str]:
    """One intent for each turn, and turns are counted without a gap."""
    turns = sorted(entry["turn"] for entry in aftermath.turns)
    counted = aftermath.item["turns"]["count"]
    wanted = list(range(1, counted + 1))
    return [] if turns == wanted else [f"{counted} turns, but entries for {turns}"]


def _case(name: str, begin: Any) -> Case:
    caller = f"states:{RUN}"
    return Case(
        name,
        begin,
        lambda by, called_by: caller in (by, called_by),
        run=RUN,
        by_hand=True,
        check=_good_or_start,
    )


CASES: Final = (_case("helps", _helps), _case("does_not_help", _does_not_help))
