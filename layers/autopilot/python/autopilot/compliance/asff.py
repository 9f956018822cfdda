"""Findings as AWS Security Hub imports them: the AWS Security Finding Format. Pure.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from autopilot.domain.assessment import Assessment, Finding, Level, Verdict

_BAD: Final = (Verdict.FAIL, Verdict.UNKNOWN)
_RESOURCES_MAX: Final = 32
_TITLE_MAX, _DESCRIPTION_MAX, _REMEDY_MAX = 256, 1_024, 512
_STATUSES: Final[Mapping[Verdict, str]] = {
    Verdict.PASS: "PASSED",
    Verdict.FAIL: "FAILED",
    Verdict.UNKNOWN: "WARNING",
    Verdict.NOT_APPLICABLE: "NOT_AVAILABLE",
}
_SEVERITIES: Final[Mapping[Level, str]] = {
    Level.HIGH: "HIGH",
    Level.MEDIUM: "MEDIUM",
    Level.LOW: "LOW",
}


def to_asff(
    assessment: Assessment, region: str, partition: str = "aws"
) -> Iterator[dict[str, Any]]:
    """One finding for each control; the same id each day, so that Security Hub updates it."""
    product = (
        f"arn:{partition}:securityhub:{region}:{assessment.account}"
        f":product/{assessment.account}/default"
    )
    at = datetime.fromtimestamp(assessment.observed_ms / 1000, tz=UTC)
    instant = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for finding in assessment.findings:
        yield {
            "SchemaVersion": "2018-10-08",
            "Id": f"{assessment.service}/{finding.id}",
            "ProductArn": product,
            "GeneratorId": f"runbook-autopilot/{finding.id}",
            "AwsAccountId": assessment.account,
            "CreatedAt": instant,
            "UpdatedAt": instant,
            **_told(finding),
            "Resources": [*_resources(finding, assessment.account)],
        }


def _told(finding: Finding) -> dict[str, Any]:
    severity = _SEVERITIES[finding.level] if finding.verdict in _BAD else "INFORMATIONAL"
    types = ["Software and Configuration Checks/Industry and Regulatory Standards/GDPR"]
    return {
        "Types": types,
        "Severity": {"Label": severity},
        "Title": f"GDPR Art. {finding.article}: {finding.title}"[:_TITLE_MAX],
        "Description": finding.said[:_DESCRIPTION_MAX],
        "Remediation": {"Recommendation": {"Text": finding.remedy[:_REMEDY_MAX]}},
        "Compliance": {
            "Status": _STATUSES[finding.verdict],
            "RelatedRequirements": [f"GDPR Art. {finding.article}"],
        },
        "RecordState": "ACTIVE",
    }


def _resources(finding: Finding, account: str) -> Iterator[dict[str, Any]]:
    """The subjects that do not hold; the account where all do, since one is needed."""
    bad = [one.subject for one in finding.evidence if one.verdict in _BAD]
    if not bad:
        yield {"Type": "AwsAccount", "Id": f"AWS::::Account:{account}"}
    yield from ({"Type": "Other", "Id": subject} for subject in bad[:_RESOURCES_MAX])
