"""The rule expressions of composite alarms: ALARM(x) AND (OK(y) OR NOT TRUE).

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from autopilot_lab.emulator.alarm_rules import AlarmState
from autopilot_lab.emulator.aws_error import AwsError

_TOKEN = re.compile(
    r"\s*(?:(?P<call>ALARM|OK|INSUFFICIENT_DATA)\(\s*[\"']?(?P<name>[^\"')]+?)[\"']?\s*\)"
    r"|(?P<word>AND|OR|NOT|TRUE|FALSE|\(|\)))\s*"
)
DEPTH_MAX = 50


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """A parsed rule. Tokens are words, or (state, alarm name) pairs."""

    tokens: tuple[str | tuple[AlarmState, str], ...]

    @classmethod
    def parse(cls, text: str) -> AlarmRule:
        """Parse a rule. Raises ValidationError where it is not well formed."""
        tokens: list[str | tuple[AlarmState, str]] = []
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise AwsError("ValidationError", f"AlarmRule: cannot read {text[position:]!r}")
            position = match.end()
            call = match["call"]
            tokens.append((AlarmState(call), match["name"]) if call else match["word"])
        rule = cls(tuple(tokens))
        rule.holds({})
        return rule

    def holds(self, states: Mapping[str, AlarmState]) -> bool:
        """Whether the rule holds, given the states of alarms by name or ARN."""
        value, rest = self._either(0, states, 0)
        if rest != len(self.tokens):
            raise AwsError("ValidationError", "AlarmRule: something follows the expression")
        return value

    def _either(self, at: int, states: Mapping[str, AlarmState], depth: int) -> tuple[bool, int]:
        value, at = self._both(at, states, depth)
        while at < len(self.tokens) and self.tokens[at] == "OR":
            other, at = self._both(at + 1, states, depth)
            value = value or other
        return value, at

    def _both(self, at: int, states: Mapping[str, AlarmState], depth: int) -> tuple[bool, int]:
        value, at = self._single(at, states, depth)
        while at < len(self.tokens) and self.tokens[at] == "AND":
            other, at = self._single(at + 1, states, depth)
            value = value and other
        return value, at

    def _single(self, at: int, states: Mapping[str, AlarmState], depth: int) -> tuple[bool, int]:
        if at >= len(self.tokens) or depth > DEPTH_MAX:
            raise AwsError("ValidationError", "AlarmRule: an operand is missing")
        word = self.tokens[at]
        if isinstance(word, tuple):
            wanted, name = word
            return states.get(name) is wanted, at + 1
        if word == "NOT":
            value, at = self._single(at + 1, states, depth + 1)
            return not value, at
        if word == "(":
            value, at = self._either(at + 1, states, depth + 1)
            if at >= len(self.tokens) or self.tokens[at] != ")":
                raise AwsError("ValidationError", "AlarmRule: a parenthesis is not closed")
            return value, at + 1
        if word in ("TRUE", "FALSE"):
            return word == "TRUE", at + 1
        raise AwsError("ValidationError", f"AlarmRule: {word} has no left side")
