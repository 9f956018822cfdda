"""What people are told: what was seen, what was done, what is left to decide. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from autopilot.domain.severity import Severity

STATUS: Final = "autopilot status"


@dataclass(frozen=True, slots=True)
class Link:
    """Something to look at: a word for it, and where it is."""

    name: str
    target: str  #: a URL, or an ARN that the console finds


@dataclass(frozen=True, slots=True)
class Page:
    """One message to people. The same key means the same message, whoever sends it again."""

    key: str  #: at most 128 letters, digits and `-_/.`: what this message is about
    thread: str  #: the incident or run whose messages belong together
    severity: Severity
    title: str
    seen: str
    done: str  #: "" when nothing was done
    decide: str  #: "" when nothing is left to decide
    next_command: str = STATUS
    links: tuple[Link, ...] = ()

    @property
    def text(self) -> str:
        """The message as plain lines, for mail."""
        lines = [
            self.seen,
            *([f"Done: {self.done}"] if self.done else []),
            *([f"To decide: {self.decide}"] if self.decide else []),
            *(f"{link.name}: {link.target}" for link in self.links),
            f"Next: {self.next_command}",
        ]
        return "\n".join(line for line in lines if line)
