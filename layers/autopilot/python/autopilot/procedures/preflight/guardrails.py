"""The checks of the guardrails that the profile describes, in the target."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from autopilot.procedures.preflight.checks import settings
from autopilot.procedures.preflight.reading import Read

if TYPE_CHECKING:
    from autopilot.domain.inventory import GuardrailFacts
    from autopilot.domain.preflight import Check
    from autopilot.domain.preflight_section import GuardrailAt
    from autopilot.ports.inventory import Inventory
    from autopilot.procedures.preflight.move import Move
    from autopilot.procedures.preflight.reading import Reader


def guardrail_checks(move: Move, inventory: Inventory, reader: Reader) -> Iterator[Check]:
    """Each guardrail that is described for either region, in the target."""
    described = move.profile.preflight.guardrails
    for name in sorted({each.name for each in described}):
        there = tuple(each for each in described if each.name == name)
        at = first_guardrail(there, move.target)
        yield reader.check(
            f"guardrail/{name}",
            settings.READY,
            _facts(at, move, inventory, reader),
            partial(settings.guardrail, move, at),
            remembered=True,
        )


def _facts(
    at: GuardrailAt | None, move: Move, inventory: Inventory, reader: Reader
) -> Read[GuardrailFacts | None]:
    if at is None:
        return Read("the profile of the service", None, move.now_ms)
    return reader.read(
        f"bedrock:GetGuardrail {at.id} in {move.target}",
        partial(inventory.models.guardrail, at.region, at.id, at.version),
    )


def first_guardrail(guardrails: tuple[GuardrailAt, ...], region: str) -> GuardrailAt | None:
    """The guardrail that requests name in a region: the first that is described for it."""
    return next((each for each in guardrails if each.region == region), None)
