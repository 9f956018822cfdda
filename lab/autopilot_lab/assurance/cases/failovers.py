"""regional_failover: a planned move, and the loss of home; one region is active at the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from autopilot.domain.allocation import Route
from autopilot.domain.switches import ADMISSION, WRITER
from autopilot_lab.assurance.aftermath import Aftermath
from autopilot_lab.assurance.bench import START, Bench
from autopilot_lab.assurance.case import Case
from autopilot_lab.drill.project import ROOT
from autopilot_lab.emulator.alarms import Alarm, Condition
from autopilot_lab.emulator.faults import Fault, FaultKind
from autopilot_lab.emulator.world.faults import Conditions

MOVE_RUN: Final = "by-hand-move"
LOSS_RUN: Final = "by-hand-loss"
#: Six probes of ten seconds at both vantages, and the minute's record of each.
KNOWN_AFTER_SECONDS: Final = 130.0
SWEEP_SECONDS: Final = 20.0
BACK_AFTER_SECONDS: Final = 700.0  #: home is there again, so that everything can be read
_PROFILE: Final = ROOT / "scenarios" / "profiles" / "failover.toml"
#: Wide steps with short bakes: every look is the same calls again.
_QUICK: Final = (("bake_seconds = 60\nruns_max", "bake_seconds = 10\nruns_max"),)


def profile_text() -> str:
    """The drills' profile of failovers, with bakes that are quickly over."""
    text = _PROFILE.read_text("utf-8")
    for slow, quick in _QUICK:
        text = text.replace(slow, quick)
    return text


def _move(bench: Bench) -> None:
    request = {"mode": "execute", "reason": "assurance"}
    standby = bench.installation.regions[1]
    bench.installation.start_run("regional_failover", request, region=standby, name=MOVE_RUN)


def _loss(bench: Bench) -> None:
    """Home is gone for a while, every vantage knows it, and no alarm starts anything itself."""
    aws, home, standby = bench.aws, *bench.installation.regions
    known = {"mode": "execute", "kind": "full"}  # as every morning: the load of both regions
    bench.installation.start_run("health_sweep", known, region=standby, name="this-morning")
    aws.run(SWEEP_SECONDS)
    lost, until = START + SWEEP_SECONDS, START + BACK_AFTER_SECONDS
    for about in (
        Fault(region=home, kind=FaultKind.CONNECT_TIMEOUT, since=lost, until=until),
        Fault(
            kind=FaultKind.CONNECT_TIMEOUT,
            since=lost,
            until=until,
            when=lambda call: call.caller_region == home,
        ),
    ):
        aws.faults.add(about)
    aws.outages.lose(home, since=lost, until=until)
    gone, well = Conditions(lost_regions=frozenset({home})), Conditions()
    bench.installation.public_path.conditions = lambda: gone if aws.scheduler.now < until else well
    _keep_quiet(bench)
    aws.run(KNOWN_AFTER_SECONDS)
    request = {"mode": "execute", "reason": "assurance"}
    bench.installation.start_run("regional_failover", request, region=standby, name=LOSS_RUN)


def _keep_quiet(bench: Bench) -> None:
    """Only alarms about the automation itself go on."""
    tell = bench.aws.alarms.on_transition

    def tell_of_others(alarm: Alarm, before: Condition) -> None:
        if alarm.name.startswith("autopilot-"):
            tell(alarm, before)

    bench.aws.alarms.on_transition = tell_of_others


def _one_region_is_active(run: str, aftermath: Aftermath) -> list[str]:
    """Everything is where it was, or where it was to go; or the run stopped, and people know."""
    profile_regions = sorted({Route.parse(each).region for each in aftermath.allocation})
    home, standby = profile_regions
    writer, opened = aftermath.failover[WRITER], aftermath.failover[ADMISSION]
    carrying = {Route.parse(each).region for each, share in aftermath.allocation.items() if share}
    at_start = (writer, opened) == (home, f"{home}+{standby}") and (
        dict(aftermath.allocation) == aftermath.start.to_dict()
    )
    at_goal = (writer, opened, carrying) == (standby, standby, {standby})
    found = []
    if writer not in (home, standby):
        found.append(f"{writer!r} owns the writes")
    if not (at_start or at_goal) and not aftermath.pages:
        found.append(f"half way, and nobody was paged: writes {writer}, clients {opened}")
    record = aftermath.records.get(run)
    if record is not None and record["outcome"] == "done" and not at_goal:
        found.append(f"{run} is done, but the writes are {writer}'s, clients {opened}")
    return found + _one_entry_each(aftermath)


def _one_entry_each(aftermath: Aftermath) -> list[str]:
    """One intent for each turn, and turns are counted without a gap."""
    turns = sorted(entry["turn"] for entry in aftermath.turns)
    counted = aftermath.item["turns"]["count"]
    return [] if turns == list(range(1, counted + 1)) else [f"{counted} turns, entries for {turns}"]


def _owns(run: str) -> Case:
    return Case(
        name=run.removeprefix("by-hand-"),
        begin=_move if run == MOVE_RUN else _loss,
        owns=lambda caller, invoker: run in caller or run in invoker,
        run=run,
        by_hand=True,
        check=lambda aftermath: _one_region_is_active(run, aftermath),
        described=profile_text,
    )


CASES: Final[tuple[Case, ...]] = (
    _owns(MOVE_RUN),
    replace(
        _owns(LOSS_RUN),
        from_seconds=SWEEP_SECONDS + KNOWN_AFTER_SECONDS,
        quiet_seconds=BACK_AFTER_SECONDS - KNOWN_AFTER_SECONDS + 120.0,
        horizon_seconds=5_400.0,
    ),
)
