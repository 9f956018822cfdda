"""Builds what only the compliance check needs, so that nothing else loads it."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeAlias

from autopilot.adapters.account.reader import AwsAccount
from autopilot.adapters.report_shelf import S3Shelf
from autopilot.adapters.security_hub import NoFindingsHub, SecurityHub
from autopilot.compliance.asff import to_asff
from autopilot.domain.profile import Profile
from autopilot.environment import Environment
from autopilot.ports import AccountReader, FindingsHub, ReportShelf
from autopilot.reports.compliance_forms import FORMS

#: Service and region → a client.
Client: TypeAlias = Callable[[str, str], Any]


class ComplianceWiring:
    """A `ComplianceDesk`, each part built when it is first asked for."""

    def __init__(self, place: Environment, client: Client, profile: Callable[[], Profile]) -> None:
        """Build nothing yet."""
        self._place, self._client, self._profile = place, client, profile

    @cached_property
    def account(self) -> AccountReader:
        """The account that the function is deployed in."""
        number = self._place.runbook_arn_prefix.split(":")[4]
        return AwsAccount(account=number, client=self._client, profile=self._profile())

    @cached_property
    def shelf(self) -> ReportShelf:
        """The region's trail bucket, where nothing is overwritten."""
        return S3Shelf(self._client("s3", self._place.region), self._place.trail_bucket, FORMS)

    @cached_property
    def findings_hub(self) -> FindingsHub:
        """Security Hub of this region, where the stack says so."""
        if os.environ.get("SECURITY_HUB") != "true":
            return NoFindingsHub()
        region = self._place.region
        hub = self._client("securityhub", region)
        return SecurityHub(hub, lambda assessment: to_asff(assessment, region))
