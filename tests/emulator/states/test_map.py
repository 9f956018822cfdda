"""The Map state, inline and distributed."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from autopilot_lab.emulator.states import StatesError
from tests.emulator.states.conftest import INVOKE, Lab, failing

TAIL = {"Type": "Pass", "End": True}


def mapped(states: dict[str, Any], **state: Any) -> dict[str, Any]:
    """Return an inline Map over these states."""
    processor = {"StartAt": next(iter(states)), "States": states}
    end = {} if "Next" in state else {"End": True}
    return {"Type": "Map", "ItemProcessor": processor, **end, **state}


def distributed(states: dict[str, Any], **state: Any) -> dict[str, Any]:
    """Return a distributed Map over these states."""
    body = mapped(states, **state)
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    body["ItemProcessor"] = {**body["ItemProcessor"], "ProcessorConfig": config}
    return body


def invoke(name: str = "work", **state: Any) -> dict[str, Any]:
    """Return a Task that invokes a function with its input, and ends with the payload."""
    return {
        "Type": "Task",
        "Resource": INVOKE,
        "Arguments": {"FunctionName": name, "Payload": "{% $states.input %}"},
        "Output": "{% $states.result.Payload %}",
        "End": True,
        **state,
    }


def test_outputs_stand_in_the_order_of_the_items(lab: Lab) -> None:
    """A later item that ends first stays in its place."""

    def work(seconds: int) -> int:
        time.sleep(seconds)
        return seconds

    lab.tasks.work["work"] = work
    state = mapped({"Work": invoke()}, Items="{% $states.input.s %}")
    assert lab.output({"M": state}, {"s": [3, 1, 2]}) == [3, 1, 2]
    assert lab.elapsed == 3


def test_without_items_the_input_itself_is_mapped(lab: Lab) -> None:
    """The default of Items is the state's input."""
    states = {
        "Make": {"Type": "Pass", "Output": [1, 2], "Next": "M"},
        "M": mapped({"Add": {**TAIL, "Output": "{% $states.input + 1 %}"}}),
    }
    assert lab.output(states) == [2, 3]


def test_an_object_is_mapped_by_its_members(lab: Lab) -> None:
    """Items may be an object; the context has the key beside the value."""
    state = mapped(
        {"Keep": TAIL},
        Items={"a": 1, "b": 2},
        ItemSelector={
            "k": "{% $states.context.Map.Item.Key %}",
            "i": "{% $states.context.Map.Item.Index %}",
            "v": "{% $states.context.Map.Item.Value %}",
        },
    )
    assert lab.output({"M": state}) == [{"k": "a", "i": 0, "v": 1}, {"k": "b", "i": 1, "v": 2}]


def test_an_empty_array_gives_an_empty_array(lab: Lab) -> None:
    """No iteration, but the state has started and succeeded."""
    execution = lab.run({"M": mapped({"Keep": TAIL}, Items=[])})
    assert execution.output is not None
    assert execution.output.value == []
    assert lab.kinds(execution)[1:-1] == [
        "MapStateEntered",
        "MapStateStarted",
        "MapStateSucceeded",
        "MapStateExited",
    ]


@pytest.mark.parametrize("limit,seconds", [(1, 60), (2, 30), (0, 10), (40, 10)])
def test_no_more_than_max_concurrency_run_at_once(lab: Lab, limit: int, seconds: int) -> None:
    """Six waits of 10 s each; 0 means no limit of one's own."""
    state = mapped(
        {"Rest": {"Type": "Wait", "Seconds": 10, "End": True}},
        Items="{% $states.input.items %}",
        MaxConcurrency="{% $states.input.limit %}",
    )
    lab.output({"M": state}, {"items": [1, 2, 3, 4, 5, 6], "limit": limit})
    assert lab.elapsed == seconds


def test_an_inline_map_never_runs_more_than_forty_at_once(lab: Lab) -> None:
    """The service's own limit stands above MaxConcurrency."""
    state = mapped(
        {"Rest": {"Type": "Wait", "Seconds": 10, "End": True}},
        Items="{% [1..41] %}",
        MaxConcurrency=1000,
    )
    lab.output({"M": state})
    assert lab.elapsed == 20


