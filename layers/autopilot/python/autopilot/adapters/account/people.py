"""Reads IAM, which is the same in every region, and CloudTrail of one region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from autopilot.adapters.account.asking import ask, listed
from autopilot.domain.evidence.people import ActivityLog, Role, User
from autopilot.domain.known import Found
from autopilot.domain.policy_document import Statement, statements_of

#: Roles below this path are made and changed by AWS services only.
_OF_AWS: Final = "/aws-service-role/"
_ADMINISTRATOR: Final = "policy/AdministratorAccess"
_FILTER: Final = ["Role", "LocalManagedPolicy"]


def read_roles(iam: Any) -> Found[tuple[Role, ...]]:
    """The roles of the account, with what their policies say: one listing has it all."""

    def call() -> tuple[Role, ...]:
        operation = "get_account_authorization_details"
        pages = list(iam.get_paginator(operation).paginate(Filter=_FILTER))
        managed = {
            str(one["Arn"]): _default_version(one) for page in pages for one in page["Policies"]
        }
        roles = (one for page in pages for one in page["RoleDetailList"])
        return tuple(_role(one, managed) for one in roles if not one["Path"].startswith(_OF_AWS))

    return ask(call)


def _default_version(policy: Mapping[str, Any]) -> tuple[Statement, ...]:
    documents = (one["Document"] for one in policy["PolicyVersionList"] if one["IsDefaultVersion"])
    return tuple(statement for one in documents for statement in statements_of(one))


def _role(found: Mapping[str, Any], managed: Mapping[str, Iterable[Statement]]) -> Role:
    own = (statements_of(one["PolicyDocument"]) for one in found["RolePolicyList"])
    attached = [str(one["PolicyArn"]) for one in found["AttachedManagedPolicies"]]
    rights = [*(one for each in own for one in each)]
    rights += [one for arn in attached for one in managed.get(arn, ())]
    return Role(
        arn=str(found["Arn"]),
        trust=statements_of(found["AssumeRolePolicyDocument"]),
        rights=tuple(rights),
        administers=any(arn.endswith(_ADMINISTRATOR) for arn in attached),
    )


def read_users(iam: Any) -> Found[tuple[User, ...]]:
    """The users of the account."""
    return ask(lambda: tuple(_user(iam, one) for one in listed(iam, "list_users", "Users")))


def _user(iam: Any, found: Mapping[str, Any]) -> User:
    name = str(found["UserName"])
    return User(
        arn=str(found["Arn"]),
        has_password=ask(
            lambda: bool(iam.get_login_profile(UserName=name)), {"NoSuchEntity": False}
        ),
        has_second_factor=ask(
            lambda: any(listed(iam, "list_mfa_devices", "MFADevices", UserName=name))
        ),
        key_made_ms=ask(
            lambda: tuple(
                int(one["CreateDate"].timestamp() * 1000)
                for one in listed(iam, "list_access_keys", "AccessKeyMetadata", UserName=name)
                if one["Status"] == "Active"
            )
        ),
    )


def root_has_keys(iam: Any) -> Found[bool]:
    """Whether the root user has access keys."""
    return ask(lambda: bool(iam.get_account_summary()["SummaryMap"]["AccountAccessKeysPresent"]))


def root_is_guarded(iam: Any) -> Found[bool]:
    """Whether the root user has a second factor, or no password to sign in with.

    Accounts that an organisation made, or whose root it manages, have none (IAM user guide,
    "Centrally manage root access for member accounts").
    """

    def call() -> bool:
        summary = iam.get_account_summary()["SummaryMap"]
        return bool(summary["AccountMFAEnabled"]) or not summary.get("AccountPasswordPresent", 1)

    return ask(call)


def read_activity_logs(cloudtrail: Any) -> Found[tuple[ActivityLog, ...]]:
    """The trails whose home is this region."""

    def call() -> tuple[ActivityLog, ...]:
        found = cloudtrail.describe_trails(includeShadowTrails=False)["trailList"]
        return tuple(_activity_log(cloudtrail, one) for one in found)

    return ask(call)


def _activity_log(cloudtrail: Any, found: Mapping[str, Any]) -> ActivityLog:
    arn = str(found["TrailARN"])
    wide = ("IsMultiRegionTrail", "IncludeGlobalServiceEvents")
    return ActivityLog(
        arn=arn,
        records=ask(lambda: bool(cloudtrail.get_trail_status(Name=arn)["IsLogging"])),
        everywhere=all(found.get(name, False) for name in wide),
        validates=bool(found.get("LogFileValidationEnabled", False)),
        key=str(found.get("KmsKeyId", "")),
        bucket=str(found.get("S3BucketName", "")),
    )
