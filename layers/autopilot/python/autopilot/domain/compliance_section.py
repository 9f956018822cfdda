"""The profile's section `compliance`: limits, the register of processing, and exceptions."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from autopilot.domain.section import Section

Line = Annotated[str, Field(min_length=1, max_length=300)]
DataClass = Annotated[str, Field(pattern="^[a-z][a-z-]{1,30}$")]
ControlId = Annotated[str, Field(pattern="^[a-z][a-z-]{1,60}$")]
Days = Annotated[int, Field(ge=1, le=3_653)]
#: Of Art. 6(1) GDPR.
Basis = Literal[
    "consent", "contract", "legal obligation", "vital interests", "public task",
    "legitimate interests",
]  # fmt: skip


class Controller(Section):
    """Who answers for the data: Art. 30(1)(a), and whom a breach is told to: Art. 33(3)(b)."""

    name: Line
    contact: Line = Field(description="An address that people can write to.")
    data_protection_officer: str = Field(
        default="", max_length=300, description="Or another contact point for the authority."
    )
    authority: str = Field(
        default="", max_length=300, description="The supervisory authority: Art. 55."
    )
    notice: str = Field(
        default="", max_length=300, description="How persons are told of a breach: Art. 34."
    )


class Activity(Section):
    """One activity of processing: Art. 30(1)(b) to (g). Stores name it by their tag `data`."""

    data: DataClass = Field(description="The value of the tag `data` of its stores.")
    title: Line
    purpose: Line
    basis: Basis
    subjects: Line = Field(description="Categories of persons.")
    categories: Line = Field(description="Categories of personal data.")
    recipients: Line = Field(description="Who gets it, processors too.")
    personal: bool = Field(description="Whether its stores hold personal data that can be read.")
    days_max: Days = Field(description="How long it may be kept.")


class AcceptedRisk(Section):
    """A subject that a control leaves out until a day, because somebody answers for it."""

    control: ControlId
    subject: Line = Field(description="As the finding names it; * stands for any characters.")
    owner: Line
    reason: Line
    expires: dt.date = Field(description="From this day on it counts against the control.")


class Compliance(Section):
    """What the daily compliance check holds the service to."""

    log_days_min: Days = Field(description="Logs must answer questions for so long: Art. 5(2).")
    log_days_max: Days = Field(description="And are not kept longer: Art. 5(1)(e).")
    access_key_days_max: Days
    runtimes_ended: tuple[Line, ...] = Field(
        max_length=64, description="Lambda runtimes that get no security patches any more."
    )
    model_logging: bool = Field(
        description="Whether Bedrock may log prompts and answers; off is the least data."
    )
    guardrails: tuple[Line, ...] = Field(
        max_length=16, description="Names of guardrails that must be ready in each region."
    )
    breach_hours: Annotated[int, Field(ge=1, le=72)] = Field(
        description="An incident that may be a breach must be closed or escalated by then."
    )
    controller: Controller
    activities: tuple[Activity, ...] = Field(min_length=1, max_length=32)
    exceptions: tuple[AcceptedRisk, ...] = Field(default=(), max_length=64)
