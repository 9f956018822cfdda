"""CloudFormation types of the own services."""
# ruff: noqa: ARG003, D102 - moto creates every type with the same arguments; see LabResource

from __future__ import annotations

from typing import Any, Self

from autopilot_lab.emulator.resources.resource import LabResource


class HealthCheck(LabResource):
    """AWS::Route53::HealthCheck."""

    TYPE = "AWS::Route53::HealthCheck"
    ATTRIBUTES = frozenset({"HealthCheckId"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        config = _typed(properties["HealthCheckConfig"])
        check = cls.backends.services.health_checks_api.make(config, f"{region}/{name}")
        return cls(check.id, {"HealthCheckId": check.id})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        check = cls.backends.services.health_checks.find(physical_id)
        if check is not None:
            cls.backends.services.health_checks.remove(check)


class Url(LabResource):
    """AWS::Lambda::Url."""

    TYPE = "AWS::Lambda::Url"
    ATTRIBUTES = frozenset({"FunctionArn", "FunctionUrl"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        wanted = {**properties, "FunctionName": properties["TargetFunctionArn"]}
        made = cls.backends.services.function_urls.add(wanted, region)
        return cls(made.function_arn, {"FunctionArn": made.function_arn, "FunctionUrl": made.url})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        wanted = {**properties, "FunctionName": properties["TargetFunctionArn"]}
        cls.backends.services.function_urls.delete(wanted, region)


_NUMBERS = ("Port", "RequestInterval", "FailureThreshold", "HealthThreshold")
_TRUTHS = ("Inverted", "EnableSNI", "MeasureLatency", "Disabled")


def _typed(config: dict[str, Any]) -> dict[str, Any]:
    """Settings with numbers and truth values where a template may have text."""
    typed = dict(config)
    for name in set(_NUMBERS) & config.keys():
        typed[name] = int(config[name])
    for name in set(_TRUTHS) & config.keys():
        typed[name] = str(config[name]).lower() == "true"
    return typed


#: Every type that this package teaches moto.
RESOURCE_TYPES: tuple[type[LabResource], ...] = (HealthCheck, Url)
