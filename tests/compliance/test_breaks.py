"""Our own stacks hold; whatever somebody changes is found by one control, and by no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import pytest

from autopilot.compliance.check import CONTROLS
from autopilot.domain.assessment import Assessment, Level, Verdict
from autopilot_lab.drill.installation import Installation
from tests.compliance import breaks, breaks_elsewhere, breaks_in_records
from tests.compliance.breaks import Break, Seen

#: Control → the change that it finds.
BREAKS: Final[Mapping[str, Break]] = {
    "buckets-private": breaks.unblocked_bucket,
    "account-private": breaks.unblocked_account,
    "buckets-unshared": breaks.shared_bucket,
    "buckets-tls": breaks.bucket_over_http,
    "buckets-versioned": breaks.unversioned_bucket,
    "buckets-keyed": breaks.plain_bucket,
    "trails-locked": breaks.unlocked_trail,
    "personal-data-expires": breaks.kept_for_ever,
    "buckets-resident": breaks.bucket_abroad,
    "copies-resident": breaks.copied_abroad,
    "checkers-only": breaks.half_open_flag,
    "tables-recoverable": breaks.unrecoverable_table,
    "copies-removed": breaks.forgotten_copy,
    "tables-protected": breaks.unprotected_table,
    "tables-keyed": breaks.plain_table,
    "tables-resident": breaks.replica_abroad,
    "erased-is-gone": breaks.restorable_erasures,
    "stores-described": breaks.untold_table,
    "keys-rotate": breaks.unrotated_key,
    "keys-kept": breaks.doomed_key,
    "keys-usable": breaks.disabled_key,
    "keys-unshared": breaks.shared_key,
    "backups-locked": breaks.unlocked_backups,
    "functions-private": breaks_elsewhere.public_function,
    "urls-signed": breaks_elsewhere.unsigned_url,
    "runtimes-patched": breaks_elsewhere.ended_runtime,
    "failures-kept": breaks_elsewhere.lost_failures,
    "runs-logged": breaks_elsewhere.unlogged_machine,
    "runs-logged-bare": breaks_elsewhere.talkative_machine,
    "schedules-on": breaks_elsewhere.stopped_schedule,
    "alarms-act": breaks_elsewhere.muted_alarm,
    "topics-encrypted": breaks_elsewhere.plain_topic,
    "queues-encrypted": breaks_elsewhere.plain_queue,
    "messages-unshared": breaks_elsewhere.open_queue,
    "messages-tls": breaks_elsewhere.topic_over_http,
    "roles-limited": breaks_elsewhere.administrator,
    "roles-bound": breaks_elsewhere.unbound_role,
    "roles-own": breaks_elsewhere.lent_role,
    "users-two-factors": breaks_elsewhere.password_alone,
    "access-keys-young": breaks_elsewhere.old_key,
    "root-without-keys": breaks_elsewhere.keys_of_root,
    "root-two-factors": breaks_elsewhere.password_of_root_alone,
    "activity-recorded": breaks_elsewhere.stopped_activity_log,
    "activity-validated": breaks_elsewhere.unvalidated_activity_log,
    "activity-keyed": breaks_elsewhere.plain_activity_log,
    "logs-expire": breaks_elsewhere.endless_log,
    "logs-suffice": breaks_elsewhere.short_log,
    "models-resident": breaks.answers_from_abroad,
    "model-logging-decided": breaks_elsewhere.logged_prompts,
    "guardrails-ready": breaks.missing_guardrail,
    "journal-exported": breaks_in_records.stuck_journal,
    "trail-verified": breaks_in_records.unverified_trail,
    "trail-sealed": breaks_in_records.stuck_inbox,
    "trail-archived": breaks_in_records.unarchived_trail,
    "limits-kept": breaks_in_records.overdue_trail,
    "restore-tried": breaks_in_records.restore_long_ago,
    "erasures-concluded": breaks_in_records.stuck_erasure,
    "requests-in-time": breaks_in_records.forgotten_request,
    "breaches-attended": breaks_in_records.unattended_breach,
    "breach-contacts": breaks.without_contacts,
    "persons-can-be-told": breaks.without_notice,
}


def broken(assessment: Assessment) -> dict[str, Verdict]:
    """The controls that do not hold."""
    return {one.id: one.verdict for one in assessment.failing(Level.LOW)}


def test_every_control_has_a_change_that_it_finds() -> None:
    """A control that nothing breaks shows nothing."""
    assert BREAKS.keys() == {one.id for one in CONTROLS}


def test_our_own_stacks_hold(check: Callable[..., Assessment]) -> None:
    """At least thirty controls, none failing, none unknown."""
    assessment = check()

    assert broken(assessment) == {}
    assert assessment.counts[Verdict.PASS] >= 30
    assert assessment.score == assessment.security_score == 100


@pytest.mark.parametrize("control", BREAKS)
def test_a_change_is_found_by_its_control_and_by_no_other(
    world: Installation, check: Callable[..., Assessment], control: str
) -> None:
    """One that is not taken back would show in the next one."""
    with BREAKS[control](world) as otherwise:
        seen = otherwise or Seen()
        found = broken(check(seen.profile, seen.now_ms))

    assert found == {control: Verdict.FAIL}


def test_the_copy_of_a_running_restore_is_expected_and_named(
    world: Installation, check: Callable[..., Assessment]
) -> None:
    """It has neither recovery nor protection nor tags, and is gone before anybody needs them."""
    with breaks.copied_ledger(world):
        assessment = check()

    assert broken(assessment) == {}
    (found,) = (one for one in assessment.findings if one.id == "copies-removed")
    assert found.verdict is Verdict.PASS
    assert "a copy of hybrid-routing-ledger, made 0 min ago by a restore" in found.said


def test_everything_holds_again(check: Callable[..., Assessment]) -> None:
    """After all the changes, in whatever order: each was taken back whole."""
    assert broken(check()) == {}
