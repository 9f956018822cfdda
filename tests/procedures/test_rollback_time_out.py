"""Step Functions must not end a rollback that could still be undone: that reaches no Catch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import yaml

from autopilot.domain.release_section import ReleaseSection
from autopilot.domain.switches import SWITCHES_MAX
from autopilot.procedures.emergency_rollback.judging import LOOK_SECONDS, UNKNOWN_SECONDS_MAX
from autopilot.procedures.emergency_rollback.request import EmergencyRollbackRequest
from autopilot_lab.drill.project import ROOT

Definition = Mapping[str, Any]
MACHINE: Final[Definition] = yaml.safe_load(
    (ROOT / "statemachines" / "emergency_rollback.asl.yaml").read_text("utf-8")
)
BRANCH: Final[Definition] = MACHINE["States"]["Roll back under the lease"]["Branches"][0]


def greatest(model: type[Any], field: str) -> int:
    """The largest value that the field takes."""
    bound = model.model_json_schema()["properties"][field]["maximum"]
    assert isinstance(bound, int)
    return bound


def longest(state: Definition) -> int:
    """Every try runs into the time-out of the state, and every wait between two is the longest."""
    (retry,) = state["Retry"]
    again = int(retry["MaxAttempts"])
    return (again + 1) * int(state["TimeoutSeconds"]) + again * int(retry["MaxDelaySeconds"])


def worst_case_seconds() -> int:
    """The longest way through the machine: it waits for the lease, does not help, and is undone.

    A round of waiting for the lease counts its two calls at their time-outs, and once with every
    try: sixty rounds of calls that fail three times each are not one outage.
    """
    states, inside = MACHINE["States"], BRANCH["States"]
    asking = [states["Plan the rollback"], states["Take the lease"]]
    rounds = greatest(EmergencyRollbackRequest, "lease_wait_seconds") // 5 + 1
    waiting = rounds * (5 + sum(int(one["TimeoutSeconds"]) for one in asking))
    turning = SWITCHES_MAX * longest(inside["Turn the switch"])
    looking = greatest(ReleaseSection, "judge_seconds") + UNKNOWN_SECONDS_MAX + LOOK_SECONDS
    looking += longest(inside["Renew the lease"]) + longest(inside["Judge the rollback"])
    ending = ["Undo the rollback", "Return the lease", "Report the run", "Page without a report"]
    leaving = sum(longest(inside[n]) for n in ("Leave emergency mode", "Verify the switches"))
    return (
        waiting
        + sum(map(longest, asking))
        + turning
        + looking
        + leaving
        + sum(longest(states[name]) for name in ending)
    )


def test_the_machine_outlasts_the_worst_case_with_its_undo() -> None:
    """By a quarter at least, for what Step Functions itself takes."""
    assert worst_case_seconds() * 5 // 4 <= MACHINE["TimeoutSeconds"], worst_case_seconds()


def test_every_task_is_part_of_the_worst_case() -> None:
    """A new one must be counted above; the list is of what is."""
    tasks = {
        name
        for states in (MACHINE["States"], BRANCH["States"])
        for name, state in states.items()
        if state["Type"] == "Task"
    }
    assert tasks == {
        "Plan the rollback", "Take the lease", "Turn the switch", "Renew the lease",
        "Judge the rollback", "Leave emergency mode", "Verify the switches", "Undo the rollback",
        "Return the lease", "Report the run", "Page without a report",
    }  # fmt: skip
