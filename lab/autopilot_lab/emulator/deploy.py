"""Deploys the very templates: SAM transform and CloudFormation, both in this process.

Local folders take the place of uploaded archives: `CodeUri`, `ContentUri` and `DefinitionUri`
are resolved against the template's folder before the transform sees them.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import yaml
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.parsing import NULL_MODELS, get_model_map
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import intrinsics_multi_constructor

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.resources.functions import LOCAL_BUCKET

Template = dict[str, Any]

_FUNCTION = "AWS::Serverless::Function"
_LAYER = "AWS::Serverless::LayerVersion"
_MACHINE = "AWS::Serverless::StateMachine"


#: libyaml's, ten times as fast, where the package was built with it.
_SAFE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _TemplateLoader(_SAFE_LOADER):  # type: ignore[misc]
    """Knows CloudFormation's tags, which the SAM translator teaches to PyYAML's own loader."""


_TemplateLoader.add_multi_constructor("!", intrinsics_multi_constructor)


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack: its outputs and the physical id of each resource by logical id."""

    name: str
    region: str
    outputs: Mapping[str, str]
    resources: Mapping[str, str]


def deploy(
    source: Template | Path,
    *,
    stack: str,
    region: str,
    parameters: Mapping[str, str],
    folder: Path | None = None,
) -> Stack:
    """Create or update a stack from a template file or dict.

    `folder` is where a dict's relative paths start. Raises `AwsError` ValidationError for a
    template that AWS would refuse, and for a resource type that the lab does not know, by name.
    """
    if isinstance(source, Path):
        loaded, start = load_template(source), source.parent
    else:
        loaded, start = source, folder or Path.cwd()
    template = prepare(loaded, region=region, parameters=parameters, folder=start)
    _check_parameters(template, parameters)
    _check_types(template)
    return _apply(template, stack, region, parameters)


def load_template(path: Path) -> Template:
    """A template file, YAML with CloudFormation's tags."""
    return dict(_copied(_parsed(path, path.stat().st_mtime_ns)))


@cache
def _parsed(path: Path, _modified: int) -> Template:
    parsed: Template = yaml.load(path.read_text(encoding="utf-8"), _TemplateLoader)  # noqa: S506 - a safe one
    return parsed


def _copied(plain: Any) -> Any:
    """A deep copy of what was read from a file, ten times as fast as `deepcopy` makes one."""
    return pickle.loads(pickle.dumps(plain))  # noqa: S301 - written a moment ago


def prepare(
    source: Template, *, region: str, parameters: Mapping[str, str], folder: Path
) -> Template:
    """The CloudFormation template that the SAM transform makes of `source`."""
    template: Template = _copied(source)
    if "Transform" not in template:
        return template
    for resource in template["Resources"].values():
        _localise(resource, template.get("Globals", {}), folder)
    session = boto3.Session(region_name=region)
    translator = Translator({}, Parser(), boto_session=session)
    try:
        translated = translator.translate(template, parameter_values=dict(parameters))
    except InvalidDocumentException as error:
        causes = "; ".join(str(cause.message) for cause in error.causes) or error.message
        raise AwsError("ValidationError", f"transform failed: {causes}") from error
    finally:
        translator.metrics.publish()  # to nowhere, but it complains when nobody asks for it
    plain: Template = json.loads(json.dumps(translated))
    return plain


def _localise(resource: Template, shared: Template, folder: Path) -> None:
    """Replace local paths by what the transform accepts."""
    properties = resource.setdefault("Properties", {})
    if resource["Type"] == _FUNCTION:
        uri = properties.get("CodeUri") or shared.get("Function", {}).get("CodeUri")
        properties["CodeUri"] = _as_object(uri, folder)
    elif resource["Type"] == _LAYER:
        properties["ContentUri"] = _as_object(properties["ContentUri"], folder)
    elif resource["Type"] == _MACHINE and isinstance(properties.get("DefinitionUri"), str):
        path = folder / properties.pop("DefinitionUri")
        properties["Definition"] = _copied(_definition(path, path.stat().st_mtime_ns))


@cache
def _definition(path: Path, _modified: int) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), _SAFE_LOADER)  # noqa: S506 - a safe one


def _as_object(uri: Any, folder: Path) -> dict[str, str]:
    if not isinstance(uri, str):
        raise AwsError("ValidationError", f"the lab runs code from local folders, not {uri!r}")
    return {"Bucket": LOCAL_BUCKET, "Key": str((folder / uri).resolve())}


def _check_parameters(template: Template, given: Mapping[str, str]) -> None:
    declared = template.get("Parameters", {})
    unknown = sorted(set(given) - set(declared))
    if unknown:
        message = f"Parameters: [{', '.join(unknown)}] do not exist in the template"
        raise AwsError("ValidationError", message)
    for name, declaration in declared.items():
        value = given.get(name, declaration.get("Default"))
        allowed = declaration.get("AllowedValues")
        if value is None:
            raise AwsError("ValidationError", f"Parameters: [{name}] must have values")
        if allowed and str(value) not in [str(one) for one in allowed]:
            message = f"Parameter '{name}' must be one of {allowed}, got {value!r}"
            raise AwsError("ValidationError", message)


def _check_types(template: Template) -> None:
    known = get_model_map()
    for logical_id, resource in template["Resources"].items():
        kind = resource["Type"]
        if kind not in known and kind not in NULL_MODELS:
            message = f"{logical_id}: the lab does not know the resource type {kind}"
            raise AwsError("ValidationError", message)


def _defaults(template: Template) -> dict[str, str]:
    """The defaults of parameters, given outright: moto splits lists only among values given."""
    return {
        name: str(declaration["Default"])
        for name, declaration in template.get("Parameters", {}).items()
        if "Default" in declaration
    }


def _apply(template: Template, name: str, region: str, parameters: Mapping[str, str]) -> Stack:
    backend = cloudformation_backends[ACCOUNT][region]
    body = json.dumps(template)
    given = {**_defaults(template), **{key: str(value) for key, value in parameters.items()}}
    try:
        if any(one.name == name for one in backend.stacks.values()):
            made = backend.update_stack(
                name=name,
                template=body,
                parameters=[
                    {"parameter_key": key, "parameter_value": value} for key, value in given.items()
                ],
                role_arn="",
                tags={},
            )
        else:
            made = backend.create_stack(name=name, template=body, parameters=given)
    except ValidationError as error:
        raise AwsError("ValidationError", str(error.message)) from error
    return Stack(
        name=name,
        region=region,
        outputs={
            output.key: str(output.value)
            for output in made.output_map.values()
            if output is not None  # its condition is false
        },
        resources={
            logical_id: str(getattr(made.resource_map[logical_id], "physical_resource_id", ""))
            for logical_id in template["Resources"]
            if vars(made.resource_map)["_parsed_resources"].get(logical_id) is not None
        },
    )
