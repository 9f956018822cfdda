"""Whom a policy lets in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autopilot.domain.policy_document import Statement, statements_of

OWN, OTHER = "123456789012", "210987654321"


def statement(**body: Any) -> Statement:
    """One statement, as it is read from a document."""
    made = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **body}
    (read,) = statements_of(json.dumps({"Version": "2012-10-17", "Statement": made}))
    return read


@pytest.mark.parametrize(
    "body, public",
    [
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": ["*"]}}, True),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:SourceAccount": OWN}}}, False),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}, False),
        ({"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
        ({"Principal": "*", "Effect": "Deny"}, False),
        ({"Principal": {"Service": "s3.amazonaws.com"}}, False),
    ],
)
def test_a_statement_for_everybody_is_public_unless_something_binds_it(
    body: dict[str, Any],
    public: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """S3 user guide, "Blocking public access", the meaning of public."""
    assert statement(**body).is_public is public


@pytest.mark.parametrize(
    "principal, foreign",
    [
        ({"AWS": f"arn:aws:iam::{OTHER}:root"}, (OTHER,)),
        ({"AWS": [f"arn:aws:iam::{OWN}:role/ours", OTHER]}, (OTHER,)),
        ({"AWS": f"arn:aws:iam::{OWN}:root"}, ()),
        ({"AWS": "AIDAEXAMPLE"}, ()),
        ("*", ()),
    ],
)
def test_other_accounts_are_told_from_ours(principal: Any, foreign: tuple[str, ...]) -> None:
    """By ARN or by bare number."""
    assert statement(Principal=principal).foreign_accounts(OWN) == foreign


def test_a_service_without_a_source_may_be_anybodys() -> None:
    """The confused deputy; Lambda is known not to say for which function it asks."""
    services = {"Service": ["events.amazonaws.com", "lambda.amazonaws.com"]}
    bound = {"StringEquals": {"AWS:SourceAccount": OWN}}

    assert statement(Principal=services).unbound_services == ("events.amazonaws.com",)
    assert statement(Principal=services, Condition=bound).unbound_services == ()


def test_plain_http_is_denied_by_a_deny_for_everybody() -> None:
    """A condition of an Allow does not turn others away."""
    plain = {"Bool": {"aws:SecureTransport": "false"}}

    assert statement(Effect="Deny", Principal="*", Condition=plain).denies_plain_http
    assert not statement(Principal="*", Condition=plain).denies_plain_http
    assert not statement(Effect="Deny", Principal={"AWS": OTHER}, Condition=plain).denies_plain_http


def test_everything_on_everything_is_administration() -> None:
    """Either star alone is bounded by the other element."""
    assert statement(Action="*").is_everything
    assert not statement(Action="*", Resource="arn:aws:s3:::one").is_everything
    assert not statement(Action="s3:*").is_everything
