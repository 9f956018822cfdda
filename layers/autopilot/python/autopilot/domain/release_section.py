"""The profile's section `release`: what the service's releases are made of, and their switches."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Final

from pydantic import Field

from autopilot.domain.section import Region, Section

EMERGENCY: Final = "emergency"  #: name of the switch of emergency mode


class Emergency(Section):
    """The service's emergency mode, on and off through its admin endpoint (IAM, SigV4)."""

    host: str = Field(
        pattern="^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$",
        description="Asked over https; an API Gateway domain name.",
    )
    region: Region = Field(description="Of the API, for which requests are signed.")
    api: str = Field(pattern="^[a-z0-9]{10}$", description="Id of the API, for the right to it.")


class ReleaseSection(Section):
    """What the service's releases are made of, and what makes one good."""

    function: str = Field(pattern="^[a-zA-Z0-9-_]{1,64}$", description="In each of the regions.")
    alias: str = Field(pattern="^[a-zA-Z][a-zA-Z0-9-_]{0,24}$", description="What clients call.")
    regions: tuple[Region, ...] = Field(min_length=1, max_length=2)
    parameters: str = Field(
        pattern="^(/[a-zA-Z0-9_.-]+){1,6}$",
        description="Path in Parameter Store: /configuration and /settings/<name> lie below it.",
    )
    settings: tuple[Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,15}$")], ...] = Field(
        (), max_length=3, description="Names of the feature settings that belong to a release."
    )
    good_minutes_min: int = Field(
        ge=10, le=10_080, description="Healthy service that makes a release a good one."
    )
    suspect_minutes: int = Field(
        ge=5, le=240, description="Failures that begin this soon after a release may be its doing."
    )
    judge_seconds: int = Field(ge=20, le=600, description="A rollback is judged on this.")
    plan_valid_seconds: int = Field(ge=60, le=900)
    emergency: Emergency | None = None

    @cached_property
    def switches(self) -> tuple[str, ...]:
        """Names of the switches that make a release, in the order a rollback turns them.

        Settings first: a flag that goes off is a state that both versions know. The alias last.
        """
        kinds = (*self.settings, "configuration", "alias")
        return tuple(f"{region}/{kind}" for region in self.regions for kind in kinds)
