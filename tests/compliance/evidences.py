"""Evidence made by hand: an account with only its calls recorded, and what a test puts there."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from autopilot.domain.evidence.evidence import Account, Evidence
from autopilot.domain.evidence.people import ActivityLog
from autopilot.domain.evidence.records import Records
from autopilot.domain.evidence.storage import Table
from autopilot.domain.known import Found, Known
from autopilot.domain.profile import Profile
from autopilot_lab.drill.project import REFERENCE_PROFILE
from tests.compliance.conftest import NOW_MS

PROFILE = Profile.load(REFERENCE_PROFILE.read_text("utf-8"))
_RECORDING = ActivityLog(
    arn="arn:aws:cloudtrail:eu-central-1:123456789012:trail/activity",
    records=Known(value=True),
    everywhere=True,
    validates=True,
    key="arn:aws:kms:eu-central-1:123456789012:key/activity",
    bucket="calls",
)
_KINDS: dict[str, Any] = {one.name: {} for one in fields(Account) if "ByRegion" in str(one.type)}
EMPTY = Account(
    id="123456789012",
    blocks_public=Known(value=True),
    root_has_keys=Known(value=False),
    root_is_guarded=Known(value=True),
    checker_ranges=Known(frozenset()),
    **{**_KINDS, "activity_logs": {"eu-central-1": Known((_RECORDING,))}},
)


def table(name: str = "ledger", **changed: Any) -> Table:
    """A table that holds."""
    made = Table(
        arn=f"arn:aws:dynamodb:eu-central-1:123456789012:table/{name}",
        key="",
        protected=True,
        streams=False,
        regions=("eu-central-1",),
        recoverable=Known(value=True),
        backups=Known(0),
        tags=Known({"data": "operations"}),
    )
    return replace(made, **changed)


def evidence(
    profile: Profile = PROFILE,
    records: Found[Records] | None = None,
    now_ms: int = NOW_MS,
    **kinds: Any,
) -> Evidence:
    """What there is of each kind, by the names of `Account`; nothing of the others."""
    account = replace(EMPTY, **kinds)
    return Evidence(account, records or Known(Records()), profile, now_ms)
