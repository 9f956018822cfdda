"""Workflow variables and who sees them.

The states of one machine, branch or iteration share one scope. A Parallel branch and a Map
iteration have a scope of their own: they read the outer variables and cannot assign them, and what
they assign ends with them (developer guide, "Passing data between states with variables").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autopilot_lab.emulator.states.documents import PAYLOAD_BYTES_MAX, Document
from autopilot_lab.emulator.states.errors import DATA_LIMIT_EXCEEDED, StatesError

VARIABLES_BYTES_MAX = 10 * 1024 * 1024
"""Largest total of the variables of one execution (same page, limits)."""


class Scope:
    """The variables of one strand of states, over those of the strand around it."""

    def __init__(self, outer: Scope | None = None) -> None:
        # While an inner strand runs the outer one waits, so what it sees cannot change under it.
        self.visible: dict[str, Any] = dict(outer.visible) if outer else {}
        self._sizes: dict[str, int] = {}

    def assign(self, variables: Mapping[str, Document]) -> None:
        """Set variables for the states after this one.

        Raises `States.DataLimitExceeded` when one Assign is larger than 256 KiB or all variables
        together are larger than 10 MiB.
        """
        sizes = {name: len(document.text) for name, document in variables.items()}
        if sum(sizes.values()) > PAYLOAD_BYTES_MAX:
            raise StatesError(DATA_LIMIT_EXCEEDED, "The Assign field is larger than 256 KiB.")
        self._sizes.update(sizes)
        if sum(self._sizes.values()) > VARIABLES_BYTES_MAX:
            raise StatesError(DATA_LIMIT_EXCEEDED, "The variables are larger than 10 MiB.")
        self.visible.update({name: document.value for name, document in variables.items()})
