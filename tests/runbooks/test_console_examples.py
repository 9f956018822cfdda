"""Every input that the documents tell an operator to paste is accepted by the machine it names."""

from __future__ import annotations

import json
from typing import Final

import pytest

from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.forked import in_forks
from autopilot_lab.drill.project import ROOT
from tests.runbooks.witness import execution

EXAMPLES = sorted(path.stem for path in (ROOT / "events").glob("console_*.json"))
RUNBOOKS = sorted(path.name.split(".")[0] for path in (ROOT / "statemachines").glob("*.yaml"))


def runbook_of(example: str) -> str:
    """The runbook whose name the example's begins with."""
    (found,) = (name for name in RUNBOOKS if example.startswith(f"console_{name}_"))
    return found


def started(deployed: Bench, example: str) -> tuple[str, str, int]:
    """Start it as the console does, in a fork; its status, its error, and effects made."""
    request = json.loads((ROOT / "events" / f"{example}.json").read_text("utf-8"))

    def run(name: str) -> tuple[str, str, int]:
        gate = deployed.installation.gate
        before = gate.read().version
        deployed.installation.start_run(
            runbook_of(example), request, region=deployed.home, name=name
        )
        ended = execution(deployed, name)
        ended.wait()
        return ended.status, ended.error or "", gate.read().version - before

    ((_, (status, error, effects)),) = in_forks(["by-hand"], run, at_once=1)
    return str(status), str(error), int(effects)


#: Refused: the reference service's standby is proven for a part of the load only, and a ledger that
#: is sound is not replaced while the automation goes on.
TOO_MUCH: Final = frozenset({"console_regional_failover_away", "console_ledger_restore_restore"})


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_accepted_by_its_machine(deployed: Bench, example: str) -> None:
    """The service is well, so that little is refused; and a dry run changes nothing."""
    status, error, effects = started(deployed, example)
    expected = ("FAILED", "Refused") if example in TOO_MUCH else ("SUCCEEDED", "")
    assert (status, error) == expected
    if example.endswith("_dry_run"):
        assert effects == 0


def test_every_runbook_has_a_dry_run_and_one_that_acts() -> None:
    """So that nobody has to make up an input at night."""
    for runbook in RUNBOOKS:
        mine = [example for example in EXAMPLES if runbook_of(example) == runbook]
        assert f"console_{runbook}_dry_run" in mine
        assert len(mine) > 1, runbook