def test_an_iteration_that_fails_ends_the_others_in_the_order_of_aws(lab: Lab) -> None:
    """Recorded on AWS: the failed iteration, then each other, each with its aborted state."""
    lab.tasks.work["work"] = lambda _item: time.sleep(60)
    state = mapped({"Work": invoke(TimeoutSeconds=5)}, Items=[0, 1])
    execution = lab.run({"M": state})
    assert execution.error == "States.Timeout"
    events = lab.engine.history(execution.arn)
    assert [(event["id"], event["previousEventId"], event["type"]) for event in events] == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "MapStateEntered"),
        (3, 2, "MapStateStarted"),
        (4, 3, "MapIterationStarted"),
        (5, 3, "MapIterationStarted"),
        (6, 4, "TaskStateEntered"),
        (7, 6, "TaskScheduled"),
        (8, 7, "TaskStarted"),
        (9, 5, "TaskStateEntered"),
        (10, 9, "TaskScheduled"),
        (11, 10, "TaskStarted"),
        (12, 8, "TaskTimedOut"),
        (13, 12, "MapIterationFailed"),
        (14, 12, "TaskStateAborted"),
        (15, 12, "MapIterationAborted"),
        (16, 12, "TaskStateAborted"),
        (17, 12, "MapStateFailed"),
        (18, 17, "ExecutionFailed"),
    ]


def test_iterations_keep_their_variables_apart(lab: Lab) -> None:
    """Each iteration has a scope of its own over the outer one."""
    inner = {
        "Set": {"Type": "Pass", "Assign": {"n": "{% $states.input * $ten %}"}, "Next": "Rest"},
        "Rest": {"Type": "Wait", "Seconds": 1, "Next": "Get"},
        "Get": {"Type": "Pass", "Output": "{% $n %}", "End": True},
    }
    states = {
        "Start": {"Type": "Pass", "Assign": {"ten": 10}, "Next": "M"},
        "M": mapped(inner, Items=[1, 2, 3]),
    }
    assert lab.output(states) == [10, 20, 30]


def test_items_that_are_no_array_fail_as_a_query_error(lab: Lab) -> None:
    """The message names the field and the type."""
    execution = lab.run({"M": mapped({"Keep": TAIL}, Items="{% $states.input.x %}")}, {"x": 3})
    assert execution.error == "States.QueryEvaluationError"
    assert execution.cause is not None
    assert "Expected 'array or object', but was 'number'" in execution.cause


# -- distributed -------------------------------------------------------------------------------


def test_a_distributed_map_runs_each_item_as_an_execution_of_its_own(lab: Lab) -> None:
    """The parent's history has the Map Run; the executions have histories of their own."""
    lab.tasks.work["work"] = lambda item: item * 2
    execution = lab.run({"M": distributed({"Work": invoke()}, Items=[1, 2, 3], Label="double")})
    assert execution.output is not None
    assert execution.output.value == [2, 4, 6]
    assert lab.kinds(execution)[1:-1] == [
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
    ]
    children = [item for item in lab.engine.list() if item is not execution]
    prefix = "arn:aws:states:eu-central-1:123456789012:execution:machine-1/double:"
    assert [child.arn.startswith(prefix) for child in children] == [True] * 3
    run = lab.engine.map_runs(execution.arn)[0]
    assert run.describe()["itemCounts"]["succeeded"] == 3
    assert run.describe()["status"] == "SUCCEEDED"


def test_batches_hold_at_most_so_many_items_and_the_common_input(lab: Lab) -> None:
    """Each execution gets Items and BatchInput."""
    seen: list[Any] = []
    lab.tasks.work["work"] = seen.append
    batcher = {"MaxItemsPerBatch": 2, "BatchInput": {"by": "{% $states.input.by %}"}}
    state = distributed({"Work": invoke()}, Items=[1, 2, 3], ItemBatcher=batcher)
    lab.run({"M": state}, {"by": "me"})
    assert seen == [
        {"BatchInput": {"by": "me"}, "Items": [1, 2]},
        {"BatchInput": {"by": "me"}, "Items": [3]},
    ]


