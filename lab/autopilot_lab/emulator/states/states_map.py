"""The Map state: the same states for every item, at most so many items at once.

Source: developer guide, "Map workflow state", "Using Map state in Inline mode".
"""

from __future__ import annotations

from typing import Any, Final

from autopilot_lab.emulator.states.branches import Branch
from autopilot_lab.emulator.states.definition import MapState
from autopilot_lab.emulator.states.documents import Document, limited
from autopilot_lab.emulator.states.execution import Transition
from autopilot_lab.emulator.states.states_parallel import branch_strand, joined
from autopilot_lab.emulator.states.visit import Visit

INLINE_CONCURRENCY_MAX: Final = 40
"""Iterations of an inline Map that run at once, whatever MaxConcurrency says."""


def run_inline(visit: Visit) -> Transition:
    """Run the iterations on strands of this execution, and leave with the array of outputs."""
    state: MapState = visit.state
    bindings = visit.bindings()
    concurrency = concurrency_of(visit, bindings, INLINE_CONCURRENCY_MAX)
    items = items_of(visit, bindings)
    visit.strand.record("MapStateStarted", {"length": len(items)})
    branches = [_iteration(visit, state, index, item) for index, item in enumerate(items)]
    result = joined(visit, branches, concurrency)
    visit.strand.remark("MapStateSucceeded")
    return visit.leave_normally(visit.bindings(result=result.value), result)


def concurrency_of(visit: Visit, bindings: dict[str, Any], most: int) -> int:
    """Return how many iterations may run at once; 0 or no MaxConcurrency means `most`."""
    template = visit.state.concurrency_max
    if template is None:
        return most
    wanted = visit.whole_number(template, bindings, least=0, most=2**31 - 1)
    return min(wanted or most, most)


def items_of(visit: Visit, bindings: dict[str, Any]) -> list[dict[str, Any]]:
    """Return `Map.Item` of the context object for every item of the Items, or of the input.

    An object gives its members, with their keys (developer guide, "Items (Map, JSONata only)").
    """
    template = visit.state.items
    values = visit.input.value if template is None else visit.evaluate(template, bindings)
    if isinstance(values, dict) and template is not None:
        return [
            {"Index": index, "Key": key, "Value": value}
            for index, (key, value) in enumerate(values.items())
        ]
    if isinstance(values, list):
        return [{"Index": index, "Value": value} for index, value in enumerate(values)]
    if template is None:
        raise visit.runtime_error("The input of a Map without Items must be an array.")
    raise visit.wrong_type(template, "array or object", values)


def _iteration(visit: Visit, state: MapState, index: int, item: dict[str, Any]) -> Branch:
    strand = branch_strand(visit, state.processor, Map={"Item": item})
    document = selected(visit, item)
    return Branch(strand, document, {"name": state.name, "index": index})


def selected(visit: Visit, item: dict[str, Any]) -> Document:
    """Return the input of an iteration: the ItemSelector's value, or the item."""
    selector = visit.state.item_selector
    if selector is None:
        return Document.of(item["Value"])
    context = {**visit.context(), "Map": {"Item": item}}
    value = visit.evaluate(selector, visit.bindings(context=context))
    return limited(Document.of(value), visit.state.name)
