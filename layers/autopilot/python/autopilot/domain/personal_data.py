"""Withholds what looks like personal data in a text, before anybody is sent it. Pure.

Who did something is told by role or run; a person's address, session or device is withheld
(GDPR, article 5(1)(c): data minimisation).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_WITHHELD: Final = (
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "[address withheld]"),
    (re.compile(r"(:assumed-role/[\w+=,.@-]+/)[\w+=,.@-]+"), r"\1[session withheld]"),
    (re.compile(r"(:(?:federated-)?user/)[\w+=,.@/-]+"), r"\1[user withheld]"),
    (re.compile(r"(?<!\d)(?<!\d\.)(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)"), "[IP address withheld]"),
    (
        re.compile(r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])", re.IGNORECASE),
        "[IP address withheld]",
    ),
)


def withheld(text: str, people: Sequence[str] = ()) -> str:
    """The text with what looks like personal data replaced by what it was."""
    for pattern, instead in _WITHHELD:
        text = pattern.sub(instead, text)
    for name in sorted(people, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "[name withheld]", text)
    return text
