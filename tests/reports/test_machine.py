"""A definition as a graph, and the way a run took through it."""

from __future__ import annotations

from autopilot.reports.machine import machine_of, ways_taken
from autopilot.reports.model import Edge, Visit
from tests.reports.made_up import MACHINE, WAY


def test_a_definition_is_read_with_its_branches() -> None:
    """Every state once, with the state whose branch it is in; every branch's first state."""
    inside = {node.name: node.inside for node in MACHINE.nodes}
    assert inside["Plan"] == ""
    assert inside["Judge"] == "Under the lease"
    assert MACHINE.entries == ("Plan", "Step")


def test_every_way_out_of_a_state_says_when_it_is_taken() -> None:
    """Conditions without their syntax, defaults, errors; a plain next needs no word."""
    labels = {(edge.start, edge.end): edge.labels for edge in MACHINE.edges}
    assert labels["Plan", "Choose"] == ()
    assert labels["Choose", "Under the lease"] == ("planned",)
    assert labels["Choose", "Ended"] == ("otherwise",)
    assert labels["Under the lease", "Undo"] == ("on any error",)


def test_ways_to_the_same_state_are_one_with_every_reason() -> None:
    """A next and a catch to the same state; the next is named, since it is no longer alone."""
    state = {
        "Type": "Task",
        "Next": "B",
        "Catch": [{"ErrorEquals": ["Refused", "States.Timeout"], "Next": "B"}],
    }
    machine = machine_of("m", {"StartAt": "A", "States": {"A": state, "B": {"Type": "Succeed"}}})
    assert machine.edges == (Edge("A", "B", ("next", "on Refused, Timeout")),)


def test_a_map_is_read_like_a_branch() -> None:
    """The item processor of a Map is inside it."""
    inner = {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}}
    states = {"Each": {"Type": "Map", "ItemProcessor": inner, "End": True}}
    machine = machine_of("m", {"StartAt": "Each", "States": states})
    assert [node.inside for node in machine.nodes] == ["", "Each"]


def test_the_ways_taken_are_counted() -> None:
    """A branch's last state hands over to what follows the branch."""
    visits = [Visit(float(at), state) for at, state in enumerate(WAY)]
    assert ways_taken(MACHINE, visits) == {
        ("Plan", "Choose"): 1,
        ("Choose", "Under the lease"): 1,
        ("Step", "Judge"): 2,
        ("Judge", "Step"): 1,
        ("Judge", "Verify"): 1,
        ("Under the lease", "Ended"): 1,
    }
