"""The comparison with an independent scanner: what agrees, what differs, what must be explained."""

from __future__ import annotations

import tomllib

import pytest

from autopilot.compliance.check import CONTROLS
from autopilot_lab.drill.project import ROOT
from bench.prowler.__main__ import DIFFERENCES, explanations
from bench.prowler.agreement import Answers, Explanation, Finding, agreement
from bench.prowler.page import BEGIN, faults, page, written

BUCKET = "arn:aws:s3:::one"
OTHER = "arn:aws:s3:::other"
CHECK = "s3_bucket_object_lock"


def found(verdict: str, resource: str = BUCKET) -> Finding:
    """What Prowler says."""
    return Finding(CHECK, resource, "eu-central-1", verdict)


def says(**verdicts: str) -> dict[str, Answers]:
    """What our control says."""
    return {CHECK: Answers("trails-locked", verdicts)}


def reason(theirs: str, ours: str) -> Explanation:
    """Why they may differ."""
    return Explanation("s3_*", "arn:aws:s3:::*", theirs, ours, "it is meant so")


@pytest.mark.parametrize(
    "theirs, ours, agree",
    [
        ("pass", {BUCKET: "pass"}, True),
        ("fail", {BUCKET: "fail"}, True),
        ("pass", {OTHER: "pass"}, True),
        ("pass", {"eu-central-1": "pass"}, True),
        ("pass", {"root": "pass"}, True),
        ("fail", {BUCKET: "pass"}, False),
        ("pass", {BUCKET: "fail"}, False),
        ("pass", {BUCKET: "unknown"}, False),
        ("fail", {OTHER: "pass"}, False),
        ("fail", {}, False),
        ("pass", {BUCKET: "pass", OTHER: "fail"}, False),
        ("fail", {"root": "pass"}, False),
    ],
)
def test_verdicts_are_compared_for_each_resource(
    theirs: str, ours: dict[str, str], *, agree: bool
) -> None:
    """A resource that we do not look at is a difference when Prowler fails it."""
    assert agreement([found(theirs)], says(**ours), []).holds is agree


def test_a_check_of_ours_that_prowler_does_not_carry_out_is_a_difference() -> None:
    """Or a scan that broke would look like agreement."""
    result = agreement([], says(root="pass"), [])
    assert [(one.theirs, one.ours) for one in result.unexplained] == [("-", "pass")]


def test_an_explanation_covers_exactly_what_it_names() -> None:
    """Another verdict on the same resource is unexplained again."""
    meant = [reason("fail", "-")]
    assert agreement([found("fail")], says(), meant).holds
    result = agreement([found("fail")], says(**{BUCKET: "pass"}), meant)
    assert len(list(faults(result))) == 2


def test_an_explanation_without_its_difference_is_stale() -> None:
    """What was repaired is not excused any longer."""
    result = agreement([found("pass")], says(), [reason("fail", "-")])
    assert ["explains nothing any more" in one for one in faults(result)] == [True]


def test_the_page_says_who_differs_and_why() -> None:
    """The table points to the reason; written twice it stands once."""
    text = page(agreement([found("fail")], says(), [reason("fail", "-")]), ["rds_one"])
    assert f"| `{CHECK}` | fail | `trails-locked` |  | differ: 1 |" in text
    assert "1. `s3_bucket_object_lock` of `arn:aws:s3:::*`: it is meant so" in text
    once = written(f"before\n{BEGIN}<!-- end prowler -->\nafter\n", text)
    assert written(once, text) == once


def test_every_explanation_stands_in_the_document() -> None:
    """docs/compliance.md is of the last comparison, with the reasons as they are now."""
    document = (ROOT / "docs/compliance.md").read_text("utf-8")
    missing = [
        one.because
        for one in explanations(DIFFERENCES.read_text("utf-8"))
        if one.because not in document
    ]
    assert not missing, "run: make prowler"


def test_every_check_that_a_control_names_is_in_the_document() -> None:
    """So a control that is added is compared."""
    document = (ROOT / "docs/compliance.md").read_text("utf-8").partition(BEGIN)[2]
    named = {check for control in CONTROLS for check in control.prowler}
    assert {one for one in named if f"`{one}`" not in document} == set()


def test_an_explanation_says_everything() -> None:
    """No field of it is left empty."""
    listed = tomllib.loads(DIFFERENCES.read_text("utf-8"))["difference"]
    assert all(value for one in listed for value in one.values())
