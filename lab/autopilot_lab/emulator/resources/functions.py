"""AWS::Lambda::*: functions whose code stays in its folder, layers, versions, aliases."""
# ruff: noqa: ARG003, D102 - moto creates every type with the same arguments; see LabResource

from __future__ import annotations

import base64
import io
import json
import zipfile
from functools import cache
from pathlib import Path
from typing import Any, Self

from moto.awslambda.models import LambdaBackend
from moto.awslambda.utils import get_backend

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.function_code import FunctionCode
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.resources.resource import LabResource
from autopilot_lab.emulator.strict.releases import check_statements, check_weights

#: The bucket that a local folder appears to come from between the transform and the deployment.
LOCAL_BUCKET = "local-folder"

_PASSED_ON = (
    "Description",
    "MemorySize",
    "Timeout",
    "VpcConfig",
    "Environment",
    "ReservedConcurrentExecutions",
    "Layers",
    "TracingConfig",
    "Architectures",
    "EphemeralStorage",
    "KmsKeyArn",
)


@cache
def placeholder_zip_bytes() -> bytes:
    """A small archive that stands for the code: moto wants one, nobody opens it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("README", date_time=(1980, 1, 1, 0, 0, 0))
        archive.writestr(entry, "The code of this function stays in its folder.\n")
    return buffer.getvalue()


def placeholder_zip() -> str:
    """The archive that stands for the code, in base64."""
    return base64.b64encode(placeholder_zip_bytes()).decode()


def _backend(region: str) -> LambdaBackend:
    return get_backend(ACCOUNT, region)


def _local_folder(what: str, content: dict[str, Any]) -> Path:
    if content.get("S3Bucket") != LOCAL_BUCKET:
        raise AwsError("ValidationError", f"{what}: the lab runs code from local folders only")
    return Path(content["S3Key"])


class Function(LabResource):
    """AWS::Lambda::Function."""

    TYPE = "AWS::Lambda::Function"
    NAME_PROPERTY = "FunctionName"
    ATTRIBUTES = frozenset({"Arn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        layers = tuple(cls.backends.code.layers[arn] for arn in properties.get("Layers", ()))
        folder = _local_folder(name, properties["Code"])
        if not folder.is_dir():
            raise AwsError("ValidationError", f"{name}: there is no folder {folder}")
        cls.backends.implicit_rights.of_function(name, properties, region)
        cls.backends.code.functions[region, name] = FunctionCode(
            folder, properties["Handler"], layers
        )
        spec = {key: properties[key] for key in _PASSED_ON if key in properties}
        spec["Tags"] = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", ())}
        function = _backend(region).create_function(
            {
                **spec,
                "FunctionName": name,
                "Code": {"ZipFile": placeholder_zip()},
                "Handler": properties["Handler"],
                "Role": properties["Role"],
                "Runtime": properties["Runtime"],
            }
        )
        dead_letters = properties.get("DeadLetterConfig", {}).get("TargetArn", "")
        vars(function)["dead_letter_arn"] = dead_letters
        return cls(name, {"Arn": function.function_arn})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        _backend(region).delete_function(physical_id)
        cls.backends.code.remove(region, physical_id)


class LayerVersion(LabResource):
    """AWS::Lambda::LayerVersion.

    A folder that does not exist is a layer of packages that nobody has built yet: it is empty
    here, and imports are answered by the environment that the lab itself runs in.
    """

    TYPE = "AWS::Lambda::LayerVersion"
    NAME_PROPERTY = "LayerName"
    ATTRIBUTES = frozenset({"LayerVersionArn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        folder = _local_folder(name, properties["Content"])
        passed_on = ("Description", "CompatibleRuntimes", "LicenseInfo", "CompatibleArchitectures")
        spec = {key: properties[key] for key in passed_on if key in properties}
        content = {"ZipFile": placeholder_zip()}
        layer = _backend(region).publish_layer_version(
            {**spec, "LayerName": name, "Content": content}
        )
        cls.backends.code.add_layer(layer.arn, folder)
        return cls(layer.arn, {"LayerVersionArn": layer.arn})


class Version(LabResource):
    """AWS::Lambda::Version."""

    TYPE = "AWS::Lambda::Version"
    ATTRIBUTES = frozenset({"Version", "FunctionArn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        function = properties["FunctionName"]
        published = _backend(region).publish_version(function)
        if published is None:
            raise AwsError("ResourceNotFoundException", f"Function not found: {function}", 404)
        arn = published.function_arn
        cls.backends.code.publish(region, str(published.function_name), str(published.version))
        return cls(arn, {"Version": str(published.version), "FunctionArn": arn})


class Alias(LabResource):
    """AWS::Lambda::Alias."""

    TYPE = "AWS::Lambda::Alias"
    NAME_PROPERTY = "Name"
    ATTRIBUTES = frozenset({"AliasArn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        weights = {
            str(one["FunctionVersion"]): float(one["FunctionWeight"])
            for one in properties.get("RoutingConfig", {}).get("AdditionalVersionWeights", ())
        }
        check_weights(str(properties["FunctionVersion"]), weights)
        routing: Any = {"AdditionalVersionWeights": weights} if weights else {}
        alias = _backend(region).create_alias(
            name,
            properties["FunctionName"],
            str(properties["FunctionVersion"]),
            properties.get("Description", ""),
            routing,
        )
        return cls(alias.arn, {"AliasArn": alias.arn})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        _backend(region).delete_alias(properties["Name"], properties["FunctionName"])


class Permission(LabResource):
    """AWS::Lambda::Permission: one statement of a function's resource policy."""

    TYPE = "AWS::Lambda::Permission"
    ATTRIBUTES = frozenset({"Id"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        statement = {key: value for key, value in properties.items() if key != "FunctionName"}
        statement["StatementId"] = name
        function = _backend(region).get_function(properties["FunctionName"])
        check_statements([*function.policy.statements, statement])
        function.policy.add_statement(json.dumps(statement))
        return cls(name, {"Id": name})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        _backend(region).get_function(properties["FunctionName"]).policy.del_statement(physical_id)


class EventInvokeConfig(LabResource):
    """AWS::Lambda::EventInvokeConfig."""

    TYPE = "AWS::Lambda::EventInvokeConfig"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        config: dict[str, Any] = {
            key: properties[key]
            for key in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
            if key in properties
        }
        role = _backend(region).get_function(properties["FunctionName"]).role
        for destination in config.get("DestinationConfig", {}).values():
            cls.backends.implicit_rights.of_destination(role, destination["Destination"], region)
        _backend(region).put_function_event_invoke_config(properties["FunctionName"], config)
        return cls(name)
