"""AWS::StepFunctions::StateMachine, kept by the lab's own engine."""
# ruff: noqa: ARG003, D102 - moto creates every type with the same arguments; see LabResource

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Self

from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.resources.resource import LabResource


class StateMachine(LabResource):
    """AWS::StepFunctions::StateMachine, with its definition inline."""

    TYPE = "AWS::StepFunctions::StateMachine"
    NAME_PROPERTY = "StateMachineName"
    ATTRIBUTES = frozenset({"Arn", "Name"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        expected = f"arn:aws:states:{region}:{ACCOUNT}:stateMachine:{name}"
        cls.backends.implicit_rights.of_machine(expected, properties, region)
        arn = cls.backends.machines.create(
            name,
            region,
            definition_of(properties),
            properties["RoleArn"],
            properties.get("StateMachineType", "STANDARD"),
        )
        if "LoggingConfiguration" in properties:
            logging = _as_api(properties["LoggingConfiguration"])
            cls.backends.machines.keep_logging(arn, logging)
        return cls(arn, {"Arn": arn, "Name": name})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        cls.backends.machines.delete(physical_id)


def _as_api(logging: Mapping[str, Any]) -> dict[str, Any]:
    """The logging configuration of a template, with the API's names."""
    return {
        "level": logging.get("Level", "OFF"),
        "includeExecutionData": bool(logging.get("IncludeExecutionData", False)),
        "destinations": [
            {
                "cloudWatchLogsLogGroup": {
                    "logGroupArn": one["CloudWatchLogsLogGroup"]["LogGroupArn"]
                }
            }
            for one in logging.get("Destinations", ())
        ],
    }


def definition_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The definition, with every `${Name}` replaced by the substitution of that name."""
    text = properties.get("DefinitionString") or json.dumps(properties["Definition"])
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        escaped = json.dumps(str(value))[1:-1]
        text = text.replace(f"${{{name}}}", escaped)
    return dict(json.loads(text))
