"""The templates and machines under test: as written, and as AWS gets them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT: Final = Path(__file__).resolve().parents[2]
REGIONAL: Final = ROOT / "template.yaml"
FOUNDATION: Final = ROOT / "foundation.yaml"
MACHINES: Final = sorted((ROOT / "statemachines").glob("*.asl.yaml"))
ACCOUNT: Final = "123456789012"

Template: TypeAlias = dict[str, Any]
Resources: TypeAlias = Mapping[str, Mapping[str, Any]]

_LOCAL_CODE: Final = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}


def written(path: Path) -> Template:
    """The template as it stands in the repository."""
    return copy.deepcopy(_parsed(path))


@cache
def _parsed(path: Path) -> Template:
    parsed: Template = yaml_parse(path.read_text(encoding="utf-8"))
    return parsed


def translated(path: Path, role: str = "home") -> Template:
    """What the SAM transform makes of the template, as CloudFormation gets it."""
    return copy.deepcopy(_translated(path, role))


@cache
def _translated(path: Path, role: str) -> Template:
    source = written(path)
    for resource in source["Resources"].values():
        uri = _LOCAL_CODE.get(resource["Type"])
        if uri:  # what `sam deploy` does after it has uploaded the folder
            resource["Properties"][uri] = {"Bucket": "uploads", "Key": "archive"}
    if "Transform" in source:
        # The transform asks for the partition's region name; no session, no call.
        translator = Translator({}, Parser(), boto_session=_NoAccount())
        source = translator.translate(source, parameter_values={"Role": role})
    plain: Template = json.loads(json.dumps(source))
    return plain


class _NoAccount:
    """All that the transform wants of a boto3 session."""

    region_name = "eu-central-1"


def of_type(template: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The resources of one type, by logical id."""
    return {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def definition(path: Path) -> dict[str, Any]:
    """A machine's definition, its substitutions still in place."""
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def references(value: Any) -> Iterator[str]:
    """Every logical id that a value refers to, by Ref or by Fn::GetAtt."""
    if isinstance(value, Mapping):
        for key, member in value.items():
            if key == "Ref":
                yield member
            elif key == "Fn::GetAtt":
                yield member[0] if isinstance(member, list) else member.partition(".")[0]
            else:
                yield from references(member)
    elif isinstance(value, list):
        for member in value:
            yield from references(member)


def listed(value: Any) -> list[Any]:
    """A member that may be one or a list, as a list."""
    return value if isinstance(value, list) else [value]
