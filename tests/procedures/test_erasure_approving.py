"""When an erasure asks, and when nobody needs to answer any more."""

from __future__ import annotations

import pytest

from autopilot.domain.erasure import Exemption, Hold, Progress, Standing
from autopilot.procedures.subject_erasure.approving import why_void

NOW_MS = 1_767_600_000_000
HELD = Hold(Exemption.LEGAL_CLAIMS, "legal, L-7", NOW_MS + 1)


@pytest.mark.parametrize(
    "standing, said",
    [
        (Standing("r"), ""),
        (Standing("r", hold=HELD), "legal, L-7 holds this person's data"),
        (Standing("r", hold=Hold(HELD.exemption, HELD.by, NOW_MS)), ""),
        (Standing("r", Progress.BEGUN, "R-1"), "Another run of request R-1"),
        (Standing("r", Progress.DONE, "R-0"), ""),
    ],
)
def test_a_request_is_void_when_a_hold_or_another_run_came(standing: Standing, said: str) -> None:
    """What was asked is not what would be done any more."""
    found = why_void(standing, "R-1", NOW_MS)
    assert found.startswith(said)
    assert bool(found) == bool(said)
