"""A failover with a global database, as tests play it: how it begins, and what it comes to."""

from __future__ import annotations

from typing import Any, Final

from autopilot.domain.switches import ADMISSION, DATABASE, WRITER
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.drill.profiles import profile_text, with_changes
from autopilot_lab.drill.project import SCENARIOS
from autopilot_lab.emulator.services.global_databases import GlobalDatabase

RUN: Final = "by-hand"
#: One step, a short bake, and bounds for the database and the plan as short as they may be.
QUICK: Final = """
ramp.up_marks_percent = [100]
failover.bake_seconds = 10
failover.step_points_max = 100
failover.database.seconds_max = 60
failover.plan_valid_seconds = 80
"""


def described() -> str:
    """The drills' profile with a database, quickly over."""
    return with_changes(profile_text(SCENARIOS / "profiles" / "database.toml"), QUICK)


def the_database(bench: Bench) -> GlobalDatabase:
    """The one that the profile describes."""
    (found,) = bench.aws.services.global_databases.databases.values()
    return found


def begin(bench: Bench, **database: Any) -> None:
    """Start a failover to the standby, with a database that behaves so."""
    for name, value in database.items():
        setattr(the_database(bench), name, value)
    request = {"mode": "execute", "reason": "a test"}
    standby = bench.installation.regions[1]
    bench.installation.start_run("regional_failover", request, region=standby, name=RUN)


def told(bench: Bench) -> dict[str, Any]:
    """How the run stands, and what every switch shows."""
    run = next(each for each in bench.aws.engine.list() if each.name == RUN)
    moves = ("SwitchoverGlobalCluster", "FailoverGlobalCluster")
    calls = [each["operation"] for each in bench.aws.log.of("call", service="rds")]
    shown = bench.installation.failover_switches()
    return {
        "status": run.status,
        "error": run.error,
        "cause": run.cause or "",
        "moves": [each for each in calls if each in moves],
        "shown": [shown[name] for name in (WRITER, DATABASE, ADMISSION)],
        "holder": bench.installation.gate.read().lease.holder,
    }
