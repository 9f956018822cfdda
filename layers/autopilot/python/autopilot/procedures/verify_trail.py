"""Verifies the region's trail, each day and each week: damage is a security incident."""

from __future__ import annotations

from collections.abc import Mapping
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
        if found.damages:
            self._pager.page(self._page(found))
        answer = self._told(found, kind)
        self._gate.record(f"trail-verified/{self._region}", answer, once=False)
        self._metrics.publish(DAMAGES, len(found.damages) + found.more_damages)
        return answer

    def _told(self, found: Verification, kind: str) -> dict[str, Any]:
        return {
            "kind": kind,
            "verified": not found.damages,
            "key": str(self._key),
            "size": found.size,
            "segments": found.segments,
            "entries": found.entries,
            "ended": found.ended,
            "damages": [_named(each) for each in found.damages[:_NAMED_MAX]],
            "more_damages": max(len(found.damages) - _NAMED_MAX, 0) + found.more_damages,
            "verified_ms": self._clock.now_ms(),
        }

    def _page(self, found: Verification) -> Page:
        """One page a day for as long as the damage is there."""
        damages = sorted(found.damages, key=lambda each: each.kind.value)
        day = f"{moment(self._clock.now_ms()):%Y%m%d}"
        count = len(damages) + found.more_damages
        return Page(
            key=f"trail-damaged/{self._region}/{day}",
            thread=f"trail-damaged/{self._region}",
            severity=severity(damages[0]),
            title=f"{self._service}: the trail of {self._region} is damaged: "
            f"{damages[0].kind.label}",
            seen="\n".join([f"{count} damages.", *(str(each) for each in damages[:_NAMED_MAX])]),
            done="Nothing was changed: the trail stays as it is, as evidence.",
            decide="Security incident: who could write this bucket, and which copy is whole?",
            next_command=f"autopilot audit verify --region {self._region} --full",
        )


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
