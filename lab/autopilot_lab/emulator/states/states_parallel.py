"""The Parallel state: branches with the same input, a scope each, and an array of outputs."""

from __future__ import annotations

from autopilot_lab.emulator.states.branches import Branch, Branches
from autopilot_lab.emulator.states.definition import Container, ParallelState
from autopilot_lab.emulator.states.documents import Document, limited
from autopilot_lab.emulator.states.errors import StatesError
from autopilot_lab.emulator.states.execution import Transition
from autopilot_lab.emulator.states.recovery import recovering
from autopilot_lab.emulator.states.scopes import Scope
from autopilot_lab.emulator.states.strand import Strand
from autopilot_lab.emulator.states.visit import Visit


def carry_out_parallel(visit: Visit) -> Transition:
    """Run the branches; a branch that fails makes the state fail with that branch's error.

    The specification names States.BranchFailed; AWS reports the error of the branch, so a
    catcher has to name that.
    """
    return recovering(visit, lambda: _attempt(visit))


def _attempt(visit: Visit) -> Transition:
    state: ParallelState = visit.state
    document = visit.input
    if state.arguments is not None:
        arguments = visit.evaluate(state.arguments, visit.bindings())
        document = limited(Document.of(arguments), state.name)
    visit.strand.record("ParallelStateStarted")
    branches = [Branch(branch_strand(visit, container), document) for container in state.branches]
    result = joined(visit, branches, len(branches))
    visit.strand.remark("ParallelStateSucceeded")
    return visit.leave_normally(visit.bindings(result=result.value), result)


def branch_strand(visit: Visit, container: Container, **context: object) -> Strand:
    """Return a strand inside this state, with a scope of its own."""
    outer = visit.strand
    return Strand(
        visit.runtime,
        visit.execution,
        container,
        Scope(outer.scope),
        previous=outer.previous,
        context={**outer.context, **context},
    )


def joined(visit: Visit, branches: list[Branch], concurrency_max: int) -> Document:
    """Run the branches and return the array of their outputs; a failure is recorded first."""
    try:
        outputs = Branches(visit, branches, concurrency_max).run()
    except StatesError:
        visit.strand.record(f"{visit.kind}Failed")
        raise
    text = "[" + ",".join(output.text for output in outputs) + "]"
    return limited(Document([output.value for output in outputs], text), visit.state.name)
