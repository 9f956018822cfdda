"""The evaluation logic, case by case, and its one law: a Deny never allows more."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopilot_lab.emulator.access.conditions import PolicyProblem
from autopilot_lab.emulator.access.documents import parse_document
from autopilot_lab.emulator.access.evaluation import (
    Policies,
    Principal,
    Reason,
    Request,
    decide,
)

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
BUCKET = "arn:aws:s3:::logs"
OBJECT = "arn:aws:s3:::logs/a/b.json"


def statement(effect: str, action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement of a policy."""
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def asking(action: str, resource: str, name: str = ROLE) -> Request:
    """A request without context."""
    return Request(Principal(name, ACCOUNT), action, resource, {})


def policies(
    *identity: dict[str, Any],
    resource: list[dict[str, Any]] | None = None,
    boundary: list[dict[str, Any]] | None = None,
    key: bool = False,
) -> Policies:
    """What applies, from statements."""
    return Policies(
        identity=parse_document("own", {"Statement": list(identity)}),
        resource=None if resource is None else parse_document("there", {"Statement": resource}),
        boundary=None if boundary is None else parse_document("limit", {"Statement": boundary}),
        resource_must_allow=key,
    )


READ = statement("Allow", "s3:GetObject", f"{BUCKET}/*")
TO_ROLE = statement("Allow", "s3:*", f"{BUCKET}/*", Principal={"AWS": ROLE})
TO_ACCOUNT = statement("Allow", "s3:*", f"{BUCKET}/*", Principal=ROOT)

#: What the case shows, what applies, the decision on s3:GetObject of the object.
CASES = [
    ("nothing allows", policies(), Reason.NO_IDENTITY_ALLOW),
    ("the role's own policy allows", policies(READ), Reason.ALLOWED),
    ("the bucket's policy alone allows", policies(resource=[TO_ROLE]), Reason.ALLOWED),
    ("naming the account delegates", policies(resource=[TO_ACCOUNT]), Reason.NO_IDENTITY_ALLOW),
    (
        "an explicit deny of its own wins",
        policies(READ, statement("Deny", "s3:*", "*"), resource=[TO_ROLE]),
        Reason.IDENTITY_DENY,
    ),
    (
        "an explicit deny of the bucket wins",
        policies(READ, resource=[statement("Deny", "s3:Get*", "*", Principal="*")]),
        Reason.RESOURCE_DENY,
    ),
    (
        "a deny to another role is not about this one",
        policies(READ, resource=[statement("Deny", "s3:*", "*", Principal={"AWS": f"{ROLE}2"})]),
        Reason.ALLOWED,
    ),
    (
        "a deny to all but this role spares it",
        policies(READ, resource=[statement("Deny", "s3:*", "*", NotPrincipal={"AWS": ROLE})]),
        Reason.ALLOWED,
    ),
    (
        "a deny to the account is a deny to its roles",
        policies(READ, resource=[statement("Deny", "s3:*", "*", Principal=ROOT)]),
        Reason.RESOURCE_DENY,
    ),
    (
        "a boundary that is silent bounds",
        policies(READ, boundary=[statement("Allow", "dynamodb:*")]),
        Reason.BOUNDARY,
    ),
    (
        "a boundary allows nothing by itself",
        policies(boundary=[statement("Allow", "*")]),
        Reason.NO_IDENTITY_ALLOW,
    ),
    (
        "NotAction allows all the others",
        policies({"Effect": "Allow", "NotAction": "s3:Put*", "Resource": "*"}),
        Reason.ALLOWED,
    ),
    (
        "NotResource leaves these out",
        policies({"Effect": "Allow", "Action": "s3:*", "NotResource": f"{BUCKET}/*"}),
        Reason.NO_IDENTITY_ALLOW,
    ),
    (
        "the bucket is not its objects",
        policies(statement("Allow", "s3:GetObject", BUCKET)),
        Reason.NO_IDENTITY_ALLOW,
    ),
    (
        "actions have no case",
        policies(statement("Allow", "S3:getobject", "*")),
        Reason.ALLOWED,
    ),
    (
        "a wildcard spans slashes",
        policies(statement("Allow", "s3:Get*", "arn:aws:s3:::l*s/*.json")),
        Reason.ALLOWED,
    ),
]


