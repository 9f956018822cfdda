"""How a restore ended: people are told, then it is written down with how long it took."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.page import Link, Page
from autopilot.domain.rehearsal import duration
from autopilot.domain.severity import Severity
from autopilot.errors import Transient
from autopilot.procedures.ledger_restore.request import RUNBOOK
from autopilot.procedures.plain_words import plain_words

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies

#: What a rehearsal reads: the last copy that was verified, or put back.
LAST: Final = "restore/last"
_MS: Final = 1000
#: What the profile calls each outcome in its pages section; one that is not here pages nobody.
PAGED_AS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "done": "stopped",
        "unsound": "stopped",
        "unverified": "inconsistent",
        "failed": "inconsistent",
        "denied": "completed",
        "expired": "refused",
        "void": "completed",
    }
)
#: What is left to a person after each outcome.
DECISIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "done": "Whether what stands is right; then resume: `autopilot resume --reason`.",
        "unsound": 'Which instant to go back to: start again with another "at".',
        "unverified": "Whether the ledger can be trusted: keep the lever engaged and look.",
        "failed": "How to go on: the ledger is the old one or the restored one, never half.",
    }
)
_QUIET: Final = frozenset({"verified", "refused"})


def report(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """Page first, then record: people matter more than records when one of them fails."""
    outcome, run = str(message["outcome"]), str(message["run"])
    seconds = took(message, dependencies.clock.now_ms())
    lost = _lost_seconds(message)
    detail = plain_words(str(message["detail"]))
    if outcome in {"done", "verified"}:
        detail = f"{detail} It took {duration(seconds)}."
        detail += f" {duration(lost)} of work is not in it." if lost is not None else ""
    if outcome in PAGED_AS and outcome not in _QUIET:
        dependencies.pager.page(_page(message, outcome, detail, dependencies))
    _record(message, outcome, detail, (seconds, lost), dependencies)
    return {
        "error": outcome.capitalize(),
        "detail": detail,
        "rto_seconds": seconds,
        "rpo_seconds": lost,
        "run": run,
    }


def took(message: Mapping[str, Any], now_ms: int) -> int:
    """Seconds of the run's own work: from its start to the verified copy, and from the yes on.

    How long people took is stated apart, by their rule's expiry.
    """
    started = datetime.fromisoformat(str(message["started"])).timestamp()
    copy = message.get("copy") or {}
    verified_ms = int(copy.get("verified_ms") or now_ms)
    acted_ms = int(message.get("acted_ms") or now_ms)
    return round(verified_ms / _MS - started) + (now_ms - acted_ms) // _MS


def _lost_seconds(message: Mapping[str, Any]) -> int | None:
    """From the instant that was gone back to until the run began; None when nobody said which."""
    planned = message.get("restore")
    if not planned or not int(planned["at_ms"]):
        return None
    started = datetime.fromisoformat(str(message["started"])).timestamp()
    return max(0, round(started - int(planned["at_ms"]) / _MS))


def _page(
    message: Mapping[str, Any], outcome: str, detail: str, dependencies: Dependencies
) -> Page:
    run = str(message["run"])
    return Page(
        key=f"restore/{run}/{outcome}",
        thread=run,
        severity=Severity(getattr(dependencies.profile.pages, PAGED_AS[outcome])),
        title=f"{dependencies.service}: restore of the ledger {outcome}",
        seen=f"Run {run} ended: {outcome}.",
        done=detail,
        decide=DECISIONS.get(outcome, ""),
        links=(Link("Execution", str(message["execution"])),),
    )


def _record(
    message: Mapping[str, Any],
    outcome: str,
    detail: str,
    took_and_lost: tuple[int, int | None],
    dependencies: Dependencies,
) -> None:
    """Whatever the ledger takes: it may be the very thing that is lost."""
    gate, run, now_ms = dependencies.gate, str(message["run"]), dependencies.clock.now_ms()
    fields = {"run": run, "outcome": outcome, "detail": detail[:1024], "ended_ms": now_ms}
    copy, (seconds, lost) = message.get("copy"), took_and_lost
    try:
        gate.record(f"outcome/{run}", {**fields, "runbook": RUNBOOK})
        if copy:
            measured = {"verified": bool(copy["sound"]), "seconds": seconds}
            told = {} if lost is None else {"lost": lost}
            gate.record(LAST, {**fields, **measured, **told}, once=False)
    except Transient:
        return
