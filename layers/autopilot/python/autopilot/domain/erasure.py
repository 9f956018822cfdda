"""A person's right to erasure: who may refuse it, by when it is due, what is left of it. Pure.

GDPR Art. 17 (erasure and its exceptions), 12(3) (one month), 12(6) (doubts about who asks).
Whether destroying keys is erasure in the sense of the law is for the controller to judge.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from autopilot.domain.canonical import canonical_bytes
from autopilot.domain.instants import instant, moment
from autopilot.domain.severity import Severity
from autopilot.errors import Inconsistent

KEY_CACHE_SECONDS: Final = 300  #: a function may use keys that it has unwrapped for this long
#: A call that read "not erased" before the erasure began has kept its keys by then, or has ended.
IN_FLIGHT_MS: Final = 60_000
EXPORT_DAYS: Final = 7  #: what was handed out is deleted after this
HISTORY_DAYS: Final = 90  #: Step Functions keeps a run's input and history
RECEIPT_BYTES_MAX: Final = 4_096  #: what KMS signs at once (API_Sign, Message)
DUE: Final = "erasure-due/"  #: begins the names of records of requests, by month and number
MONTHS: Final = 1
MONTHS_EXTENDED: Final = 3  #: "extended by two further months where necessary"
_DAY_MS: Final = 86_400_000
#: From how many days before its end a deadline is told of, and how urgently.
_WARNINGS: Final = ((0, Severity.P1), (3, Severity.P2), (10, Severity.P3))


class Exemption(StrEnum):
    """Why a right to erasure does not apply: Art. 17(3)(a) to (e)."""

    EXPRESSION = "freedom-of-expression"
    LEGAL_OBLIGATION = "legal-obligation"
    PUBLIC_HEALTH = "public-health"
    ARCHIVING = "archiving-or-research"
    LEGAL_CLAIMS = "legal-claims"


class Progress(StrEnum):
    """How far an erasure has come."""

    NONE = ""
    BEGUN = "begun"  #: the keys are, or are about to be, destroyed
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Hold:
    """What keeps a person's data from being erased until an instant."""

    exemption: Exemption
    by: str  #: a role or a ticket
    until_ms: int

    def stands(self, now_ms: int) -> bool:
        """Whether it holds now."""
        return now_ms < self.until_ms

    def to_dict(self) -> dict[str, str | int]:
        """As it lies in a record."""
        return {"exemption": self.exemption.value, "by": self.by, "until_ms": self.until_ms}

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        return cls(Exemption(fields["exemption"]), str(fields["by"]), int(fields["until_ms"]))


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    """How it was made sure that the person is who they say (Art. 12(6)): never what was shown."""

    method: str
    by: str  #: a role or a ticket
    at_ms: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger knows of one person's erasure."""

    reference: str
    progress: Progress = Progress.NONE
    request: str = ""
    begun_ms: int = 0
    done_ms: int = 0
    run: str = ""  #: that began it
    hold: Hold | None = None

    @classmethod
    def of(cls, reference: str, item: Mapping[str, Any] | None) -> Self:
        """Read the record; raise `Inconsistent` when it is none."""
        found = item or {}
        hold = found.get("hold") or None
        try:
            return cls(
                reference,
                Progress(found.get("progress", "")),
                str(found.get("request", "")),
                int(found.get("begun_ms", 0)),
                int(found.get("done_ms", 0)),
                str(found.get("run", "")),
                Hold.of(hold) if hold else None,
            )
        except (KeyError, ValueError) as error:
            message = f"the record erasure/{reference} lacks or misshapes an attribute: {error!r}"
            raise Inconsistent(message) from error


def due_ms(received_ms: int, time_zone: str, *, extended: bool) -> int:
    """The end of the last day on which a request is answered in time (Art. 12(3)).

    A month ends with the day of the same number, or with the month's last one (Regulation 1182/71,
    Art. 3(2)(c)). Its extension to the next working day (Art. 3(4)) is left as a reserve.
    """
    zone = ZoneInfo(time_zone)
    received = moment(received_ms).astimezone(zone).date()
    months = received.month - 1 + (MONTHS_EXTENDED if extended else MONTHS)
    year, month = received.year + months // 12, months % 12 + 1
    day = received.replace(
        year=year, month=month, day=min(received.day, monthrange(year, month)[1])
    )
    return round(datetime.combine(day, time(23, 59, 59), tzinfo=zone).timestamp()) * 1000


def warning(due: int, now_ms: int) -> Severity | None:
    """How urgently an open request is told of now; None while there is time."""
    left_days = (due - now_ms) // _DAY_MS
    return next((severity for days, severity in _WARNINGS if left_days < days), None)


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left, where, and until when."""

    where: str
    what: str
    until: str


def remains(begun_ms: int, *, exported: bool) -> tuple[Remains, ...]:
    """Every place in which something about the person is left, or has been until just now."""
    caches = instant(begun_ms + KEY_CACHE_SECONDS * 1000)
    export = instant(begun_ms + EXPORT_DAYS * _DAY_MS)
    handed_out = Remains("export bucket", "the copy that was handed out, readable", export)
    return (
        Remains("vault, every replica", "nothing: no recovery, backup or stream keeps it", "now"),
        Remains(
            "memory of functions",
            "keys that are used no more, overwritten when the function next works or ends",
            f"not used after {caches}",
        ),
        Remains(
            "trails, their replicas and archive",
            "entries with ciphertext that nobody can read, and a pseudonym that nobody can compute",
            "the end of each entry's retention class",
        ),
        Remains("ledger", "reference, request, receipt: proof (Art. 5(2), 17(3)(e))", "kept"),
        Remains(
            "Step Functions histories",
            "reference and request",
            f"{HISTORY_DAYS} days after each run",
        ),
        Remains("CloudTrail", "reference, as encryption context", "the end of its retention"),
        *((handed_out,) if exported else ()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was erased and what is left, to be signed. Names nobody but by reference."""

    service: str
    request: str
    reference: str
    identity: IdentityCheck
    received_ms: int
    due_ms: int
    begun_ms: int
    done_ms: int
    held: bool  #: whether there were keys to destroy
    exported: bool
    run: str

    def body(self) -> bytes:
        """The receipt as RFC 8785 JSON: the very bytes that are signed."""
        left = remains(self.begun_ms, exported=self.exported)
        body = canonical_bytes(
            {
                "schema": 1,
                "kind": "erasure receipt",
                "basis": "GDPR Art. 17(1)",
                "service": self.service,
                "request": self.request,
                "reference": self.reference,
                "run": self.run,
                "identity": {
                    "method": self.identity.method,
                    "by": self.identity.by,
                    "at": instant(self.identity.at_ms),
                },
                "received": instant(self.received_ms),
                "due": instant(self.due_ms),
                "begun": instant(self.begun_ms),
                "done": instant(self.done_ms),
                "destroyed": "data key and pseudonym key" if self.held else "nothing was held",
                "exported_before": "yes" if self.exported else "no",
                "remains": [dict(asdict(each)) for each in left],
            }
        )
        if len(body) > RECEIPT_BYTES_MAX:
            message = f"expected a receipt of at most {RECEIPT_BYTES_MAX} bytes, got {len(body)}"
            raise Inconsistent(message)
        return body