def test_batches_hold_at_most_so_many_bytes(lab: Lab) -> None:
    """The first limit that is reached cuts the batch."""
    seen: list[Any] = []
    lab.tasks.work["work"] = lambda batch: seen.append(len(batch["Items"]))
    batcher = {"MaxInputBytesPerBatch": 25}
    lab.run({"M": distributed({"W": invoke()}, Items=["x" * 8] * 5, ItemBatcher=batcher)})
    assert seen == [2, 2, 1]


def odd_fails(item: int) -> int:
    """Fail for odd items."""
    if item % 2:
        raise StatesError("Odd", str(item))
    return item


def test_one_failed_item_is_too_many_unless_tolerated(lab: Lab) -> None:
    """The error names the threshold, not the item."""
    lab.tasks.work["work"] = odd_fails
    execution = lab.run({"M": distributed({"Work": invoke()}, Items=[2, 3, 4])})
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    assert lab.kinds(execution)[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]


@pytest.mark.parametrize(
    "tolerance", [{"ToleratedFailureCount": 1}, {"ToleratedFailurePercentage": 34}]
)
def test_a_tolerated_failure_keeps_its_metadata_among_the_outputs(
    lab: Lab, tolerance: dict[str, int]
) -> None:
    """One of three failed: within a count of 1 and within 34 percent."""
    lab.tasks.work["work"] = odd_fails
    outputs = lab.output({"M": distributed({"Work": invoke()}, Items=[2, 3, 4], **tolerance)})
    assert (outputs[0], outputs[2]) == (2, 4)
    assert (outputs[1]["Status"], outputs[1]["Error"], outputs[1]["Cause"]) == (
        "FAILED",
        "Odd",
        "3",
    )


def test_exceeding_the_threshold_aborts_what_still_runs(lab: Lab) -> None:
    """The executions that had not ended are aborted, and counted so."""

    def work(item: int) -> int:
        time.sleep(item)
        return odd_fails(item)

    lab.tasks.work["work"] = work
    execution = lab.run({"M": distributed({"Work": invoke()}, Items=[1, 100])})
    assert lab.elapsed == 1
    counts = lab.engine.map_runs(execution.arn)[0].describe()["itemCounts"]
    assert (counts["failed"], counts["aborted"], counts["total"]) == (1, 1, 2)


def test_stopping_the_parent_aborts_the_executions_of_its_map_run(lab: Lab) -> None:
    """No child outlives the execution that started it."""
    lab.tasks.work["work"] = lambda _item: time.sleep(100)
    arn = lab.create({"M": distributed({"Work": invoke()}, Items=[1, 2])})
    execution = lab.engine.start(arn)
    lab.scheduler.run(5)
    lab.engine.stop(execution.arn)
    assert [item.status for item in lab.engine.list()] == ["ABORTED"] * 3


def test_a_distributed_execution_does_not_see_outer_variables(lab: Lab) -> None:
    """A distributed Map cannot reference variables of an outer scope."""
    look = {"Look": {**TAIL, "Output": "{% $exists($outer) %}"}}
    states = {
        "Start": {"Type": "Pass", "Assign": {"outer": 1}, "Next": "M"},
        "M": distributed(look, Items=[1]),
    }
    assert lab.output(states) == [False]


class Bucket:
    """Objects of one bucket, behind the calls that readers and writers make."""

    def __init__(self, lab: Lab, objects: dict[str, str]) -> None:
        self.objects = objects
        prefix = "arn:aws:states:::aws-sdk:s3:"
        lab.tasks.work[prefix + "getObject"] = self._get
        lab.tasks.work[prefix + "listObjectsV2"] = self._list
        lab.tasks.work[prefix + "putObject"] = self._put

    def _get(self, arguments: dict[str, str]) -> dict[str, str]:
        if arguments["Key"] not in self.objects:
            raise StatesError("S3.NoSuchKeyException", arguments["Key"])
        return {"Body": self.objects[arguments["Key"]]}

    def _list(self, arguments: dict[str, str]) -> dict[str, Any]:
        keys = sorted(self.objects)
        at = int(arguments.get("ContinuationToken", 0))
        page: dict[str, Any] = {"Contents": [{"Key": key} for key in keys[at : at + 2]]}
        if at + 2 < len(keys):
            page["NextContinuationToken"] = str(at + 2)
        return page

    def _put(self, arguments: dict[str, str]) -> dict[str, str]:
        self.objects[arguments["Key"]] = arguments["Body"]
        return {}


