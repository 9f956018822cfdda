"""The profile's section `pages`: how loudly people are told of what was done."""

from __future__ import annotations

from autopilot.domain.section import Section, Urgency


class Pages(Section):
    """How loudly people are told: P0 answers in 5 min, P1 in 15 min, P2 in 1 h, P3 next day."""

    completed: Urgency
    refused: Urgency
    undone: Urgency
    stopped: Urgency
    inconsistent: Urgency
