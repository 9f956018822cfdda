"""The journal's entries as entries of the trail, and back again.

The same journal entry always makes the same entry, byte for byte, whoever exports it and when: so
one that waits twice, or in both regions, is known for a double by its event id and its time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from autopilot.audit.entry import Entry, LegalBasis
from autopilot.audit.inbox import Inbox
from autopilot.domain.retention import RetentionClass

PURPOSE: Final = "operate the service"
APPLIED: Final = "applied"  #: the write that made the entry was the effect
INTENDED: Final = "intended"  #: the turn of a switch is written down before it is made
#: By these names an effect says what did it when that was no run (`gate.reap`, `procedures`).
_COMPONENTS: Final = frozenset({"contain_route", "reaper", "unknown"})
_DETAILS: Final = ("runbook", "digest", "before", "after", "epoch", "version", "fence", "route")
_TURN_DETAILS: Final = (
    *("runbook", "digest", "switch", "from", "to"),
    *("epoch", "version", "turn", "fence"),
)
_ALLOCATION: Final = "allocation/"
_SWITCH: Final = "switch/"


class JournalTrail:
    """A `Trail`: what is exported waits in the region's inbox until it is sealed."""

    def __init__(self, inbox: Inbox, service: str) -> None:
        """Keep in `inbox` what was done to `service`."""
        self._inbox = inbox
        self._service = service

    def keep(self, journal: Sequence[Mapping[str, Any]]) -> None:
        """Keep entries in the order given; when this returns they may leave the journal."""
        self._inbox.keep([entry_of(each, self._service) for each in journal])


def entry_of(journal: Mapping[str, Any], service: str) -> Entry:
    """The entry of the trail that an entry of the journal, joined with its cause, makes.

    Who acts may be a person, and what they wrote is their words: the basis is the legitimate
    interest of a safe service in knowing who changed it (GDPR Art. 6(1)(f), 32).
    """
    cause = journal["cause"]
    by = str(cause["by"]) or "unknown"
    turns = "switch" in journal
    details = _TURN_DETAILS if turns else _DETAILS
    return Entry(
        event=journal["id"],
        time_ms=int(cause["at_ms"]),
        actor=by,
        action=journal["act"],
        target=f"{_SWITCH}{journal['switch']}" if turns else f"{_ALLOCATION}{service}",
        purpose=PURPOSE,
        legal_basis=LegalBasis.LEGITIMATE_INTERESTS,
        outcome=INTENDED if turns else APPLIED,
        retention=RetentionClass.OPERATIONS,
        detail={
            "why": str(cause["why"]),
            **{name: _plain(journal, name) for name in details},
        },
        incident=by if by.startswith("incident-") else "",
        run="" if by in _COMPONENTS else by,
    )


def journal_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The journal's entry that an entry of the trail was made of; for readers of the trail."""
    detail = dict(entry["detail"])
    cause = {"by": entry["actor"], "at_ms": entry["time_ms"], "why": detail.pop("why")}
    kept = {name: value for name, value in detail.items() if name != "route" or value}
    return {"id": entry["event"], "act": entry["action"], **kept, "cause": cause}


def is_of_journal(entry: Mapping[str, Any]) -> bool:
    """Whether an entry of the trail was made of one of the journal."""
    return str(entry["target"]).startswith((_ALLOCATION, _SWITCH))


def _plain(journal: Mapping[str, Any], name: str) -> str | int:
    """A text or a whole number: DynamoDB answers with decimals."""
    value = journal.get(name, "")
    return value if isinstance(value, str) else int(value)
