"""What a function keeps from event to event, and when it has to let go of it."""

from __future__ import annotations

from typing import Final

import pytest

from autopilot.adapters.public_path import SystemPublicPath
from autopilot.wiring import Trust, public_path, wire

PLACE: Final = {
    "AWS_LAMBDA_FUNCTION_NAME": "report-run",
    "AWS_REGION": "eu-central-1",
    "SERVICE": "hybrid-routing",
    "LEDGER_TABLE": "ledger",
    "LEDGER_REGIONS": "eu-central-1,eu-west-1",
    "PROFILE_PATH": "profile.toml",
    "PAGE_TOPIC_ARNS": "arn:aws:sns:eu-central-1:123456789012:pages",
    "TRAIL_BUCKET": "trail",
    "RUNBOOK_ARN_PREFIX": "arn:aws:states:eu-central-1:123456789012:stateMachine:",
}


def test_what_is_wired_stays_until_the_way_out_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """A way that has ended would be asked by whatever was wired while it was there."""
    for name, value in PLACE.items():
        monkeypatch.setenv(name, value)
    before = wire(Trust.REPORT)
    assert wire(Trust.REPORT) is before
    with public_path(SystemPublicPath()):
        within = wire(Trust.REPORT)
        assert within is not before
    assert wire(Trust.REPORT) not in (before, within)
