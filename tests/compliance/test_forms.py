"""What people, spreadsheets, machines and Security Hub get of a check."""

from __future__ import annotations

import csv
import io
import json

import boto3
from botocore.validate import ParamValidator

from autopilot.compliance.asff import to_asff
from autopilot.compliance.check import assess
from autopilot.domain.assessment import Assessment, Day, Verdict
from autopilot.domain.known import Known, Unread
from autopilot.reports.compliance_forms import to_csv, to_html, to_json
from autopilot.reports.compliance_page import headline
from tests.compliance.evidences import evidence, table

HOME = "eu-central-1"


def checked() -> Assessment:
    """Something fails, something is unknown, something holds."""
    return assess(
        evidence(
            tables={HOME: Known((table(protected=False), table("<b>&amp;", protected=False)))},
            topics={HOME: Unread("ListTopics answered AccessDenied")},
        )
    )


def yesterday(assessment: Assessment) -> Day:
    """The day before, when the tables still held."""
    verdicts = {**assessment.summary.verdicts, "tables-protected": Verdict.PASS}
    return Day("2026-09-20", 97, verdicts)


def test_json_has_findings_with_evidence_and_remedy() -> None:
    """And what changed, and the trend."""
    assessment = checked()
    data = json.loads(to_json(assessment, (yesterday(assessment),)))

    for one in data["findings"]:
        assert one.keys() >= {"id", "article", "verdict", "evidence", "remedy"}
    assert data["changes"] == [{"id": "tables-protected", "before": "pass", "after": "fail"}]
    assert [one["score"] for one in data["trend"]] == [97, assessment.score]


def test_csv_has_a_row_for_each_observation() -> None:
    """And one for a control that is about nothing here."""
    assessment = checked()
    rows = list(csv.DictReader(io.StringIO(to_csv(assessment, ()))))

    assert {row["control"] for row in rows} == {one.id for one in assessment.findings}
    failing = [row for row in rows if row["control"] == "tables-protected"]
    assert [row["subject_verdict"] for row in failing] == ["fail", "fail"]


def test_a_cell_is_no_formula() -> None:
    """A bucket's tag that somebody wrote for a spreadsheet stays text."""
    tagged = table(tags=Known({"data": "=cmd|' /C calc'!A0"}))
    text = to_csv(assess(evidence(tables={HOME: Known((tagged,))})), ())

    assert not [cell for row in csv.reader(io.StringIO(text)) for cell in row if cell[:1] == "="]


def test_the_page_tells_what_changed_before_anything_else() -> None:
    """Then what does not hold, then all of it; and nothing of it is markup."""
    assessment = checked()
    page = to_html(assessment, (yesterday(assessment),))

    assert headline(assessment) in page
    assert page.index("Since 2026-09-20") < page.index("What does not hold")
    assert page.index("What does not hold") < page.index("All controls, by article")
    assert "&lt;b&gt;&amp;amp;" in page
    assert "<b>&amp;" not in page


def test_the_first_page_says_that_it_is_the_first() -> None:
    """There is nothing to compare with, and no trend."""
    page = to_html(checked(), ())

    assert "This is the first check" in page
    assert "Score by day" not in page


def test_the_headline_of_a_good_day() -> None:
    """Short."""
    assert headline(assess(evidence())).startswith("All ")


def test_findings_are_what_security_hub_takes() -> None:
    """By the API model: names, types and bounds; one for each control, the same id each day."""
    client = boto3.client("securityhub", region_name=HOME)
    findings = list(to_asff(checked(), HOME))
    shape = client.meta.service_model.operation_model("BatchImportFindings").input_shape

    for start in range(0, len(findings), 100):
        batch = {"Findings": findings[start : start + 100]}
        assert ParamValidator().validate(batch, shape).generate_report() == ""
    by_id = {one["Id"]: one for one in findings}
    assert len(by_id) == len(findings)
    failed = by_id["hybrid-routing/tables-protected"]
    assert failed["Compliance"]["Status"] == "FAILED"
    assert failed["Severity"]["Label"] == "MEDIUM"
    assert len(failed["Resources"]) == 2
    assert by_id["hybrid-routing/topics-encrypted"]["Compliance"]["Status"] == "WARNING"
    assert by_id["hybrid-routing/account-private"]["Resources"][0]["Type"] == "AwsAccount"
