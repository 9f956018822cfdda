"""The Map state in distributed mode: every item, or batch of items, is an execution of its own.

Order of events as LocalStack records it from AWS: MapStateStarted, MapRunStarted, MapRunSucceeded,
MapStateSucceeded; the executions have histories of their own. Outer variables cannot be read in
them (developer guide, "Passing data between states with variables").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from autopilot_lab.emulator.clock import TaskKilled
from autopilot_lab.emulator.states.definition import DistributedMap, MapState, S3Access
from autopilot_lab.emulator.states.documents import PAYLOAD_BYTES_MAX, Document, limited
from autopilot_lab.emulator.states.errors import StatesError
from autopilot_lab.emulator.states.execution import Execution, Transition
from autopilot_lab.emulator.states.item_reader import read_items
from autopilot_lab.emulator.states.map_run import Batch, MapRun, Tolerance
from autopilot_lab.emulator.states.result_writer import transformed, written
from autopilot_lab.emulator.states.states_map import concurrency_of, items_of, selected
from autopilot_lab.emulator.states.templates import Template
from autopilot_lab.emulator.states.visit import Visit

CONCURRENCY_MAX: Final = 10_000
"""Executions of one Map Run at once (developer guide, quotas)."""


def run_distributed(visit: Visit) -> Transition:
    """Run the executions and leave with the array of their outputs, or the place of it in S3."""
    state: MapState = visit.state
    bindings = visit.bindings()
    distributed = state.distributed
    assert distributed is not None  # noqa: S101  # the caller asked
    concurrency = concurrency_of(visit, bindings, CONCURRENCY_MAX)
    items = None if distributed.item_reader else items_of(visit, bindings)
    tolerance = _tolerance(visit, distributed, bindings)
    run = visit.runtime.open_map_run(visit.execution, state, concurrency, tolerance)
    visit.strand.record("MapStateStarted", {"length": len(items or ())})
    visit.strand.record("MapRunStarted", {"mapRunArn": run.arn})
    result = _result(visit, distributed, run, items, bindings)
    visit.strand.record("MapRunSucceeded")
    visit.strand.remark("MapStateSucceeded")
    return visit.leave_normally(visit.bindings(result=result.value), result)


def _result(
    visit: Visit,
    distributed: DistributedMap,
    run: MapRun,
    items: list[dict[str, Any]] | None,
    bindings: dict[str, Any],
) -> Document:
    try:
        batches = list(_batches(visit, distributed, items, bindings))
        start = visit.runtime.start_child
        run.run(batches, lambda document: start(visit.execution, visit.state, document))
        result = _gathered(visit, distributed, run, bindings)
    except StatesError as error:
        _give_up(visit, run, "FAILED")
        details = {"error": error.name, "cause": error.cause or ""}
        visit.strand.record("MapRunFailed", details)
        visit.strand.record("MapStateFailed")
        raise
    except TaskKilled:
        _give_up(visit, run, "ABORTED")
        raise
    run.close("SUCCEEDED")
    return result


def _give_up(visit: Visit, run: MapRun, status: Any) -> None:
    for execution in run.running():
        visit.runtime.stop(execution)
    run.close(status)


def _batches(
    visit: Visit,
    distributed: DistributedMap,
    items: list[dict[str, Any]] | None,
    bindings: dict[str, Any],
) -> Iterator[Batch]:
    if items is None:
        items = _read(visit, distributed, bindings)
    documents = [selected(visit, item) for item in items]
    if not distributed.batch:
        yield from (Batch(document, 1) for document in documents)
        return
    common = distributed.batch.get("BatchInput")
    around = {} if common is None else {"BatchInput": visit.evaluate(common, bindings)}
    for group in _groups(visit, distributed, documents, bindings):
        document = Document.of({**around, "Items": [item.value for item in group]})
        yield Batch(limited(document, visit.state.name), len(group))


def _groups(
    visit: Visit,
    distributed: DistributedMap,
    documents: list[Document],
    bindings: dict[str, Any],
) -> Iterator[list[Document]]:
    """Cut the items by count and by bytes, whichever is reached first (guide, "ItemBatcher")."""
    items_max = _whole(visit, distributed, "MaxItemsPerBatch", bindings, len(documents) or 1)
    bytes_max = _whole(
        visit, distributed, "MaxInputBytesPerBatch", bindings, PAYLOAD_BYTES_MAX - 1024
    )
    group: list[Document] = []
    size = 0
    for document in documents:
        length = len(document.text.encode()) + 1
        if group and (len(group) >= items_max or size + length > bytes_max):
            yield group
            group, size = [], 0
        group.append(document)
        size += length
    if group:
        yield group


def _whole(
    visit: Visit, distributed: DistributedMap, name: str, bindings: dict[str, Any], default: int
) -> int:
    template = distributed.batch.get(name)
    if template is None:
        return default
    return visit.whole_number(template, bindings, least=1, most=2**31 - 1)


def _read(
    visit: Visit, distributed: DistributedMap, bindings: dict[str, Any]
) -> list[dict[str, Any]]:
    reader = distributed.item_reader
    assert reader is not None  # noqa: S101  # there are no other items
    arguments = _arguments(visit, reader, bindings)
    values = read_items(
        lambda action, given: _call_s3(visit, action, given),
        reader.action,
        arguments,
        reader.configuration,
    )
    return [{"Index": index, "Value": value} for index, value in enumerate(values)]


def _gathered(
    visit: Visit, distributed: DistributedMap, run: MapRun, bindings: dict[str, Any]
) -> Document:
    executions: list[Execution] = [item for item in run.executions if item is not None]
    writer = distributed.result_writer
    if writer is None or writer.arguments is None:
        configuration = {} if writer is None else writer.configuration
        results = transformed(executions, configuration.get("Transformation", "COMPACT"))
        return limited(Document.of(results), visit.state.name)
    details = written(
        lambda action, given: _call_s3(visit, action, given),
        run.arn,
        executions,
        _arguments(visit, writer, bindings),
        writer.configuration,
    )
    return Document.of(details)


def _arguments(visit: Visit, access: S3Access, bindings: dict[str, Any]) -> dict[str, Any]:
    template = access.arguments
    return {} if template is None else dict(visit.evaluate(template, bindings))


def _call_s3(visit: Visit, action: str, arguments: dict[str, Any]) -> Any:
    machine = visit.execution.machine
    resource = f"arn:aws:states:::aws-sdk:s3:{action}"
    run = visit.runtime.tasks.run
    task = visit.runtime.scheduler.spawn(
        lambda: run(resource, arguments, visit.context(), machine.region, machine.role_arn),
        name=f"{visit.execution.name} {visit.state.name} {action}",
    )
    return task.wait()


def _tolerance(visit: Visit, distributed: DistributedMap, bindings: dict[str, Any]) -> Tolerance:
    count, percentage = distributed.tolerated_count, distributed.tolerated_percentage
    return Tolerance(
        0 if count is None else visit.whole_number(count, bindings, least=0, most=2**31 - 1),
        0.0 if percentage is None else _percentage(visit, percentage, bindings),
        by_count=count is not None or percentage is None,
        by_percentage=percentage is not None,
    )


def _percentage(visit: Visit, template: Template, bindings: dict[str, Any]) -> float:
    value = visit.evaluate(template, bindings)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:  # noqa: PLR2004
        raise visit.wrong_type(template, "a number from 0 to 100", value)
    return float(value)
