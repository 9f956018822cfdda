"""Keeps personal data out of what is said: of texts, and of values that somebody wrote. Pure.

What is recognised by its form is withheld wherever it stands; a name has no form, so of a value
that was not accepted only technical words are repeated (GDPR, article 5(1)(c): data minimisation;
docs/privacy.md is the rule).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

#: What a person can be reached or paid by, and what stands there instead.
PERSONAL: Final = (
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "[address withheld]"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), "[IBAN withheld]"),
    (re.compile(r"(?<![\w+])(?:\+|00)[1-9](?:[ ()/.-]{0,2}\d){6,14}\b"), "[phone withheld]"),
)
#: What tells who did something, or from where; what is shown outside names roles and runs only.
_ATTRIBUTION: Final = (
    (re.compile(r"(:assumed-role/[\w+=,.@-]+/)[\w+=,.@-]+"), r"\1[session withheld]"),
    (re.compile(r"(:(?:federated-)?user/)[\w+=,.@/-]+"), r"\1[user withheld]"),
    (re.compile(r"(?<!\d)(?<!\d\.)(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)"), "[IP address withheld]"),
    (
        re.compile(r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])", re.IGNORECASE),
        "[IP address withheld]",
    ),
)
_TECHNICAL: Final = re.compile(r"[\w.:/%+,*={}\[\]<>-]{0,80}")
#: A capital and small letters: no word of ours by itself, but every person's name.
_NAME: Final = re.compile(r"(?<![^\W\d_])[^\W\d_a-z][^\W\d_A-Z]+(?![^\W\d_])")
_LONG_NUMBER: Final = re.compile(r"\d{11,}")


def withheld(text: str) -> str:
    """The text with every mail address, IBAN and telephone number replaced by what it was."""
    for pattern, instead in PERSONAL:
        text = pattern.sub(instead, text)
    return text


def unattributed(text: str, people: Sequence[str] = ()) -> str:
    """The text for people outside: also without sessions, users, addresses of devices, `people`."""
    text = withheld(text)
    for pattern, instead in _ATTRIBUTION:
        text = pattern.sub(instead, text)
    for name in sorted(people, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "[name withheld]", text)
    return text


def shown(value: object) -> str:
    """What a message repeats of a value that somebody wrote.

    Numbers, truth values and single technical words as they are; of everything else what it is.
    """
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, str):
        return repr(value) if _is_technical(value) else f"text of {len(value)} characters"
    if isinstance(value, Mapping):
        return f"an object of {len(value)} fields" if value else "{}"
    if isinstance(value, Sequence):
        return f"a list of {len(value)}" if value else "[]"
    return f"a value of type {type(value).__name__}"


def shown_name(name: str) -> str:
    """The name of a field that somebody wrote, when it is a technical word."""
    return name if _is_technical(name) else f"(a name of {len(name)} characters)"


def _is_technical(text: str) -> bool:
    if not _TECHNICAL.fullmatch(text) or withheld(text) != text:
        return False
    return not (_NAME.search(text) or _LONG_NUMBER.search(text))
