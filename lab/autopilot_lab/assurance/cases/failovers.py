"""regional_failover: a planned move, and the loss of home; one region is active at the end."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from autopilot.domain.allocation import Route
from autopilot.domain.switches import ADMISSION, WRITER
from autopilot_lab.assurance.aftermath import Aftermath
from autopilot_lab.assurance.bench import Bench, use_every_function
from autopilot_lab.assurance.case import Case
from autopilot_lab.assurance.cases.quiet import keep_the_service_quiet
from autopilot_lab.drill.profiles import profile_text, with_changes
from autopilot_lab.drill.project import SCENARIOS
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.faults import Fault, FaultKind
from autopilot_lab.emulator.world.faults import Conditions

MOVE_RUN: Final = "by-hand-move"
LOSS_RUN: Final = "by-hand-loss"
#: Six probes of ten seconds at both vantages, and the minute's record of each.
KNOWN_AFTER_SECONDS: Final = 130.0
SWEEP_SECONDS: Final = 20.0
_PROFILE: Final = SCENARIOS / "profiles" / "failover.toml"
#: Two steps, a middle one and the last, with short bakes: every look is the same calls again.
_QUICK: Final = """
ramp.up_marks_percent = [100]
failover.bake_seconds = 10
failover.step_points_max = 50
"""


def described() -> str:
    """The drills' profile of failovers, with bakes that are quickly over."""
    return with_changes(profile_text(_PROFILE), _QUICK)


def _ready(bench: Bench) -> None:
    """Functions of the region that is moved to are warm, and no alarm starts anything itself."""
    keep_the_service_quiet(bench)
    use_every_function(bench.installation, bench.installation.regions[1])
    bench.aws.run(SWEEP_SECONDS)


def _home_is_lost(bench: Bench) -> None:
    """After the morning's sweep home is gone, and every vantage knows it."""
    aws, home, standby = bench.aws, *bench.installation.regions
    _ready(bench)
    known = {"mode": "execute", "kind": "full"}  # the load of both regions
    bench.installation.start_run("health_sweep", known, region=standby, name="this-morning")
    aws.run(SWEEP_SECONDS)
    aws.outages.lose(home, since=aws.scheduler.now, until=math.inf)

    def is_cut_off(call: Call) -> bool:
        return home in (call.region, call.caller_region) and aws.outages.is_lost(home)

    aws.faults.add(Fault(kind=FaultKind.CONNECT_TIMEOUT, when=is_cut_off))
    gone, well = Conditions(lost_regions=frozenset({home})), Conditions()
    bench.installation.public_path.conditions = lambda: gone if aws.outages.is_lost(home) else well
    aws.run(KNOWN_AFTER_SECONDS)


def _home_is_back(bench: Bench) -> None:
    """So that everything can be read, and whatever slept there goes on."""
    bench.aws.outages.clear()


def _begin(run: str) -> Callable[[Bench], None]:
    def begin(bench: Bench) -> None:
        request = {"mode": "execute", "reason": "assurance"}
        standby = bench.installation.regions[1]
        bench.installation.start_run("regional_failover", request, region=standby, name=run)

    return begin


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
    if not (at_start or at_goal) and not any(run in page for page in aftermath.pages):
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


def _case(run: str, **world: Any) -> Case:
    return Case(
        name=run.removeprefix("by-hand-"),
        begin=_begin(run),
        owns=lambda caller, invoker: run in caller or run in invoker,
        run=run,
        by_hand=True,
        check=lambda aftermath: _one_region_is_active(run, aftermath),
        described=described,
        **world,
    )


CASES: Final[tuple[Case, ...]] = (
    _case(MOVE_RUN, prepare=_ready),
    _case(LOSS_RUN, prepare=_home_is_lost, afterwards=_home_is_back),
)
