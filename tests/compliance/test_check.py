"""How findings come of observations: unknowns, exceptions, limits, scores, changes."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import yaml

from autopilot.compliance.__main__ import written
from autopilot.compliance.check import CONTROLS, EVIDENCE_MAX, assess, chosen
from autopilot.compliance.tables import COPY_HOURS_MAX
from autopilot.domain.assessment import Assessment, Change, Day, Finding, Level, Verdict, changes
from autopilot.domain.compliance_section import AcceptedRisk
from autopilot.domain.evidence.records import Records, RestoreTried, TrailState
from autopilot.domain.known import Known, Unread
from autopilot.domain.profile import Profile
from autopilot.errors import BadInput
from autopilot_lab.drill.project import ROOT
from tests.compliance.breaks import DAY_MS, with_compliance
from tests.compliance.conftest import NOW_MS
from tests.compliance.evidences import PROFILE, evidence, table

HOME = "eu-central-1"


def finding(assessment: Assessment, control: str) -> Finding:
    """The finding of one control."""
    return next(one for one in assessment.findings if one.id == control)


def accepting(expires: str, subject: str = "arn:aws:dynamodb:*:table/scratch-*") -> Profile:
    """The reference profile with one accepted risk."""
    risk = AcceptedRisk(
        control="tables-protected",
        subject=subject,
        owner="platform team",
        reason="rebuilt each night",
        expires=dt.date.fromisoformat(expires),
    )
    return with_compliance(PROFILE, {"exceptions": (risk,)})


def test_what_could_not_be_read_is_unknown_with_the_reason() -> None:
    """One value of one table: the rest of what is known of it is judged."""
    unread = table(recoverable=Unread("DescribeContinuousBackups answered AccessDenied"))
    assessment = assess(evidence(tables={HOME: Known((unread,))}))

    found = finding(assessment, "tables-recoverable")
    assert found.verdict is Verdict.UNKNOWN
    assert "DescribeContinuousBackups answered AccessDenied" in found.said
    assert finding(assessment, "tables-protected").verdict is Verdict.PASS


def test_a_region_that_does_not_answer_hides_nothing_of_the_others() -> None:
    """A failing table of home is found though standby could not be listed."""
    tables = {
        HOME: Known((table(protected=False),)),
        "eu-west-1": Unread("no answer (ConnectTimeoutError)"),
    }
    found = finding(assess(evidence(tables=tables)), "tables-protected")

    assert found.verdict is Verdict.FAIL
    assert [one.verdict for one in found.evidence] == [Verdict.FAIL, Verdict.UNKNOWN]


def test_unread_tags_leave_open_what_depends_on_them() -> None:
    """Whether a table holds personal data is not guessed."""
    assessment = assess(evidence(tables={HOME: Known((table(tags=Unread("denied")),))}))

    for control in ("tables-keyed", "tables-recoverable", "erased-is-gone", "stores-described"):
        assert finding(assessment, control).verdict is Verdict.UNKNOWN, control


def test_an_unread_ledger_leaves_its_controls_open() -> None:
    """The account's controls are judged all the same."""
    assessment = assess(evidence(records=Unread("the ledger did not answer")))

    unknown = {one.id for one in assessment.findings if one.verdict is Verdict.UNKNOWN}
    assert unknown >= {"journal-exported", "breaches-attended", "trail-verified"}
    assert finding(assessment, "account-private").verdict is Verdict.PASS


def test_what_is_about_nothing_here_is_not_applicable() -> None:
    """And counts neither for nor against."""
    assessment = assess(evidence())

    assert finding(assessment, "tables-protected").verdict is Verdict.NOT_APPLICABLE
    assert assessment.score == 100


