"""How a run of a runbook ended: pages the people who must know, then writes the outcome down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from autopilot.domain.page import Link, Page
from autopilot.domain.severity import Severity
from autopilot.errors import Transient
from autopilot.procedures.plain_words import plain_words

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies

_DETAIL_CHARACTERS_MAX = 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended, and what its machine knows of it."""

    run: str
    outcome: str
    detail: str  #: in plain words
    execution: str  #: its ARN
    about: Mapping[str, Any]  #: what it planned: `digest`, `incident` and the runbook's own

    @property
    def words(self) -> str:
        """The outcome as people read it."""
        return self.outcome.replace("_", " ")

    @property
    def error(self) -> str:
        """The outcome as the name of an execution's error."""
        return "".join(part.capitalize() for part in self.outcome.split("_"))

    @property
    def digest(self) -> str:
        """Of the plan; empty when there is none."""
        return str(self.about.get("digest") or "")


#: What else a runbook writes down of a run that ended; may raise `Transient`.
Remember: TypeAlias = "Callable[[Ended, Dependencies], None]"


def _nothing_more(_ended: Ended, _dependencies: Dependencies) -> None:
    return


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a runbook says of its runs when they end. Called as the machine's `report` operation."""

    section: str  #: of the machine's message that holds what was planned; begins pages' keys
    title: str  #: the runbook, for people
    #: What the profile's pages section calls each outcome; one that is not here pages nobody.
    paged_as: Mapping[str, str]
    #: Outcomes that a person at the console, or an incident's run, sees anyway.
    quiet: frozenset[str]
    decisions: Mapping[str, str] = field(default_factory=dict)  #: what is left to a person
    #: Outcomes after which the run is not over, because the reaper goes on with it.
    left_to_reaper: frozenset[str] = frozenset()
    remember: Remember = _nothing_more

    def __call__(self, message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
        """Page first, then record: people matter more than records when one of them fails.

        Raises `Transient` when nobody could be told although somebody must know.
        """
        ended = Ended(
            run=str(message["run"]),
            outcome=str(message["outcome"]),
            detail=plain_words(str(message["detail"])),
            execution=str(message["execution"]),
            about=message[self.section],
        )
        return {
            "error": ended.error,
            "detail": ended.detail,
            "paged": self._page(ended, dependencies),
            "recorded": self._record(ended, dependencies),
        }

    def _page(self, ended: Ended, dependencies: Dependencies) -> bool:
        paged_as = self.paged_as.get(ended.outcome)
        if paged_as is None or ended.outcome in self.quiet:
            return False
        dependencies.pager.page(
            Page(
                key=f"{self.section}/{ended.run}/{ended.outcome}",
                thread=str(ended.about.get("incident") or ended.run),
                severity=Severity(getattr(dependencies.profile.pages, paged_as)),
                title=f"{dependencies.service}: {self.title} {ended.words}",
                seen=f"Run {ended.run} ended: {ended.words}.",
                done=ended.detail,
                decide=self.decisions.get(ended.outcome, ""),
                links=(
                    Link("Plan digest", ended.digest or "none"),
                    Link("Execution", ended.execution),
                ),
            )
        )
        return True

    def _record(self, ended: Ended, dependencies: Dependencies) -> bool:
        fields = {
            "run": ended.run,
            "outcome": ended.outcome,
            "detail": ended.detail[:_DETAIL_CHARACTERS_MAX],
            "digest": ended.digest,
            "ended_ms": dependencies.clock.now_ms(),
        }
        try:
            dependencies.gate.record(f"outcome/{ended.run}", fields)
            if ended.outcome not in self.left_to_reaper:
                dependencies.gate.close_run(ended.run, ended.outcome)
            self.remember(ended, dependencies)
        except Transient:
            return False  # people know already; the trail has every effect
        return True
