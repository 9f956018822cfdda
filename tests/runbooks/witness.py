"""Plays a happening on the deployed product and keeps what a test asks for.

Each happening is played in a fork, so that one deployment serves a whole module and no test sees
what another did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from autopilot.domain.permit import LEDGER
from autopilot_lab.assurance.aftermath import look
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.forked import in_forks
from autopilot_lab.emulator.states import Execution

#: What tending changes every minute, whatever runs do.
_TENDED = ("standing", "planner_fence", "applied")
HOME_DIRECT = "eu-central-1/direct"
STANDBY_DIRECT = "eu-west-1/direct"
STANDBY_MCP = "eu-west-1/mcp"


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What was left behind, as plain values."""

    before: Mapping[str, Any]  #: the ledger item, without what tending changes
    after: Mapping[str, Any]
    entries: list[dict[str, Any]]  #: exported or not, in order of version
    runs: dict[str, dict[str, Any]]  #: status, error, cause and output, by name
    calls: dict[str, list[str]]  #: `service:operation` of the functions that a run invoked
    records: dict[str, str]  #: outcome by run
    pages: list[str]

    def acts(self) -> list[str]:
        """What was done, in order."""
        return [entry["act"] for entry in self.entries]


def witnessed(deployed: Bench, happening: Callable[[Bench], None]) -> Witnessed:
    """Play `happening` in a fork, let everything come to rest, and report."""
    ((_, seen),) = in_forks([happening], lambda play: _play(deployed, play), at_once=1)
    return Witnessed(**seen)


def _play(deployed: Bench, happening: Callable[[Bench], None]) -> dict[str, Any]:
    before = _item(deployed)
    happening(deployed)
    for execution in deployed.aws.engine.list():
        execution.wait()
    deployed.aws.run(1)
    aftermath = look(deployed, by_hand=True, came_to_rest=True)
    return asdict(
        Witnessed(
            before=before,
            after=_item(deployed),
            entries=[dict(entry) for entry in aftermath.entries],
            runs={run.name: _run(deployed, run.name) for run in aftermath.runs},
            calls={run.name: _calls(deployed, run.name) for run in aftermath.runs},
            records={run: str(found["outcome"]) for run, found in aftermath.records.items()},
            pages=list(aftermath.pages),
        )
    )


def _item(deployed: Bench) -> dict[str, Any]:
    item = deployed.installation.ledger.read(LEDGER) or {}
    return {name: value for name, value in item.items() if name not in _TENDED}


def _run(deployed: Bench, name: str) -> dict[str, Any]:
    run = execution(deployed, name)
    return {
        "status": run.status,
        "error": run.error or "",
        "cause": run.cause or "",
        "output": run.output.value if run.output else None,
    }


def _calls(deployed: Bench, run: str) -> list[str]:
    log = deployed.aws.log
    own = [each["invocation"] for each in log.of("invocation", caller=f"states:{run}")]
    return [f"{c['service']}:{c['operation']}" for c in log.of("call") if c["invocation"] in own]


# -- what happenings do ----------------------------------------------------------------------------


def start(deployed: Bench, name: str, request: Any) -> None:
    """Start traffic_ramp at home, as from the console."""
    deployed.installation.start_run("traffic_ramp", request, region=deployed.home, name=name)


def ramp_up(route: str, to_percent: int) -> dict[str, Any]:
    """The input of a ramp that is carried out."""
    return {"mode": "execute", "direction": "up", "route": route, "to_percent": to_percent}


def execution(deployed: Bench, name: str) -> Execution:
    """The run of that name."""
    return next(each for each in deployed.aws.engine.list() if each.name == name)


def run_until_version(deployed: Bench, version: int) -> None:
    """Let time pass until that many effects have been made, but no longer than ten minutes."""
    for _ in range(600):
        if deployed.installation.gate.read().version >= version:
            return
        deployed.aws.run(1)
    raise AssertionError(f"version {version} never came")
