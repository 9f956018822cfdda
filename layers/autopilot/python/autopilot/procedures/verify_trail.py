"""Verifies the region's trail, each day and each week: damage is a security incident."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from autopilot.audit.damage import Damage, Kind
from autopilot.audit.note import VerifierKey
from autopilot.audit.verify import Scope, Verification, verify
from autopilot.domain.instants import moment
from autopilot.domain.page import Page
from autopilot.domain.personal import shown, shown_name
from autopilot.domain.severity import Severity
from autopilot.errors import BadInput, Problem

if TYPE_CHECKING:
    from autopilot.gate.gate import Gate
    from autopilot.ports import Clock, Pager
    from autopilot.ports.trail import TrailMetrics, TrailStore

DAMAGES: Final = "Damages"  #: found by a verification; also 0, so that silence can be seen
_NAMED_MAX: Final = 5
_KINDS: Final = frozenset({"quick", "full"})


class Verifier:
    """Verifies the trail of one region and tells what it found."""

    def __init__(  # noqa: PLR0913 - the ports, each by name
        self,
        *,
        service: str,
        region: str,
        store: TrailStore,
        key: VerifierKey,
        gate: Gate,
        pager: Pager,
        metrics: TrailMetrics,
        clock: Clock,
        threads: int,
    ) -> None:
        """`threads` fetch segments side by side."""
        self._service = service
        self._region = region
        self._store = store
        self._key = key
        self._gate = gate
        self._pager = pager
        self._metrics = metrics
        self._clock = clock
        self._threads = threads

    def verify(self, request: Any) -> dict[str, Any]:
        """Verify as `request` says (`kind`: quick or full); page, record and count damage.

        The page goes out before anything is written, so that a ledger that does not answer holds
        nobody's attention back.
        """
        kind = _kind(request)
        ended = self._gate.endings.horizons(self._region)
        scope = Scope(full=kind == "full", threads=self._threads, ended=ended)
        anchor = self._gate.anchor(self._region)
        found = verify(self._store, self._key, anchor.read(), scope=scope, newest=anchor.read)
        for page in self._pages(found):
            self._pager.page(page)
        answer = self._told(found, kind)
        self._gate.record(f"trail-verified/{self._region}", answer, once=False)
        self._metrics.publish(DAMAGES, _count(found))
        return answer

    def _told(self, found: Verification, kind: str) -> dict[str, Any]:
        return {
            "kind": kind,
            "verified": found.is_log_whole,
            "key": str(self._key),
            "size": found.size,
            "segments": found.segments,
            "entries": found.entries,
            "ended": found.ended,
            "copies": dict(found.copies),
            "damages": [_named(each) for each in found.damages[:_NAMED_MAX]],
            "more_damages": max(len(found.damages) - _NAMED_MAX, 0) + found.more_damages,
            "verified_ms": self._clock.now_ms(),
        }

    def _pages(self, found: Verification) -> Iterator[Page]:
        """One page a day for as long as it stays so; the log's own does not hide the copies'."""
        if not found.is_log_whole:
            yield self._page_of_log(found)
        if "damaged" in found.copies.values():
            yield self._page_of_copies(found)
        elif found.unread:
            yield self._page_of_silence(found)

    def _page_of_log(self, found: Verification) -> Page:
        damages = sorted(found.in_log, key=lambda each: each.kind.value)
        return Page(
            **self._thread("trail-damaged"),
            severity=severity(damages[0]),
            title=f"{self._service}: the trail of {self._region} is damaged: "
            f"{damages[0].kind.label}",
            seen=_seen(f"{_count(found)} damages.", damages),
            done="Nothing was changed: the trail stays as it is, as evidence.",
            decide="Security incident: who could write this bucket, and which copy is whole?",
            next_command=f"autopilot audit verify --region {self._region} --full",
        )

    def _page_of_copies(self, found: Verification) -> Page:
        damages = [each for each in found.damages if each.copy is not None]
        which = ", ".join(sorted({str(each.copy) for each in damages}))
        whole = "The trail itself is whole by another copy. " if found.is_log_whole else ""
        return Page(
            **self._thread("copy-damaged"),
            severity=Severity.P2,
            title=f"{self._service}: the archive of {self._region}'s trail is damaged in {which}",
            seen=_seen(f"{len(damages)} damages.", [*_unread(found), *damages]),
            done=f"{whole}Nothing was changed.",
            decide="Who could write that bucket? Mend the copy before another one fails: "
            "docs/archive.md, A damaged copy.",
            next_command=f"autopilot audit verify --region {self._region} --full",
        )

    def _page_of_silence(self, found: Verification) -> Page:
        which = ", ".join(sorted(found.unread))
        return Page(
            **self._thread("copy-unread"),
            severity=Severity.P3,
            title=f"{self._service}: the archive of {self._region}'s trail was not read in {which}",
            seen=_seen("Whether that copy is whole is not known.", _unread(found)),
            done="The trail was verified by what answered.",
            decide="Is the region there, and may the function read the bucket?",
            next_command=f"autopilot audit verify --region {self._region} --full",
        )

    def _thread(self, about: str) -> dict[str, Any]:
        thread = f"{about}/{self._region}"
        return {"key": f"{thread}/{self._today}", "thread": thread}

    @property
    def _today(self) -> str:
        return f"{moment(self._clock.now_ms()):%Y%m%d}"


def _count(found: Verification) -> int:
    """Damages of the log itself: copies of its archive have pages, and no alarm, of their own."""
    return len(found.in_log) + (0 if found.is_log_whole else found.more_damages)


def _seen(first: str, more: Iterable[object]) -> str:
    return "\n".join([first, *map(str, islice(more, _NAMED_MAX))])


def _unread(found: Verification) -> list[str]:
    return [f"{copy} did not answer: {why}" for copy, why in sorted(found.unread.items())]


def _named(damage: Damage) -> dict[str, Any]:
    """A damage as the ledger can hold it: what is not known is left out."""
    return {name: value for name, value in damage.to_dict().items() if value is not None}


def severity(worst: Damage) -> Severity:
    """P0 when the log as a whole cannot be believed, P1 when the place of the damage is known."""
    return Severity.P0 if worst.kind.value < Kind.TILE_MISSING.value else Severity.P1


def _kind(request: Any) -> str:
    """The kind that a schedule or an operator asks for; both only look, so {} is safe."""
    fields: Mapping[str, Any] = request if isinstance(request, Mapping) else {"input": request}
    kind = fields.get("kind", "quick")
    problems = [
        Problem(shown_name(str(name)), "kind or mode", shown(value))
        for name, value in fields.items()
        if name not in {"kind", "mode"}
    ]
    if kind not in _KINDS:
        problems.append(Problem("kind", "quick or full", shown(kind)))
    if problems:
        raise BadInput("a verification", problems, 'Send {} or {"kind": "full"}.')
    return str(kind)
