"""What must hold of a copy before anything of it is put back. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.canonical import digest
from autopilot.errors import BadInput, Inconsistent
from autopilot.gate.ledger import JOURNAL_SLOTS, LedgerView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autopilot.domain.profile import Profile
    from autopilot.domain.trail_head import TrailHead

_SEEN_MAX: Final = 6  #: problems that are named


def problems_of(
    item: Mapping[str, Any] | None,
    writer: Mapping[str, Any] | None,
    heads: Mapping[str, tuple[TrailHead, TrailHead]],
    profile: Profile,
) -> list[str]:
    """Everything that is wrong with a copy; `heads` are those of the copy and of now, by region."""
    if item is None:
        return ["it holds no ledger item: choose an instant before the ledger was lost"]
    try:
        view = LedgerView.of(item)
    except (Inconsistent, BadInput) as error:
        return [f"its ledger item cannot be read: {error}. Choose an earlier instant"]
    found = [*_of_allocation(view, profile), *_of_numbers(view), *_of_journal(view)]
    return [*found, *_of_writer(writer, profile), *_of_heads(heads)][:_SEEN_MAX]


def _of_allocation(view: LedgerView, profile: Profile) -> Iterator[str]:
    """That it sums to a hundred the type itself makes sure of."""
    wanted = profile.baseline().routes
    if view.allocation.routes != wanted:
        got = ", ".join(map(str, view.allocation.routes))
        yield f"expected the routes {', '.join(map(str, wanted))}, got {got}"


def _of_numbers(view: LedgerView) -> Iterator[str]:
    for name, value in (("epoch", view.epoch), ("version", view.version)):
        if type(value) is not int or value < 1:
            yield f"{name}: expected a whole number from 1, got {value!r}"
    if view.lease.fence > view.fence:
        yield f"its lease has fence {view.lease.fence}, above the ledger's {view.fence}"
    for route, standing in view.standing.items():
        if standing.for_version > view.version:
            yield f"{route} has a standing plan for version {standing.for_version} to come"


def _of_journal(view: LedgerView) -> Iterator[str]:
    causes = view.item["causes"]
    for kind, entry_id, entry in view.journal():
        if entry_id not in causes:
            yield f"entry {entry_id} has no cause"
        if entry["version"] > view.version:
            yield f"entry {entry_id} of {kind} is of version {entry['version']} to come"
    for kind, slots in JOURNAL_SLOTS.items():
        if len(view.item["journal"][kind]) > slots:
            yield f"its journal holds more {kind} entries than {slots}"


def _of_writer(writer: Mapping[str, Any] | None, profile: Profile) -> Iterator[str]:
    regions = (profile.regions.home, profile.regions.standby)
    if writer is not None and writer.get("region") not in regions:
        yield f"its writes belong to {writer.get('region')}, expected one of {', '.join(regions)}"


def _of_heads(heads: Mapping[str, tuple[TrailHead, TrailHead]]) -> Iterator[str]:
    """The trail's signed heads are the clock of a copy: one of the past has no more segments."""
    for region, (then, now) in heads.items():
        if then.size > now.size:
            yield f"its trail of {region} has {then.size} segments, that of now {now.size}"
        if then.size == now.size and then.root != now.root:
            yield f"its trail of {region} has another root at {then.size} segments than that of now"


def digest_of(table: str, at_ms: int, item: Mapping[str, Any]) -> str:
    """What people say yes to: this very item, of this instant, into this table."""
    content = json.dumps(item, sort_keys=True, ensure_ascii=True)
    return digest({"table": table, "at_ms": at_ms, "item": content})


def in_words(problems: Sequence[str]) -> str:
    """All of them in one sentence."""
    return "The copy is not sound: " + "; ".join(problems) + "."