@pytest.mark.parametrize(
    "name, restored_from",
    [("ledger-copy-1", ""), ("ledger-copy-1", "other"), ("ledger-again", "ledger")],
)
def test_only_what_a_restore_made_under_a_copys_name_is_a_copy(
    name: str, restored_from: str
) -> None:
    """A table that is named like one, or restored under another name, stays for good."""
    made = table(name, restored_from=restored_from, recoverable=Known(value=False))
    assessment = assess(evidence(tables={HOME: Known((made,))}))

    assert finding(assessment, "tables-recoverable").verdict is Verdict.FAIL
    assert finding(assessment, "copies-removed").verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("minutes, verdict", [(480, Verdict.PASS), (481, Verdict.FAIL)])
def test_a_copy_may_be_there_as_long_as_a_restore_may_run(minutes: int, verdict: Verdict) -> None:
    """Afterwards it costs money and holds what nobody deletes: one finding, and no other."""
    made_ms = NOW_MS - minutes * 60_000
    copy = table("ledger-copy-1", restored_from="ledger", made_ms=made_ms, protected=False)
    assessment = assess(evidence(tables={HOME: Known((copy,))}))

    assert finding(assessment, "copies-removed").verdict is verdict
    assert finding(assessment, "tables-protected").verdict is Verdict.NOT_APPLICABLE


def test_the_machine_of_a_restore_has_ended_before_its_copy_is_held_against_anybody() -> None:
    """The control's limit is the machine's own time-out."""
    machine = yaml.safe_load((ROOT / "statemachines/ledger_restore.asl.yaml").read_text("utf-8"))

    assert machine["TimeoutSeconds"] == COPY_HOURS_MAX * 3_600


def test_an_exception_takes_its_subject_out_until_its_day() -> None:
    """Owner, reason and end stand in the evidence; it counts as no pass."""
    tables = {HOME: Known((table("scratch-1", protected=False),))}
    found = finding(assess(evidence(accepting("2026-09-22"), tables=tables)), "tables-protected")

    assert found.verdict is Verdict.NOT_APPLICABLE
    (seen,) = found.evidence
    assert "accepted by platform team until 2026-09-22: rebuilt each night" in seen.said


def test_an_exception_leaves_other_subjects_in() -> None:
    """The ledger is not scratch."""
    tables = {HOME: Known((table("scratch-1", protected=False), table(protected=False)))}
    found = finding(assess(evidence(accepting("2026-09-22"), tables=tables)), "tables-protected")

    assert found.verdict is Verdict.FAIL
    assert found.evidence[0].subject.endswith("table/ledger")


def test_an_expired_exception_fails_its_control() -> None:
    """From its day on, whether or not there is still something that it is about."""
    found = finding(assess(evidence(accepting("2026-09-21"))), "tables-protected")

    assert found.verdict is Verdict.FAIL
    assert "the exception of platform team ended on 2026-09-21" in found.said


def test_an_exception_for_no_control_is_refused() -> None:
    """A typing error would accept nothing, and nobody would know."""
    with pytest.raises(BadInput, match="the check"):
        chosen(["tables-protcted"])


def test_a_finding_shows_the_worst_and_says_of_how_many() -> None:
    """A state of Step Functions holds 256 KiB."""
    many = (*(table(f"t{n:03d}") for n in range(200)), table("last", protected=False))
    found = finding(assess(evidence(tables={HOME: Known(many)})), "tables-protected")

    assert len(found.evidence) == EVIDENCE_MAX
    assert found.evidence[0].subject.endswith("table/last")
    assert found.subjects == 201


def test_a_large_account_fits_into_a_state() -> None:
    """Every kind of thing two hundred times over: the findings stay far below 256 KiB."""
    many = tuple(table(f"{'t' * 200}{n:03d}", protected=False) for n in range(200))
    text = json.dumps(assess(evidence(tables={HOME: Known(many)})).to_dict())
    widest = max(len(json.dumps(one)) for one in json.loads(text)["findings"])

    assert widest * len(CONTROLS) < 256 * 1024


@pytest.mark.parametrize(
    "trail, said",
    [
        (TrailState(HOME, None, whole=True), "never verified"),
        (TrailState(HOME, 1_789_999_000_000, whole=False), "found damage"),
    ],
)
def test_a_trail_that_was_never_verified_or_is_damaged_fails(trail: TrailState, said: str) -> None:
    """Damage is never too young to tell."""
    found = finding(assess(evidence(records=Known(Records(trails=(trail,))))), "trail-verified")

    assert found.verdict is Verdict.FAIL
    assert said in found.said


