"""Controls over roles, users, and the record of who did what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from autopilot.compliance.control import Control, Judgement, each, holds, judged, once, unread
from autopilot.domain.assessment import Level, Observation, Verdict
from autopilot.domain.evidence.evidence import ByRegion, Evidence
from autopilot.domain.evidence.people import ActivityLog, Role, User
from autopilot.domain.evidence.running import LogGroup
from autopilot.domain.known import Known, Unread

_DAY_MS: Final = 86_400_000


def _roles(evidence: Evidence) -> ByRegion[Role]:
    return evidence.account.roles


def _users(evidence: Evidence) -> ByRegion[User]:
    return evidence.account.users


def _trails(evidence: Evidence) -> ByRegion[ActivityLog]:
    return evidence.account.activity_logs


def _not_administrator(role: Role, _: Evidence) -> Judgement:
    everything = role.administers or any(one.is_everything for one in role.rights)
    return holds(not everything, "bounded rights", "may do everything to everything")


def _bound(role: Role, _: Evidence) -> Judgement | None:
    if not any(one.principals.get("Service") for one in role.trust):
        return None
    lax = sorted({name for one in role.trust for name in one.unbound_services})
    no = f"{', '.join(lax)} may assume it for anybody's resource"
    return holds(not lax, "services assume it for this account only", no)


def _own(role: Role, evidence: Evidence) -> Judgement:
    foreign = {name for one in role.trust for name in one.foreign_accounts(evidence.account.id)}
    found = sorted(foreign | {"everybody" for one in role.trust if one.is_public})
    return holds(not found, "this account only", f"may be assumed by {', '.join(found)}")


def _second_factor(user: User, _: Evidence) -> Judgement | None:
    def judge(has_password: bool) -> Judgement | None:  # noqa: FBT001 - what was read
        if not has_password:
            return None
        yes, no = "has a second factor", "signs in with a password alone"
        return judged(user.has_second_factor, lambda has: holds(has, yes, no))

    return judged(user.has_password, judge)


def _young_keys(user: User, evidence: Evidence) -> Judgement | None:
    days_max = evidence.profile.compliance.access_key_days_max

    def judge(made: Sequence[int]) -> Judgement | None:
        if not made:
            return None
        days = (evidence.now_ms - min(made)) // _DAY_MS
        no = f"its oldest access key is {days} days old, at most {days_max}"
        return holds(days <= days_max, f"{days} days old at most", no)

    return judged(user.key_made_ms, judge)


def _root(evidence: Evidence) -> Judgement | None:
    yes, no = "the root user has no access keys", "the root user has access keys"
    return judged(evidence.account.root_has_keys, lambda has: holds(not has, yes, no))


def _root_guarded(evidence: Evidence) -> Judgement | None:
    yes, no = "has a second factor, or no password", "the root user signs in with a password alone"
    return judged(evidence.account.root_is_guarded, lambda is_so: holds(is_so, yes, no))


def _recorded(evidence: Evidence) -> Iterator[Observation]:
    """One trail that is on and sees every region is enough."""
    reads = evidence.account.activity_logs
    missing = [unread(place, one) for place, one in reads.items() if isinstance(one, Unread)]
    trails = [trail for one in reads.values() if isinstance(one, Known) for trail in one.value]
    found = [_recording(trail) for trail in trails if trail.everywhere]
    if any(one.verdict is Verdict.PASS for one in found):
        yield from (one for one in found if one.verdict is Verdict.PASS)
    elif missing or found:
        yield from [*missing, *found]
    else:
        said = f"none of {len(trails)} trails sees every region"
        yield Observation("cloudtrail", Verdict.FAIL, said)


def _recording(trail: ActivityLog) -> Observation:
    said = judged(trail.records, lambda on: holds(on, "records", "is switched off"))
    return Observation(trail.subject, said.verdict, said.said)


def _validated(trail: ActivityLog, _: Evidence) -> Judgement:
    return holds(trail.validates, "digests are written", "a changed log file would not show")


def _keyed(trail: ActivityLog, _: Evidence) -> Judgement:
    return holds(bool(trail.key), f"under {trail.key}", "not under a customer key")


def _expires(group: LogGroup, evidence: Evidence) -> Judgement:
    days_max = evidence.profile.compliance.log_days_max
    kept = f"kept for {group.days} days" if group.days else "kept for ever"
    return holds(0 < group.days <= days_max, kept, f"{kept}, at most {days_max} days")


def _suffices(group: LogGroup, evidence: Evidence) -> Judgement:
    days_min = evidence.profile.compliance.log_days_min
    enough = not group.days or group.days >= days_min
    no = f"gone after {group.days} days, expected {days_min}"
    return holds(enough, f"kept for {group.days or 'all'} days", no)


CONTROLS: Final = (
    Control(
        "roles-limited",
        "No role may do everything",
        "32(4)",
        Level.HIGH,
        "Replace the policy by one that names actions and resources.",
        each(_roles, _not_administrator),
        "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS",
        "IAM.1",
        (
            "iam_customer_attached_policy_no_administrative_privileges",
            "iam_inline_policy_no_administrative_privileges",
            "iam_aws_attached_policy_no_administrative_privileges",
        ),
    ),
    Control(
        "roles-bound",
        "Services assume roles for this account only",
        "32(1)(b)",
        Level.MEDIUM,
        "Add aws:SourceAccount, and aws:SourceArn where it is known, to the trust policy.",
        each(_roles, _bound),
        "",
        "",
        ("iam_role_cross_service_confused_deputy_prevention",),
    ),
    Control(
        "roles-own",
        "No other account assumes a role",
        "32(4)",
        Level.HIGH,
        "Take the foreign principal out of the trust policy.",
        each(_roles, _own),
    ),
    Control(
        "users-two-factors",
        "Users with a password have a second factor",
        "32(1)(b)",
        Level.HIGH,
        "Register a device for the user, or take the password away.",
        each(_users, _second_factor),
        "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
        "IAM.5",
        ("iam_user_mfa_enabled_console_access",),
    ),
    Control(
        "access-keys-young",
        "Access keys of users are changed",
        "32(1)(b)",
        Level.MEDIUM,
        "Make a new key, change over, delete the old one; better, use roles.",
        each(_users, _young_keys),
        "ACCESS_KEYS_ROTATED",
        "IAM.3",
        ("iam_rotate_access_key_90_days",),
    ),
    Control(
        "root-without-keys",
        "The root user has no access keys",
        "32(4)",
        Level.HIGH,
        "Sign in as root and delete its access keys.",
        once("root", _root),
        "IAM_ROOT_ACCESS_KEY_CHECK",
        "IAM.4",
        ("iam_no_root_access_key",),
    ),
    Control(
        "root-two-factors",
        "The root user has a second factor",
        "32(1)(b)",
        Level.HIGH,
        "Sign in as root and register a device; in an organisation, take the password away.",
        once("root", _root_guarded),
        "ROOT_ACCOUNT_MFA_ENABLED",
        "IAM.9",
        ("iam_root_mfa_enabled",),
    ),
    Control(
        "activity-recorded",
        "Calls in every region are recorded",
        "5(2)",
        Level.HIGH,
        "Start logging of the trail, or deploy the foundation with ActivityLog=true.",
        _recorded,
        "MULTI_REGION_CLOUD_TRAIL_ENABLED",
        "CloudTrail.1",
        ("cloudtrail_multi_region_enabled",),
    ),
    Control(
        "activity-validated",
        "A change of recorded calls would show",
        "5(2)",
        Level.MEDIUM,
        "Set EnableLogFileValidation of the trail.",
        each(_trails, _validated),
        "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
        "CloudTrail.4",
        ("cloudtrail_log_file_validation_enabled",),
    ),
    Control(
        "activity-keyed",
        "Recorded calls are under a customer key",
        "32(1)(a)",
        Level.MEDIUM,
        "Set KMSKeyId of the trail.",
        each(_trails, _keyed),
        "CLOUD_TRAIL_ENCRYPTION_ENABLED",
        "CloudTrail.2",
        ("cloudtrail_kms_encryption_enabled",),
    ),
    Control(
        "logs-expire",
        "Logs are not kept for ever",
        "5(1)(e)",
        Level.MEDIUM,
        "Set RetentionInDays of the log group.",
        each(lambda evidence: evidence.account.log_groups, _expires),
    ),
    Control(
        "logs-suffice",
        "Logs are kept long enough to answer",
        "5(2)",
        Level.MEDIUM,
        "Set RetentionInDays of the log group to log_days_min or more.",
        each(lambda evidence: evidence.account.log_groups, _suffices),
        "CW_LOGGROUP_RETENTION_PERIOD_CHECK",
        "CloudWatch.16",
        ("cloudwatch_log_group_retention_policy_specific_days_enabled",),
    ),
)
