"""tend_ledger: faults strike the exporter and the reaper while they clear up after a dead run."""

from __future__ import annotations

from typing import Final

from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.case import Case
from autopilot_lab.assurance.cases.ramps import UP, start_ramp

_RUN: Final = "by-hand-up"
#: In the middle of the second step's bake.
_DIES_AFTER_SECONDS: Final = 100.0


def _run_dies(bench: Bench) -> None:
    """An operator's ramp is stopped in its second step; what follows is the reaper's."""
    start_ramp(bench, _RUN, UP)
    engine, scheduler = bench.aws.engine, bench.aws.scheduler

    def stop() -> None:
        for execution in engine.list():
            if execution.name == _RUN:
                engine.stop(execution.arn)

    scheduler.call_at(scheduler.now + _DIES_AFTER_SECONDS, stop)


def _owns(caller: str, _called_by: str) -> bool:
    return caller.endswith("tend-ledger")


CASES: Final = (Case("dead_run", _run_dies, _owns, from_seconds=_DIES_AFTER_SECONDS),)
