"""The account's credential report, which scanners read."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from botocore.exceptions import ClientError

from autopilot_lab.emulator.cloud import EmbeddedAws


@pytest.fixture
def iam(aws: EmbeddedAws) -> Any:
    """IAM of an account with one user."""
    client = aws.client("iam", aws.regions[0])
    client.create_user(UserName="operator")
    return client


def test_the_root_user_comes_first(iam: Any) -> None:
    """Its row says what the account's summary says: no keys, no device."""
    iam.generate_credential_report()
    report = iam.get_credential_report()["Content"].decode()
    root, operator = csv.DictReader(report.splitlines())
    assert (root["user"], operator["user"]) == ("<root_account>", "operator")
    summary = iam.get_account_summary()["SummaryMap"]
    assert (root["access_key_1_active"] == "true") == bool(summary["AccountAccessKeysPresent"])
    assert (root["mfa_active"] == "true") == bool(summary["AccountMFAEnabled"])
    assert None not in root.values()


def test_a_report_must_be_made_first(iam: Any) -> None:
    """As the API reference says of ReportNotPresent: 410."""
    with pytest.raises(ClientError) as refused:
        iam.get_credential_report()
    assert refused.value.response["Error"]["Code"] == "ReportNotPresent"
