"""What the lab's own resource types have in common, and how moto learns them."""
# ruff: noqa: ARG003, D102 - the signatures under which moto asks are moto's

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.cloudformation.parsing import get_model_list, get_model_map, get_name_type_map
from moto.core.common_models import CloudFormationModel

if TYPE_CHECKING:
    from autopilot_lab.emulator.access.implicit import ImplicitRights
    from autopilot_lab.emulator.alarms import Alarms
    from autopilot_lab.emulator.event_sources import EventSources
    from autopilot_lab.emulator.function_code import CodeRegistry
    from autopilot_lab.emulator.global_tables import GlobalTables
    from autopilot_lab.emulator.lambda_runner import LambdaRunner
    from autopilot_lab.emulator.services.suite import OwnServices


class Machines(Protocol):
    """Keeps state machines."""

    def create(
        self, name: str, region: str, definition: Mapping[str, Any], role_arn: str, kind: str
    ) -> str:
        """Create or replace a state machine; return its ARN. Raises `AwsError`."""
        ...

    def keep_logging(self, arn: str, logging: Mapping[str, Any]) -> None:
        """Keep a machine's logging configuration, as the API has it."""
        ...

    def delete(self, arn: str) -> None:
        """Delete a state machine. Deleting a missing one does nothing."""
        ...


class Backends(Protocol):
    """What resources are created in, beside moto's own state."""

    @property
    def code(self) -> CodeRegistry:
        """Where functions and layers lie on this machine."""
        ...

    @property
    def alarms(self) -> Alarms:
        """CloudWatch alarms."""
        ...

    @property
    def implicit_rights(self) -> ImplicitRights:
        """Checks the rights that come with what a resource is configured to do."""
        ...

    @property
    def event_sources(self) -> EventSources:
        """What polls queues for functions."""
        ...

    @property
    def runner(self) -> LambdaRunner:
        """Functions."""
        ...

    @property
    def machines(self) -> Machines:
        """State machines."""
        ...

    @property
    def global_tables(self) -> GlobalTables:
        """DynamoDB global tables."""
        ...

    @property
    def services(self) -> OwnServices:
        """The services that moto lacks."""
        ...


class LabResource(CloudFormationModel):
    """A resource type. A subclass names its type and says how it is created and deleted."""

    TYPE: ClassVar[str] = "Lab::Abstract::Resource"
    NAME_PROPERTY: ClassVar[str] = ""
    ATTRIBUTES: ClassVar[frozenset[str]] = frozenset()
    backends: ClassVar[Backends]  #: bound for as long as one embedded AWS runs

    def __init__(self, physical_id: str, attributes: Mapping[str, str] | None = None) -> None:
        self._physical_id = physical_id
        self._attributes = dict(attributes or {})
        self.type = self.TYPE

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        """Create the resource. `name` is the one given, or one that CloudFormation makes up."""
        raise NotImplementedError

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        """Delete the resource; by default there is nothing to undo."""

    @property
    def physical_resource_id(self) -> str:
        """What `Ref` gives."""
        return self._physical_id

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """What `Fn::GetAtt` gives."""
        if attribute_name not in self._attributes:
            raise UnformattedGetAttTemplateException
        return self._attributes[attribute_name]

    def is_created(self) -> bool:
        """Always at once."""
        return True

    # -- the names under which moto asks ---------------------------------------------------------

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        return LabResource.TYPE

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in cls.ATTRIBUTES

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,
    ) -> Self:
        properties = _without_no_values(cloudformation_json["Properties"])
        name = properties.get(cls.NAME_PROPERTY) or resource_name
        return cls.create(name, properties, region_name)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Self:
        """Replace the resource, under its old name where the template gives none."""
        properties = cloudformation_json["Properties"]
        old = original_resource.physical_resource_id
        name = properties.get(cls.NAME_PROPERTY) or _name_in(old)
        cls.delete(old, properties, region_name)
        return cls.create(name, properties, region_name)

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> None:
        cls.delete(resource_name, cloudformation_json.get("Properties", {}), region_name)


def _without_no_values(value: Any) -> Any:
    """Without list members that are AWS::NoValue, which moto leaves in as None."""
    if isinstance(value, dict):
        return {key: _without_no_values(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_without_no_values(member) for member in value if member is not None]
    return value


def _name_in(physical_id: str) -> str:
    return physical_id.rsplit(":", 1)[-1].rsplit("/", 1)[-1]


@contextmanager
def taught(types: Iterable[type[LabResource]], backends: Backends) -> Iterator[None]:
    """Let moto's CloudFormation know these types, working on `backends`, until the exit."""
    models, names = get_model_map(), get_name_type_map()
    get_model_list()
    before = dict(models), dict(names)
    for kind in types:
        models[kind.TYPE] = type(kind.__name__, (kind,), {"backends": backends})
        names[kind.TYPE] = kind.NAME_PROPERTY
    try:
        yield
    finally:
        models.clear()
        models.update(before[0])
        names.clear()
        names.update(before[1])