def reader(key: str | None = None, **config: Any) -> dict[str, Any]:
    """Return an ItemReader of an object, or of the list of objects."""
    action = "listObjectsV2" if key is None else "getObject"
    arguments = {"Bucket": "b", **({} if key is None else {"Key": key})}
    body: dict[str, Any] = {"Resource": f"arn:aws:states:::s3:{action}", "Arguments": arguments}
    return {**body, **({"ReaderConfig": config} if config else {})}


@pytest.mark.parametrize(
    "item_reader,items",
    [
        (reader("array.json", InputType="JSON"), [{"a": 1}, 2]),
        (reader("lines.jsonl", InputType="JSONL"), [1, 2, 3]),
        (reader("lines.jsonl", InputType="JSONL", MaxItems=2), [1, 2]),
        (
            reader("rows.csv", InputType="CSV", CSVHeaderLocation="FIRST_ROW"),
            [{"id": "1", "name": "x,y"}, {"id": "2", "name": ""}],
        ),
        (reader(), [{"Key": "array.json"}, {"Key": "lines.jsonl"}, {"Key": "rows.csv"}]),
    ],
)
def test_items_are_read_from_s3(lab: Lab, item_reader: dict[str, Any], items: list[Any]) -> None:
    """JSON, JSON lines, CSV, and the pages of a list of objects."""
    objects = {
        "array.json": '[{"a": 1}, 2]',
        "lines.jsonl": "1\n2\n\n3\n",
        "rows.csv": 'id,name\n1,"x,y"\n2\n',
    }
    Bucket(lab, objects)
    assert lab.output({"M": distributed({"Keep": TAIL}, ItemReader=item_reader)}) == items


@pytest.mark.parametrize("key", ["absent.json", "object.json", "broken.json"])
def test_a_reader_that_fails_fails_the_map_run_by_name(lab: Lab, key: str) -> None:
    """Whatever is wrong with the object, the error is States.ItemReaderFailed."""
    Bucket(lab, {"object.json": '{"no": "array"}', "broken.json": "["})
    execution = lab.run({"M": distributed({"Keep": TAIL}, ItemReader=reader(key))})
    assert execution.error == "States.ItemReaderFailed"
    assert "MapRunFailed" in lab.kinds(execution)


def test_results_are_written_with_a_manifest(lab: Lab) -> None:
    """One file per status, named in the manifest; the output says where."""
    bucket = Bucket(lab, {})
    lab.tasks.work["work"] = odd_fails
    writer = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Arguments": {"Bucket": "b", "Prefix": "out"},
    }
    state = distributed(
        {"Work": invoke()}, Items=[2, 3], ToleratedFailureCount=1, ResultWriter=writer
    )
    output = lab.output({"M": state})
    manifest = json.loads(bucket.objects[output["ResultWriterDetails"]["Key"]])
    assert manifest["MapRunArn"] == output["MapRunArn"]
    succeeded, failed = (manifest["ResultFiles"][name] for name in ("SUCCEEDED", "FAILED"))
    assert json.loads(bucket.objects[succeeded[0]["Key"]])[0]["Output"] == "2"
    assert json.loads(bucket.objects[failed[0]["Key"]])[0]["Error"] == "Odd"


def test_flattened_results_are_one_array(lab: Lab) -> None:
    """Transformation FLATTEN joins the arrays that the executions gave."""
    lab.tasks.work["work"] = lambda item: [item, item]
    writer = {"WriterConfig": {"Transformation": "FLATTEN"}}
    state = distributed({"Work": invoke()}, Items=[1, 2], ResultWriter=writer)
    assert lab.output({"M": state}) == [1, 1, 2, 2]


def test_a_writer_that_fails_fails_the_map_by_name(lab: Lab) -> None:
    """A bucket that refuses gives States.ResultWriterFailed."""
    lab.tasks.work["arn:aws:states:::aws-sdk:s3:putObject"] = failing("S3.AccessDenied", "no")
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "b"}}
    execution = lab.run({"M": distributed({"K": TAIL}, Items=[1], ResultWriter=writer)})
    assert (execution.error, execution.cause) == (
        "States.ResultWriterFailed",
        "S3.AccessDenied: no",
    )