@pytest.mark.parametrize("applies, reason", [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_a_request_is_decided_as_the_guide_says(applies: Policies, reason: Reason) -> None:
    """IAM user guide, "How AWS enforcement code logic evaluates requests"."""
    assert decide(asking("s3:GetObject", OBJECT), applies).reason is reason


KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
USES = statement("Allow", "kms:Decrypt")


@pytest.mark.parametrize(
    "applies, reason",
    [
        (policies(USES, resource=[], key=True), Reason.NO_RESOURCE_ALLOW),
        (
            policies(USES, resource=[statement("Allow", "kms:*", Principal=ROOT)], key=True),
            Reason.ALLOWED,
        ),
        (
            policies(resource=[statement("Allow", "kms:*", Principal=ROOT)], key=True),
            Reason.NO_IDENTITY_ALLOW,
        ),
        (
            policies(resource=[statement("Allow", "kms:*", Principal={"AWS": ROLE})], key=True),
            Reason.ALLOWED,
        ),
    ],
)
def test_a_key_policy_must_take_part(applies: Policies, reason: Reason) -> None:
    """By itself, or by leaving the decision to IAM (KMS developer guide, "Key policies")."""
    assert decide(asking("kms:Decrypt", KEY), applies).reason is reason


def test_a_service_needs_a_statement_that_names_it() -> None:
    """What the account may do is nothing to a service principal."""
    service = "events.amazonaws.com"
    request = asking("sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:dead", service)
    named = statement("Allow", "sqs:SendMessage", "*", Principal={"Service": service})
    account = statement("Allow", "sqs:*", "*", Principal=ROOT)
    assert decide(request, policies(resource=[named])).allowed
    assert decide(request, policies(resource=[account])).reason is Reason.NO_RESOURCE_ALLOW


@pytest.mark.parametrize(
    "pattern, covers",
    [
        ("arn:aws:sqs:eu-west-1:*:dead", True),
        ("arn:aws:sqs:*:123456789012:dead", True),
        ("arn:aws:sqs:*", True),
        ("arn:aws:sqs:eu-*1:123456789012:dead", True),
        ("arn:aws:sqs:eu-west-1:*-:dead", False),
        ("arn:aws:sqs:eu-west-1:123456789012:dea?", True),
        ("arn:aws:sns:eu-west-1:123456789012:dead", False),
    ],
)
def test_wildcards_stay_in_their_segment_unless_they_end_it(pattern: str, covers: bool) -> None:  # noqa: FBT001 - a column of the table
    """A `*` that is the last character of a segment "can expand to match across" colons."""
    applies = policies(statement("Allow", "sqs:SendMessage", pattern))
    request = asking("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:dead")
    assert decide(request, applies).allowed is covers


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"Effect": "Permit", "Action": "*", "Resource": "*"}, "Effect is Allow or Deny"),
        ({"Effect": "Allow", "Resource": "*"}, "needs Action or NotAction"),
        ({"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}, "exclude"),
        ({"Effect": "Allow", "Action": "*", "Resources": "*"}, "no element Resources"),
        (statement("Allow", "*", "arn:aws:s3:::${aws:username}"), "policy variables"),
    ],
)
def test_a_document_that_cannot_be_evaluated_is_refused(wrong: dict[str, Any], says: str) -> None:
    """With the policy's name, and what is wrong."""
    with pytest.raises(PolicyProblem, match=f"policy own: .*{says}"):
        policies(wrong)


_ACTIONS = st.sampled_from(["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject", "sqs:*"])
_RESOURCES = st.sampled_from(["*", BUCKET, f"{BUCKET}/*", f"{BUCKET}/a/*", OBJECT, "arn:aws:sqs:*"])
_EFFECTS = st.sampled_from(["Allow", "Deny"])
_STATEMENTS = st.builds(statement, _EFFECTS, _ACTIONS, _RESOURCES)
_THERE = st.builds(
    lambda made, principal: made | {"Principal": principal},
    _STATEMENTS,
    st.sampled_from(["*", ROOT, {"AWS": ROLE}, {"Service": "events.amazonaws.com"}]),
)


@given(
    own=st.lists(_STATEMENTS, max_size=4),
    there=st.lists(_THERE, max_size=4),
    denial=_STATEMENTS,
    action=st.sampled_from(["s3:GetObject", "s3:PutObject", "sqs:SendMessage"]),
    resource=st.sampled_from([BUCKET, OBJECT, f"arn:aws:sqs:eu-west-1:{ACCOUNT}:dead"]),
)
def test_one_more_deny_never_allows_more(
    own: list[dict[str, Any]],
    there: list[dict[str, Any]],
    denial: dict[str, Any],
    action: str,
    resource: str,
) -> None:
    """As the guide says, "an explicit deny overrides an explicit allow"."""
    request = asking(action, resource)
    deny = denial | {"Effect": "Deny"}
    before = decide(request, policies(*own, resource=there)).allowed
    assert before or not decide(request, policies(*own, deny, resource=there)).allowed
    with_it = [*there, deny | {"Principal": "*"}]
    assert before or not decide(request, policies(*own, resource=with_it)).allowed
