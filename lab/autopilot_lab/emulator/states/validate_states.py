"""Which fields each type of state has, and checks that belong to one type.

Sources: Amazon States Language specification, "State Types"; developer guide, the page of each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from autopilot_lab.emulator.states.item_reader import INPUT_TYPES, ITEMS_MAX
from autopilot_lab.emulator.states.resources import problem_with
from autopilot_lab.emulator.states.templates import is_expression
from autopilot_lab.emulator.states.validate_fields import Place, check_number

SECONDS_MAX: Final = 99_999_999
LABEL_CHARACTERS_MAX: Final = 40
PROCESSOR_FIELDS: Final = frozenset({"StartAt", "States", "Comment", "ProcessorConfig"})
CONFIG_FIELDS: Final = frozenset({"Mode", "ExecutionType"})
S3_READS: Final = ("arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2")
S3_WRITES: Final = ("arn:aws:states:::s3:putObject",)
TRANSFORMATIONS: Final = ("NONE", "COMPACT", "FLATTEN")
OUTPUT_TYPES: Final = ("JSON", "JSONL")
READER_FIELDS: Final = frozenset({"InputType", "MaxItems", "CSVHeaderLocation", "CSVHeaders"})
WRITER_FIELDS: Final = frozenset({"Transformation", "OutputType"})
BATCHER_FIELDS: Final = frozenset({"MaxItemsPerBatch", "MaxInputBytesPerBatch", "BatchInput"})

COMMON_FIELDS: Final = frozenset({"Type", "Comment", "QueryLanguage"})
MOVING: Final = frozenset({"Next", "End", "Assign", "Output"})
RECOVERING: Final = frozenset({"Retry", "Catch"})

DISTRIBUTED_FIELDS: Final = frozenset(
    {
        "ItemReader",
        "ItemBatcher",
        "ResultWriter",
        "ToleratedFailureCount",
        "ToleratedFailurePercentage",
        "Label",
    }
)
"""Fields of a Map that only the distributed mode has."""

STATE_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "Pass": MOVING,
    "Succeed": frozenset({"Output"}),
    "Fail": frozenset({"Error", "Cause"}),
    "Wait": MOVING | {"Seconds", "Timestamp"},
    "Choice": frozenset({"Choices", "Default", "Assign", "Output"}),
    "Task": MOVING | RECOVERING | {"Resource", "Arguments", "TimeoutSeconds", "HeartbeatSeconds"},
    "Parallel": MOVING | RECOVERING | {"Arguments", "Branches"},
    "Map": MOVING
    | RECOVERING
    | DISTRIBUTED_FIELDS
    | {"Items", "ItemSelector", "ItemProcessor", "MaxConcurrency"},
}

JSONPATH_FIELDS: Final = frozenset(
    {
        "InputPath",
        "OutputPath",
        "ResultPath",
        "ResultSelector",
        "Parameters",
        "Result",
        "ItemsPath",
        "MaxConcurrencyPath",
        "SecondsPath",
        "TimestampPath",
        "TimeoutSecondsPath",
        "HeartbeatSecondsPath",
        "ErrorPath",
        "CausePath",
        "Iterator",
        "Variable",
    }
)

NOT_IMPLEMENTED: Final = frozenset(
    {
        "Credentials",
    }
)


def check_fields(body: Any, known: frozenset[str], place: Place) -> bool:
    """Note fields that this type does not have, each by name and by reason.

    Returns whether the body is an object at all.
    """
    if not isinstance(body, Mapping):
        place.say(f"expected an object, got {body!r}")
        return False
    for name in body:
        if name in known:
            continue
        if name in JSONPATH_FIELDS:
            place.say(f"field '{name}' is only supported for the 'JSONPath' QueryLanguage")
        elif name in NOT_IMPLEMENTED:
            place.at(name).say(f"{name} is not implemented")
        else:
            place.say(f"Field '{name}' is not supported")
    return True


def check_exit(state: Mapping[str, Any], kind: str, place: Place) -> None:
    """Note a state that says not exactly one of where to go and that it ends."""
    if kind in {"Choice", "Succeed", "Fail"}:
        return
    if ("Next" in state) == ("End" in state):
        place.say("expected exactly one of Next and End")
    elif "End" in state and state["End"] is not True:
        place.at("End").say("expected true")


def _check_wait(state: Mapping[str, Any], place: Place) -> None:
    if ("Seconds" in state) == ("Timestamp" in state):
        place.say("expected exactly one of Seconds and Timestamp")
    if "Seconds" in state:
        check_number(state["Seconds"], place.at("Seconds"), 0, SECONDS_MAX)
    if "Timestamp" in state:
        place.at("Timestamp").instant(state["Timestamp"])


def _check_choice(state: Mapping[str, Any], place: Place) -> None:
    if not isinstance(state.get("Choices"), list) or not state["Choices"]:
        place.at("Choices").say("expected at least one rule")


def _check_task(state: Mapping[str, Any], place: Place) -> None:
    problem = problem_with(state.get("Resource"))
    if problem is not None:
        place.at("Resource").say(problem)
    for name in ("TimeoutSeconds", "HeartbeatSeconds"):
        if name in state:
            check_number(state[name], place.at(name), 1, SECONDS_MAX)
    timeout, heartbeat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
    if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout:
        place.at("HeartbeatSeconds").say(f"expected less than TimeoutSeconds, {timeout}")


def _check_map(state: Mapping[str, Any], place: Place) -> None:
    if "MaxConcurrency" in state:
        check_number(state["MaxConcurrency"], place.at("MaxConcurrency"), 0, 2**31 - 1)
    processor, inside = state.get("ItemProcessor"), place.at("ItemProcessor")
    if not check_fields(processor, PROCESSOR_FIELDS, inside):
        return
    config = state["ItemProcessor"].get("ProcessorConfig", {})
    if not check_fields(config, CONFIG_FIELDS, inside.at("ProcessorConfig")):
        return
    if is_distributed(state):
        _check_distributed(state, place)
        return
    if config.get("Mode", "INLINE") != "INLINE":
        inside.at("ProcessorConfig").say(f"Mode {config['Mode']} is not implemented")
    for name in sorted(DISTRIBUTED_FIELDS.intersection(state)):
        place.at(name).say("only a Map in Mode DISTRIBUTED has this field")


def is_distributed(state: Mapping[str, Any]) -> bool:
    """Tell whether a Map runs its items as executions of their own."""
    processor = state.get("ItemProcessor")
    config = processor.get("ProcessorConfig", {}) if isinstance(processor, Mapping) else {}
    return isinstance(config, Mapping) and config.get("Mode") == "DISTRIBUTED"


def _check_distributed(state: Mapping[str, Any], place: Place) -> None:
    config = state["ItemProcessor"]["ProcessorConfig"]
    if config.get("ExecutionType") != "STANDARD":
        got = config.get("ExecutionType")
        where = place.at("ItemProcessor").at("ProcessorConfig")
        where.say(f"ExecutionType {got} is not implemented: expected STANDARD")
    label = state.get("Label", "")
    if not isinstance(label, str) or len(label) > LABEL_CHARACTERS_MAX:
        place.at("Label").say(f"expected at most {LABEL_CHARACTERS_MAX} characters")
    if "ToleratedFailureCount" in state:
        where = place.at("ToleratedFailureCount")
        check_number(state["ToleratedFailureCount"], where, 0, 2**31 - 1)
    if "ItemReader" in state and "Items" in state:
        place.say("expected only one of Items and ItemReader")
    _check_reader(state, place)
    _check_writer(state, place)
    percentage = state.get("ToleratedFailurePercentage", 0)
    if not (isinstance(percentage, float) and 0 <= percentage <= 100):  # noqa: PLR2004 - percent
        check_number(percentage, place.at("ToleratedFailurePercentage"), 0, 100)
    if "ItemBatcher" in state:
        _check_batcher(state["ItemBatcher"], place.at("ItemBatcher"))


def _check_batcher(batcher: Any, place: Place) -> None:
    """A batch has a limit, by number or by size (specification, "ItemBatcher")."""
    if not check_fields(batcher, BATCHER_FIELDS, place):
        return
    limits = {"MaxItemsPerBatch": 2**31 - 1, "MaxInputBytesPerBatch": 256 * 1024}
    if limits.keys().isdisjoint(batcher):
        place.say(f"expected at least one of {' and '.join(limits)}")
    for name, most in limits.items():
        if name in batcher:
            check_number(batcher[name], place.at(name), 1, most)


def _check_reader(state: Mapping[str, Any], place: Place) -> None:
    if "ItemReader" not in state:
        return
    reader, inside = state["ItemReader"], place.at("ItemReader")
    if not check_fields(reader, frozenset({"Resource", "ReaderConfig", "Arguments"}), inside):
        return
    if reader.get("Resource") not in S3_READS:
        inside.at("Resource").say(f"{reader.get('Resource')} is not implemented as a reader")
    config, inside = reader.get("ReaderConfig", {}), inside.at("ReaderConfig")
    if not check_fields(config, READER_FIELDS, inside):
        return
    if config.get("InputType", "JSON") not in INPUT_TYPES:
        inside.at("InputType").say(f"{config['InputType']} is not implemented")
    if is_expression(config.get("MaxItems")):
        inside.at("MaxItems").say("an expression is not implemented here")
    check_number(config.get("MaxItems", 1), inside.at("MaxItems"), 1, ITEMS_MAX)


def _check_writer(state: Mapping[str, Any], place: Place) -> None:
    if "ResultWriter" not in state:
        return
    writer, inside = state["ResultWriter"], place.at("ResultWriter")
    if not check_fields(writer, frozenset({"Resource", "WriterConfig", "Arguments"}), inside):
        return
    if not writer:
        inside.say("expected WriterConfig, or Resource and Arguments, or all three")
    if ("Resource" in writer) != ("Arguments" in writer):
        inside.say("expected both of Resource and Arguments, or none")
    if "Resource" in writer and writer["Resource"] not in S3_WRITES:
        inside.at("Resource").say(f"{writer['Resource']} is not implemented as a writer")
    config, inside = writer.get("WriterConfig", {}), inside.at("WriterConfig")
    if not check_fields(config, WRITER_FIELDS, inside):
        return
    if config.get("Transformation", "NONE") not in TRANSFORMATIONS:
        inside.say(f"expected Transformation {', '.join(TRANSFORMATIONS)}")
    if config.get("OutputType", "JSON") not in OUTPUT_TYPES:
        inside.say(f"expected OutputType {', '.join(OUTPUT_TYPES)}")


def _nothing(_state: Mapping[str, Any], _place: Place) -> None:
    return


OWN_CHECKS: Final[Mapping[str, Callable[[Mapping[str, Any], Place], None]]] = {
    "Pass": _nothing,
    "Succeed": _nothing,
    "Fail": _nothing,
    "Wait": _check_wait,
    "Choice": _check_choice,
    "Task": _check_task,
    "Parallel": _nothing,
    "Map": _check_map,
}
