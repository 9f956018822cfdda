"""One record of the trail: who did what to what, when, why, and on which legal basis.

An entry holds no personal data in the clear: the subject is a keyed pseudonym, personal fields
are encrypted under the subject's own key before an entry is made (GDPR Art. 5(1)(c), 25, 32).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from autopilot.audit.canonical import canonical, flat, flat_verbatim, quote
from autopilot.domain.personal import withheld
from autopilot.domain.retention import RetentionClass
from autopilot.errors import Problem

SCHEMA: Final = 1
_SCHEMA_MEMBER: Final = f'"schema":{SCHEMA}'
ENTRY_BYTES_MAX: Final = 16_384  #: of the canonical form
PERSONAL_FIELDS_MAX: Final = 16
DETAILS_MAX: Final = 32
SEALED_BYTES_MIN: Final = 12 + 16  #: nonce and tag of AES-256-GCM, around nothing
_INTEGER_MAX: Final = 2**53 - 1  # RFC 8785 section 3.2.2.3: exact in every reader
_TIME_MAX_MS: Final = 253_402_300_799_999  # the end of the year 9999
_SHOWN_MAX: Final = 120
_CLEAR: Final = ("event", "actor", "action", "target", "purpose", "outcome", "incident", "run")


class LegalBasis(StrEnum):
    """Why personal data may be processed: GDPR Art. 6(1)(a) to (f), or there is none in it."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal-obligation"
    VITAL_INTERESTS = "vital-interests"
    PUBLIC_TASK = "public-task"
    LEGITIMATE_INTERESTS = "legitimate-interests"
    NOT_PERSONAL = "not-personal"


def _utf8(text: str) -> str:
    text.encode()  # a lone surrogate has no UTF-8: UnicodeEncodeError is a ValueError
    return text


def _base64(text: str) -> str:
    try:
        blob = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("expected base64") from error
    if base64.b64encode(blob).decode() != text:
        raise ValueError("expected padded base64 without stray bits")
    if len(blob) < SEALED_BYTES_MIN:
        message = f"expected {SEALED_BYTES_MIN} bytes or more: nonce, ciphertext and tag"
        raise ValueError(message)
    return text


Text = Annotated[str, AfterValidator(_utf8)]
Name = Annotated[Text, Field(min_length=1, max_length=256)]
Optional = Annotated[Text, Field(max_length=256)]
Sentence = Annotated[Text, Field(max_length=2048)]
Key = Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
Ciphertext = Annotated[str, AfterValidator(_base64), Field(min_length=4, max_length=8192)]
Whole = Annotated[int, Field(strict=True, ge=-_INTEGER_MAX, le=_INTEGER_MAX)]


