"""The profile's section `incident`: rules, bounds and owners. Names and numbers only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from autopilot.domain.incident import RESPONSES, Situation
from autopilot.domain.severity import Severity
from autopilot.errors import Problem

#: An alarm event is tried for this long, so a replay of one that is settled can come as late.
EVENT_AGE_MINUTES_MAX: Final = 15
_Text = Annotated[str, Field(max_length=200)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class IncidentRule(_Section):
    """What a situation means: how urgent it is, and what is done or advised."""

    name: str = Field(pattern="^[a-z][a-z0-9-]{1,39}$", description="Shown in page and report.")
    situation: Annotated[Situation, Field(strict=False)] | None = Field(
        None, description="By default any."
    )
    share_percent_min: Annotated[int, Field(ge=0, le=100)] = Field(
        0, description="Percent of all requests that the routes concerned carried, at least."
    )
    contained: bool | None = Field(None, description="Whether the reflex acted; by default either.")
    runbook_failed: bool | None = Field(
        None, description="Whether a runbook of the incident failed; by default either."
    )
    severity: Annotated[Severity, Field(strict=False)]
    runbook: str = Field(
        "", pattern="^([a-z][a-z_]{1,39})?$", description="Started by name; empty: only advice."
    )
    advice: _Text = Field("", description="What people are told to decide.")


class IncidentOwners(_Section):
    """Who gets the actions of the draft review."""

    service: _Text = Field(description="What failed, and why.")
    automation: _Text = Field(description="What the automation did or refused.")
    signals: _Text = Field(description="Alarms and metrics.")


class Incident(_Section):
    """How an incident is answered."""

    settle_seconds: int = Field(
        ge=15, le=300, description="A contained route is given this long before more is done."
    )
    look_seconds: int = Field(ge=10, le=120, description="Between two looks.")
    verify_minutes: int = Field(
        ge=1, le=60, description="Without harm for this long, the incident is mitigated."
    )
    quiet_minutes: int = Field(
        ge=1, le=60, description="Nothing wrong for this long, and the incident is closed."
    )
    watch_minutes_max: int = Field(
        ge=5, le=120, description="Not mitigated by then: people take over."
    )
    reopen_minutes: int = Field(
        ge=EVENT_AGE_MINUTES_MAX, le=1_440, description="An alarm this soon reopens the incident."
    )
    review_due_days: int = Field(ge=1, le=30, description="Until the review's first action is due.")
    owners: IncidentOwners
    rules: tuple[IncidentRule, ...] = Field(
        min_length=1, max_length=40, description="The first that matches counts."
    )


def rules_contradict(rules: Sequence[Any], watch: int, verify: int) -> Iterator[Problem]:
    """What is wrong with rules, and with the times, although each is right by itself."""
    if not _is_default(rules[-1]):
        expected = "a last rule without conditions, so that every incident has one"
        yield Problem(f"incident.rules[{len(rules) - 1}]", expected, rules[-1].name)
    names = [rule.name for rule in rules]
    for index, rule in enumerate(rules):
        where = f"incident.rules[{index}]"
        if rule.name in names[:index]:
            yield Problem(f"{where}.name", "each name once", rule.name)
        if index < len(rules) - 1 and _is_default(rule):
            yield Problem(where, "conditions, since nothing after it is ever reached", rule.name)
        if not _text(rule, "runbook") and not _text(rule, "advice"):
            yield Problem(where, "a runbook, or advice for people", rule.name)
        yield from _no_response(rule, where)
    if verify >= watch:
        expected = f"more than incident.verify_minutes, {verify}"
        yield Problem("incident.watch_minutes_max", expected, str(watch))


def _no_response(rule: Any, where: str) -> Iterator[Problem]:
    """A rule that promises a runbook which would never be started."""
    runbook, situation = _text(rule, "runbook"), _text(rule, "situation")
    if runbook and runbook not in RESPONSES:
        expected = f"one of {', '.join(RESPONSES)}, or none"
        yield Problem(f"{where}.runbook", expected, runbook)
    elif runbook and situation and situation not in RESPONSES[runbook]:
        expected = f"a runbook that is started when {situation}, or none"
        yield Problem(f"{where}.runbook", expected, runbook)


def _is_default(rule: Any) -> bool:
    conditions = (
        _given(rule, "situation"),
        _given(rule, "contained"),
        _given(rule, "runbook_failed"),
    )
    return all(each is None for each in conditions) and not _given(rule, "share_percent_min")


def _given(rule: Any, name: str) -> Any:
    """A key of a rule, or None where the profile leaves it out."""
    raw = getattr(rule, "raw", None)
    return raw.get(name) if raw is not None else getattr(rule, name)


def _text(rule: Any, name: str) -> str:
    return str(_given(rule, name) or "")
