"""The profile's section `preflight`: what must hold before traffic may move to a region."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from autopilot.domain.section import Region, Section

KEYS_MAX: Final = 8
GUARDRAILS_MAX: Final = 16
COPIES_MAX: Final = 8
_BUCKET: Final = "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"


class GuardrailAt(Section):
    """A guardrail that requests name, with its id in one region: ids differ from region to region.

    One that is described for one region is expected in the other too, under the same name.
    """

    name: str = Field(pattern="^[0-9A-Za-z_-]{1,50}$", description="The same in both regions.")
    region: Region
    id: str = Field(pattern="^[a-z0-9]+$", max_length=64)
    version: str = Field(pattern="^(DRAFT|[1-9][0-9]{0,7})$", description="What requests name.")


class CopiedBucket(Section):
    """Data of the service that S3 copies to another region, with replication metrics enabled."""

    name: str = Field(pattern="^[0-9a-z-]{1,40}$", description="What the data is called.")
    region: Region = Field(description="The region of the copy.")
    source_bucket: str = Field(pattern=_BUCKET)
    bucket: str = Field(pattern=_BUCKET, description="The copy.")
    rule: str = Field(min_length=1, max_length=255, description="The id of the replication rule.")


class PreflightSection(Section):
    """When a pre-flight says GO. Every key has a default, so that the section may be left out."""

    execution_role: str | None = Field(
        None,
        pattern="^[A-Za-z0-9+=,.@_-]{1,64}$",
        description="Name of the role that the service invokes models with; canaries assume it. "
        "None: nothing proves that the service may invoke, and a pre-flight says NO-GO.",
    )
    canaries: int = Field(3, ge=1, le=10, description="So many invocations in a row must succeed.")
    margin_percent: Annotated[int, Field(ge=0, le=300)] = Field(
        20, description="What quotas must allow above the peak of both regions together."
    )
    peak_hours: int = Field(24, ge=1, le=72, description="The busiest minute is looked for here.")
    throttle_minutes: int = Field(15, ge=1, le=180, description="Throttles are looked for here.")
    end_of_life_days: int = Field(
        30, ge=0, le=730, description="A model that ends sooner is warned of."
    )
    remembered_hours: int = Field(
        26, ge=1, le=168, description="What a full sweep wrote down counts for so long."
    )
    seconds_max: int = Field(15, ge=5, le=20, description="What is not read by then is not read.")
    invocation_logging: bool | None = Field(
        None,
        description="Whether Bedrock's log of invocations must be on, or off; None: the same "
        "in both regions.",
    )
    keys: tuple[str, ...] = Field(
        default=(),
        max_length=KEYS_MAX,
        description="Aliases of keys that must be enabled in the target, such as alias/x-pages.",
    )
    guardrails: tuple[GuardrailAt, ...] = Field(default=(), max_length=GUARDRAILS_MAX)
    copies: tuple[CopiedBucket, ...] = Field(default=(), max_length=COPIES_MAX)
