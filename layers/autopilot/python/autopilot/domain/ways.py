"""The profile's `[channels]`: ways to people beside the page topics."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class IncidentService(BaseModel):
    """An HTTPS endpoint of PagerDuty's Events API v2, or one that speaks it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    host: str = Field(
        pattern=r"^([a-z0-9-]+\.)+[a-z]{2,}$",
        max_length=253,
        description="A host name, no address; always https, port 443.",
    )
    path: str = Field(pattern="^/[A-Za-z0-9/_-]*$", max_length=100)
    routing_key_parameter: str = Field(
        pattern="^/[a-z0-9-]+/incident-channel/[a-z0-9-]+$",
        max_length=100,
        description="SecureString of the Parameter Store, /<service>/incident-channel/<name>.",
    )


class Channels(BaseModel):
    """What is not there is not used."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    incident: IncidentService | None = None
