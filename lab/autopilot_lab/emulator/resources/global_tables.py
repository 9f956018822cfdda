"""AWS::DynamoDB::GlobalTable, one table seen from several regions."""
# ruff: noqa: ARG003, D102 - moto creates every type with the same arguments; see LabResource

from __future__ import annotations

from typing import Any, Self

from autopilot_lab.emulator.resources.resource import LabResource


class GlobalTable(LabResource):
    """AWS::DynamoDB::GlobalTable. Controlled by one stack, in one of its replica regions."""

    TYPE = "AWS::DynamoDB::GlobalTable"
    NAME_PROPERTY = "TableName"
    ATTRIBUTES = frozenset({"Arn", "TableId"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        table = cls.backends.global_tables.create(name, properties, region)
        return cls(name, {"Arn": table.table_arn, "TableId": str(table.created_at)})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        cls.backends.global_tables.delete(physical_id)
