"""ResultWriter: what the executions of a distributed Map gave, formed and written to S3.

Source: developer guide, "ResultWriter (Map)": Transformation NONE, COMPACT or FLATTEN, OutputType
JSON or JSONL, a manifest beside one file per status. A failed execution keeps its metadata in
every transformation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autopilot_lab.emulator.states.documents import Document
from autopilot_lab.emulator.states.errors import RESULT_WRITER_FAILED, StatesError
from autopilot_lab.emulator.states.execution import Execution, timestamp


def transformed(executions: Sequence[Execution], transformation: str) -> list[Any]:
    """Return the results of executions, in order."""
    results: list[Any] = []
    for execution in executions:
        if transformation == "NONE" or execution.output is None:
            results.append(metadata(execution))
        elif transformation == "FLATTEN" and isinstance(execution.output.value, list):
            results.extend(execution.output.value)
        else:
            results.append(execution.output.value)
    return results


def metadata(execution: Execution) -> dict[str, Any]:
    """Return an execution as result files describe it."""
    described: dict[str, Any] = {
        "ExecutionArn": execution.arn,
        "Input": execution.input.text,
        "InputDetails": {"Included": True},
        "Name": execution.name,
        "RedriveCount": 0,
        "StartDate": timestamp(execution.started_at),
        "StateMachineArn": execution.machine.arn,
        "Status": execution.status,
    }
    if execution.stopped_at is not None:
        described["StopDate"] = timestamp(execution.stopped_at)
    if execution.output is not None:
        described |= {"Output": execution.output.text, "OutputDetails": {"Included": True}}
    ends = {"Error": execution.error, "Cause": execution.cause}
    return described | {name: value for name, value in ends.items() if value is not None}


def written(
    call: Callable[[str, dict[str, Any]], Any],
    map_run_arn: str,
    executions: Sequence[Execution],
    arguments: Mapping[str, Any],
    configuration: Mapping[str, Any],
) -> dict[str, Any]:
    """Write the results and their manifest; return the result of the Map state.

    Raises `States.ResultWriterFailed`.
    """
    try:
        return _write(call, map_run_arn, executions, arguments, configuration)
    except StatesError as error:
        raise StatesError(RESULT_WRITER_FAILED, f"{error.name}: {error.cause}") from error


def _write(
    call: Callable[[str, dict[str, Any]], Any],
    map_run_arn: str,
    executions: Sequence[Execution],
    arguments: Mapping[str, Any],
    configuration: Mapping[str, Any],
) -> dict[str, Any]:
    bucket, prefix = arguments["Bucket"], arguments.get("Prefix", "")
    folder = f"{prefix.rstrip('/')}/{map_run_arn.rpartition(':')[2]}".lstrip("/")
    files: dict[str, list[dict[str, Any]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    lines = configuration.get("OutputType", "JSON") == "JSONL"
    for status in ("FAILED", "SUCCEEDED"):
        chosen = [item for item in executions if (item.status == "SUCCEEDED") == (status[0] == "S")]
        if not chosen:
            continue
        key = f"{folder}/{status}_0.{'jsonl' if lines else 'json'}"
        results = transformed(chosen, configuration.get("Transformation", "NONE"))
        body = _formatted(results, lines=lines)
        call("putObject", {"Bucket": bucket, "Key": key, "Body": body})
        files[status].append({"Key": key, "Size": len(body.encode())})
    manifest = {"DestinationBucket": bucket, "MapRunArn": map_run_arn, "ResultFiles": files}
    key = f"{folder}/manifest.json"
    call("putObject", {"Bucket": bucket, "Key": key, "Body": Document.of(manifest).text})
    return {"MapRunArn": map_run_arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}


def _formatted(results: list[Any], *, lines: bool) -> str:
    if lines:
        return "".join(Document.of(result).text + "\n" for result in results)
    return Document.of(results).text
