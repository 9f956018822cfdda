"""What the last full sweep wrote down of a move, for when the calls that it made do not answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.inventory import Peak
from autopilot.domain.preflight import TEXT_MAX, Answer, Check, Preflight
from autopilot.errors import BadInput

if TYPE_CHECKING:
    from autopilot.gate.gate import Gate

RECORD_PREFIX: Final = "preflight/"
_OF_BOTH: Final = "both regions"
_HOUR_SECONDS: Final = 3_600
_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class Memory:
    """A pre-flight of an earlier day, with the peaks that it found."""

    checks: Mapping[str, Check]
    peaks: Mapping[str, Peak]  #: by subject of the model
    age_seconds: int
    of_both: bool = True  #: peaks of both regions together; else, as once, of the one left alone

    def recall(self, name: str, why: str) -> Check | None:
        """What was said of a check that cannot be read now; at best WARN, None when nothing was."""
        known = self.checks.get(name)
        if known is None or not known.is_read:
            return None
        age = self.age_seconds + (known.age_seconds or 0)
        answer = Answer.WARN if known.answer is Answer.GO else known.answer
        hours = age // _HOUR_SECONDS
        reason = f"{why}; {hours} h ago: {known.reason}"[:TEXT_MAX]
        source = f"record {RECORD_PREFIX}… ({known.source})"[:TEXT_MAX]
        return replace(known, source=source, age_seconds=age, answer=answer, reason=reason)


NOTHING: Final = Memory({}, {}, 0)


def remember(gate: Gate, target: str, *, now_ms: int, hours_max: int) -> Memory:
    """The record of a move to `target`, if it is younger than `hours_max` and can be read."""
    item = gate.find_record(RECORD_PREFIX + target)
    if item is None:
        return NOTHING
    age_seconds = max(0, now_ms - int(item["observed_ms"])) // _MS
    if age_seconds > hours_max * _HOUR_SECONDS:
        return NOTHING
    try:
        known = Preflight.from_json(json.loads(item["preflight"]))
    except (BadInput, ValueError):
        return NOTHING
    return Memory(
        checks={check.name: check for check in known.checks},
        peaks={str(path): Peak.read(peak) for path, peak in item["peaks"].items()},
        age_seconds=age_seconds,
        of_both=item.get("peaks_of") == _OF_BOTH,
    )


def to_record(preflight: Preflight, peaks: Mapping[str, Peak], run: str) -> dict[str, Any]:
    """The fields of the record: what is read back, and what people look for in the table."""
    return {
        "answer": preflight.answer.value,
        "against": {check.name: check.answer.value for check in preflight.against},
        "preflight": json.dumps(preflight.to_json()),
        "peaks": {path: peak.to_item() for path, peak in peaks.items()},
        "peaks_of": _OF_BOTH,
        "observed_ms": preflight.observed_ms,
        "run": run,
    }
