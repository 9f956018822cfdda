"""What is said when the stop lever refuses what nobody could undo."""

from __future__ import annotations

from autopilot.domain.instants import instant
from autopilot.gate.ledger import Lever


def stopped(lever: Lever) -> str:
    """Who stopped all automation, why, and how it goes on: for messages of what was refused."""
    return (
        f"{lever.by} stopped all automation at {instant(lever.at_ms)} ({lever.reason}). "
        "A person resumes with `autopilot resume --reason`."
    )