class Entry(BaseModel):
    """One record. Texts that do not apply are empty, so that every entry has the same members."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    event: Name  #: the event's id: the same at every delivery of the same event
    time_ms: Annotated[int, Field(ge=0, le=_TIME_MAX_MS)]  #: when it happened
    actor: Name  #: who or what acted: a principal, a run, a component
    action: Name
    target: Name
    purpose: Sentence  #: what for (GDPR Art. 5(1)(b))
    legal_basis: Annotated[LegalBasis, Field(strict=False)]
    outcome: Name
    retention: Annotated[RetentionClass, Field(strict=False)]
    subject: Optional = ""  #: the person's keyed pseudonym
    personal_key: Optional = ""  #: reference to the key that `personal` is encrypted under
    personal: dict[Key, Ciphertext] = Field(default_factory=dict, max_length=PERSONAL_FIELDS_MAX)
    detail: dict[Key, Sentence | Whole] = Field(default_factory=dict, max_length=DETAILS_MAX)
    incident: Optional = ""
    run: Optional = ""

    @model_validator(mode="after")
    def _whole(self) -> Entry:
        """Encrypted fields name their key and a legal basis; the whole fits its limit."""
        if self.personal and not (self.subject and self.personal_key):
            raise ValueError("personal fields need a subject and a personal_key")
        if self.subject and self.legal_basis is LegalBasis.NOT_PERSONAL:
            raise ValueError("an entry about a subject needs a legal basis of Art. 6(1) GDPR")
        if (size := len(self.line())) > ENTRY_BYTES_MAX:
            message = f"expected at most {ENTRY_BYTES_MAX} bytes, got {size}"
            raise ValueError(message)
        return self

    def line(self) -> bytes:
        """The canonical form (RFC 8785), without a line end: what is stored and hashed."""
        return line_of(self.__dict__)


def line_of(entry: Mapping[str, Any]) -> bytes:
    """The canonical form of an entry's members; they must be those of a valid `Entry`.

    One template with the members in order: three times as fast as sorting them at each entry.
    """
    q = quote
    return (
        f'{{"action":{q(entry["action"])},"actor":{q(entry["actor"])},'
        f'"detail":{flat(entry["detail"])},"event":{q(entry["event"])},'
        f'"incident":{q(entry["incident"])},"legal_basis":{q(entry["legal_basis"])},'
        f'"outcome":{q(entry["outcome"])},'
        f'"personal":{flat_verbatim(entry["personal"])},'
        f'"personal_key":{q(entry["personal_key"])},"purpose":{q(entry["purpose"])},'
        f'"retention":{q(entry["retention"])},"run":{q(entry["run"])},'
        f'{_SCHEMA_MEMBER},"subject":{q(entry["subject"])},"target":{q(entry["target"])},'
        f'"time_ms":{entry["time_ms"]}}}'
    ).encode()


def parse_line(line: bytes) -> Entry:
    """The entry of a stored line; raise `ValueError` unless it is one, in canonical form."""
    members = json.loads(line)
    if not isinstance(members, dict) or members.pop("schema", None) != SCHEMA:
        message = f"expected an object of schema {SCHEMA}"
        raise ValueError(message)
    entry = Entry.model_validate(members)
    if entry.line() != line:
        raise ValueError("expected the canonical form of RFC 8785")
    return entry


@dataclass(frozen=True, slots=True)
class Quarantined:
    """What was delivered and is no entry: kept as it came, with every reason."""

    raw: bytes
    problems: tuple[Problem, ...]

    def line(self) -> bytes:
        """As it is stored: the delivered bytes in base64, and the reasons."""
        reasons = [{"expected": p.expected, "got": p.got, "key": p.key} for p in self.problems]
        raw = base64.b64encode(self.raw).decode()
        return canonical({"problems": [dict(each) for each in reasons], "raw": raw}).encode()


def admit(raw: bytes, *, now_ms: int, skew_ms: int) -> Entry | Quarantined:
    """The entry in a delivered JSON object, or why there is none. Never raises: nothing is lost.

    An event that claims to lie in the future by more than `skew_ms` is refused, because doubles
    are looked for among what was sealed since it happened. One that shows a person is, too.
    """
    try:
        entry = Entry.model_validate_json(raw)
    except ValidationError as error:
        return Quarantined(raw, tuple(_problems(error)))
    if entry.time_ms > now_ms + skew_ms:
        expected = f"an instant up to {now_ms + skew_ms}"
        return Quarantined(raw, (Problem("time_ms", expected, str(entry.time_ms)),))
    if clear := tuple(_clear(entry)):
        return Quarantined(raw, clear)
    return entry


def _clear(entry: Entry) -> Iterable[Problem]:
    """Members outside of `personal` in which a person can be recognised by the form of a text.

    Nothing here encrypts: who produces an event seals its personal fields, or sends none.
    """
    for key, text in _texts(entry):
        if withheld(text) != text:
            yield Problem(key, "no address, telephone number or IBAN in the clear", "withheld")


def _texts(entry: Entry) -> Iterable[tuple[str, str]]:
    for key in _CLEAR:
        yield key, getattr(entry, key)
    for name, value in entry.detail.items():
        if isinstance(value, str):
            yield f"detail.{name}", value


def _problems(error: ValidationError) -> Iterable[Problem]:
    """Each problem by its place; values of personal fields are not repeated."""
    for each in error.errors(include_url=False):
        key = ".".join(map(str, each["loc"])) or "entry"
        hidden = key.startswith(("personal", "subject")) or isinstance(each["input"], dict)
        got = "withheld" if hidden else ascii(each["input"])[:_SHOWN_MAX]
        yield Problem(key, each["msg"], got)
