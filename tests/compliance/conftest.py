"""The product in the lab, once for each module; a break is made, judged and mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from autopilot.adapters.account.reader import AwsAccount
from autopilot.compliance.check import assess
from autopilot.domain.assessment import Assessment
from autopilot.domain.evidence.evidence import Account, Evidence
from autopilot.domain.profile import Profile
from autopilot.procedures.compliance_check.records import read_records
from autopilot_lab.drill.compliance import installed
from autopilot_lab.drill.installation import Installation
from autopilot_lab.drill.project import REFERENCE_PROFILE

NOW_MS = 1_790_000_000_000


@pytest.fixture(scope="module")
def world() -> Iterator[Installation]:
    """The product, deployed from its templates; no time passes in it by itself."""
    with installed(REFERENCE_PROFILE.read_text("utf-8"), start=NOW_MS / 1000) as installation:
        yield installation


def account_of(world: Installation) -> Account:
    """Everything that the account holds, as an auditor reads it."""
    return AwsAccount(account=world.account, client=world.aws.client, profile=world.profile).read()


@pytest.fixture(scope="module")
def check(world: Installation) -> Callable[..., Assessment]:
    """Reads the world and judges it, under another profile or at a later time if wanted."""

    def judge(profile: Profile | None = None, now_ms: int = NOW_MS) -> Assessment:
        records = read_records(world.gate, now_ms)
        return assess(Evidence(account_of(world), records, profile or world.profile, now_ms))

    return judge
