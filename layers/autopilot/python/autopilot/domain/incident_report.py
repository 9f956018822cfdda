"""What is kept of an incident: its report, and the draft of its review. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from autopilot.domain.instants import moment

if TYPE_CHECKING:
    from autopilot.domain.severity import Severity
    from autopilot.domain.troubleshooting import Entry


class Owners(Protocol):
    """Who gets the actions, as the profile says."""

    @property
    def service(self) -> str: ...  # noqa: D102 - the profile describes them
    @property
    def automation(self) -> str: ...  # noqa: D102
    @property
    def signals(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Action:
    """Something to be done after the incident."""

    what: str
    owner: str
    due: str  #: a day, as 2026-11-30


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReport:
    """Everything that a reader asks for after an incident."""

    incident: str
    service: str
    outcome: str
    detail: str
    severity: Severity
    situation: str
    rule: str
    evidence: Sequence[str]
    opened_ms: int
    ended_ms: int
    alarms: Sequence[str]
    done: str
    timeline: Sequence[tuple[int, str]]
    troubleshooting: Entry
    actions: Sequence[Action]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        plain: dict[str, Any] = json.loads(self.to_json())
        return plain

    def to_json(self) -> str:
        """JSON with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True)

    def to_markdown(self) -> str:
        """The report with the draft of the review, for people."""
        return "\n".join(
            (
                f"# {self.incident}",
                "",
                self._in_one_line(),
                "",
                *_section("What happened", (self.detail, *self.evidence)),
                *_section("Impact", (self._impact(),)),
                *_section("What was done", (self.done or "Nothing was moved.",)),
                *_section("Timeline", [f"{_at(at)}: {what}" for at, what in self.timeline]),
                *_section("What to check", self.troubleshooting.checks),
                *_section("What went well", (self._well(),)),
                *_section(
                    "Actions",
                    [f"{each.what} ({each.owner}, due {each.due})" for each in self.actions],
                ),
                "The review is a draft: the owners complete it.",
                "",
            )
        )

    def _in_one_line(self) -> str:
        what = f"{self.service}: {_words(self.situation)}, {self.severity}"
        return f"{what}, ended {_words(self.outcome)}."

    def _impact(self) -> str:
        seconds = max(0, self.ended_ms - self.opened_ms) // 1000
        return (
            f"From {_at(self.opened_ms)} to {_at(self.ended_ms)}, {seconds} s with the time it "
            f"took to verify; {len(self.alarms)} alarms."
        )

    def _well(self) -> str:
        if self.outcome == "mitigated":
            return "The service was safe again without anybody's hands."
        return "Nothing was moved without need." if not self.done else "What was done is on record."


def draft_actions(
    outcome: str, entry: Entry, owners: Owners, *, now_ms: int, due_days: int
) -> tuple[Action, ...]:
    """What the review begins with; due after so many calendar days, counted in UTC."""
    due = (moment(now_ms) + timedelta(days=due_days)).date()
    day = due.isoformat()
    if outcome == "nothing_wrong":
        return (Action("Find out why the alarm went off without a cause.", owners.signals, day),)
    actions = [Action(f"Confirm or correct the likely cause: {entry.likely}", owners.service, day)]
    if outcome == "mitigated":
        actions.append(Action("Decide when the traffic moves back.", owners.service, day))
    else:
        text = "Say why the automation could not end it, and what would have helped."
        actions.append(Action(text, owners.automation, day))
    return tuple(actions)


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *(f"- {line}" for line in lines if line), ""]


def _words(name: str) -> str:
    return name.replace("_", " ")


def _at(at_ms: int) -> str:
    return f"{moment(at_ms):%Y-%m-%d %H:%M:%S UTC}"
