"""Reads what every vantage saw of the regions, from the records that probe_regions writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autopilot.domain.probes import RECORD_PREFIX, ProbeObservation
from autopilot.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.gate.gate import Gate


def observations(gate: Gate) -> Mapping[str, ProbeObservation]:
    """The newest observation of each vantage, by its region.

    One that cannot be read says nothing: that vantage is missing, and its voice with it.
    """
    found: dict[str, ProbeObservation] = {}
    for record in gate.find_records(RECORD_PREFIX):
        try:
            observation = ProbeObservation.from_record(record)
        except BadInput:
            continue
        found[str(record["record"]).removeprefix(RECORD_PREFIX)] = observation
    return found
