"""IAM's credential report: moto's has a row for each user, and none for the root user.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from moto.iam.exceptions import ReportNotPresentException
from moto.iam.models import iam_backends

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import Operation
from autopilot_lab.emulator.moto_backend import ACCOUNT

#: The account's own user: a password, and the rest as GetAccountSummary tells.
ROOT: Final[Mapping[str, str]] = {
    "user": "<root_account>",
    "arn": f"arn:aws:iam::{ACCOUNT}:root",
    "password_enabled": "true",
    "password_last_used": "no_information",
    "password_last_changed": "not_supported",
    "password_next_rotation": "not_supported",
    "access_key_1_active": "false",
    "access_key_2_active": "false",
    "cert_1_active": "false",
    "cert_2_active": "false",
}
_CREATED: Final = "user_creation_time"
_ABSENT: Final = "N/A"
_GONE: Final = 410


class CredentialReport:
    """The report, with the root user first. `now` is the lab's time in seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._opened = now()

    def operations(self) -> Mapping[str, Operation]:
        """By their API names."""
        return {"GetCredentialReport": self._get}

    def _get(self, _params: dict[str, Any], _region: str) -> dict[str, Any]:
        head, _, users = _of_users().partition("\n")
        return {
            "Content": f"{head}\n{self._root(head)}{users}".encode(),
            "ReportFormat": "text/csv",
            "GeneratedTime": datetime.fromtimestamp(self._now(), UTC),
        }

    def _root(self, head: str) -> str:
        created = datetime.fromtimestamp(self._opened, UTC).isoformat(timespec="seconds")
        line = io.StringIO()
        known = {**ROOT, _CREATED: created, "mfa_active": _has_device()}
        csv.writer(line, lineterminator="\n").writerow(
            known.get(name, _ABSENT) for name in head.split(",")
        )
        return line.getvalue()


def _of_users() -> str:
    backend: Any = iam_backends[ACCOUNT]["aws"]
    try:
        return str(backend.get_credential_report())
    except ReportNotPresentException as error:
        raise AwsError("ReportNotPresent", "Generate the report first.", _GONE) from error


def _has_device() -> str:
    backend: Any = iam_backends[ACCOUNT]["aws"]
    return "true" if backend.account_summary.summary_map["AccountMFAEnabled"] else "false"
