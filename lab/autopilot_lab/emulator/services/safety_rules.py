"""ARC safety rules: what must hold for a routing control to be changed.

https://docs.aws.amazon.com/r53recovery/latest/dg/routing-control.safety-rules.html: an assertion
rule judges the states that a change would lead to; a gating rule judges the states of its gating
controls as they are, before its target controls may change. After a change, another one of the
same controls fails until the rule's wait period is over.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: The outcome of a rule configuration from how many of how many controls are on.
_RULES: Mapping[str, Callable[[int, int, int], bool]] = {
    "ATLEAST": lambda on, _all, threshold: on >= threshold,
    "AND": lambda on, all_controls, _threshold: on == all_controls,
    "OR": lambda on, _all, _threshold: on > 0,
}


@dataclass(eq=False)
class SafetyRule:
    """An assertion rule, or a gating rule: `gates` are then the controls that open it."""

    arn: str
    panel_arn: str
    name: str
    controls: tuple[str, ...]
    config: Mapping[str, Any]
    wait_ms: int
    gates: tuple[str, ...] = ()
    created_at: float = 0.0
    changed_at: float = field(default=-math.inf)

    @property
    def is_gating(self) -> bool:
        """Whether the rule opens a gate rather than judging the outcome."""
        return bool(self.gates)

    def concerns(self, changed: Collection[str]) -> bool:
        """Whether a change of these controls is one that the rule is about."""
        return any(control in changed for control in self.controls)

    def objection(self, before: Mapping[str, bool], after: Mapping[str, bool], now: float) -> str:
        """Why the rule refuses a change from one set of states to another; "" if it does not."""
        if now < self.changed_at + self.wait_ms / 1000:
            return f"{self.name} is in its wait period of {self.wait_ms} ms"
        judged, states = (self.gates, before) if self.is_gating else (self.controls, after)
        if self._holds([states[one] for one in judged]):
            return ""
        kind = "gating" if self.is_gating else "assertion"
        return f"the {kind} rule {self.name} would not be met"

    def _holds(self, states: Sequence[bool]) -> bool:
        rule = _RULES[str(self.config["Type"])]
        met = rule(sum(states), len(states), int(self.config["Threshold"]))
        return met is not bool(self.config["Inverted"])
