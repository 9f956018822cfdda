"""The operation of a pre-flight, by the class of trust that carries it out."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from autopilot.procedures.preflight.looking import preflight_of
from autopilot.procedures.preflight.request import read_preflight
from autopilot.procedures.registry import Message, Operations, Trust

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies


def check(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Look at one move, as a machine or `autopilot preflight` asks for it."""
    request = read_preflight(message, dependencies)
    regions = dependencies.profile.regions
    target = request.to or dependencies.region
    other = regions.home if target == regions.standby else regions.standby
    lost = other if request.lost else None
    return preflight_of(dependencies, target, lost, holder=str(message.get("run", ""))).to_json()


OPERATIONS: Final[Operations] = MappingProxyType(
    {Trust.PLAN: {}, Trust.READ: {"check": check}, Trust.CHANGE: {}, Trust.REPORT: {}}
)