def test_the_score_is_that_of_the_applicable_controls() -> None:
    """100 x passed / (passed + failed + unknown), rounded down."""
    assessment = assess(evidence(tables={HOME: Known((table(protected=False),))}))
    counts = assessment.counts
    applicable = sum(counts.values()) - counts[Verdict.NOT_APPLICABLE]

    assert assessment.score == 100 * counts[Verdict.PASS] // applicable < 100


def test_an_assessment_survives_json() -> None:
    """What the machine carries from state to state is the same assessment."""
    assessment = assess(evidence(tables={HOME: Known((table(protected=False),))}))

    assert Assessment.of(json.loads(json.dumps(assessment.to_dict()))) == assessment


def test_failing_is_by_weight() -> None:
    """--fail-on high leaves out what weighs less; what is unknown counts as failing."""
    assessment = assess(
        evidence(tables={HOME: Known((table(protected=False, recoverable=Unread("denied")),))})
    )

    assert [one.id for one in assessment.failing(Level.HIGH)] == ["tables-recoverable"]
    assert {one.id for one in assessment.failing(Level.MEDIUM)} > {"tables-protected"}


def test_changes_are_told_for_the_worse_first() -> None:
    """What fails now, then what is mended, new or gone."""
    before = Day("2026-09-20", 90, {"b": Verdict.FAIL, "c": Verdict.PASS, "gone": Verdict.PASS})
    after = Day("2026-09-21", 90, {"a": Verdict.UNKNOWN, "b": Verdict.PASS, "c": Verdict.FAIL})

    assert changes(before, after) == (
        Change("a", None, Verdict.UNKNOWN),
        Change("c", Verdict.PASS, Verdict.FAIL),
        Change("b", Verdict.FAIL, Verdict.PASS),
        Change("gone", Verdict.PASS, None),
    )
    assert changes(None, after) == ()


def test_every_control_has_what_a_reader_needs() -> None:
    """Id, title, article, remedy; at least thirty; every article that was asked for."""
    articles = {one.article.partition("(")[0] for one in CONTROLS}

    assert len({one.id for one in CONTROLS}) == len(CONTROLS) >= 30
    assert articles >= {"5", "17", "25", "30", "32", "33", "34", "44"}
    assert all(one.title and one.remedy for one in CONTROLS)


def test_the_page_has_the_table_of_controls() -> None:
    """docs/compliance.md is written by `make generate`."""
    page = (ROOT / "docs" / "compliance.md").read_text(encoding="utf-8")

    assert written(page) == page
    assert f"by {len(CONTROLS)} controls" in page


@pytest.mark.parametrize(
    "restore, verdict",
    [
        (None, Verdict.NOT_APPLICABLE),
        (RestoreTried(NOW_MS - 92 * DAY_MS, is_tried=True, is_sound=True), Verdict.PASS),
        (RestoreTried(NOW_MS - 93 * DAY_MS, is_tried=True, is_sound=True), Verdict.FAIL),
        (RestoreTried(NOW_MS, is_tried=True, is_sound=False), Verdict.FAIL),
        (RestoreTried(NOW_MS - 92 * DAY_MS, is_tried=False, is_sound=False), Verdict.PASS),
        (RestoreTried(NOW_MS - 93 * DAY_MS, is_tried=False, is_sound=False), Verdict.FAIL),
    ],
    ids=["not-asked-for", "in-time", "too-long-ago", "unsound", "due", "overdue"],
)
def test_a_restore_has_to_be_tried_and_sound(
    restore: RestoreTried | None, verdict: Verdict
) -> None:
    """Within the profile's days; the first rehearsal is what asks for the first one."""
    found = finding(assess(evidence(records=Known(Records(restore=restore)))), "restore-tried")
    assert found.verdict is verdict
