"""What all own services have in common: validated parameters, and refusals by name."""

from __future__ import annotations

from typing import Any

import pytest

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.services.validation import validate
from tests.emulator.conftest import HOME
from tests.emulator.services.conftest import refusal


def problem(service: str, operation: str, params: dict[str, Any]) -> str:
    """The message with which parameters are refused."""
    with pytest.raises(AwsError) as refused:
        validate(service, operation, params, code="ValidationException")
    return f"{refused.value.code}: {refused.value.message}"


@pytest.mark.parametrize(
    "params, expected",
    [
        (
            {"QuotaCode": "L-58BE175A"},
            "Value null at 'serviceCode' failed to satisfy constraint: Member must not be null",
        ),
        (
            {"ServiceCode": "bedrock", "QuotaCode": "!"},
            "Value '!' at 'quotaCode' failed to satisfy constraint: Member must satisfy regular",
        ),
        (
            {"ServiceCode": "b" * 64, "QuotaCode": "L-58BE175A"},
            "Member must have length less than or equal to 63",
        ),
    ],
)
def test_a_parameter_that_breaks_the_model_is_named(params: dict[str, Any], expected: str) -> None:
    """The front end of a service says which constraint of its model a value breaks."""
    assert expected in problem("service-quotas", "GetServiceQuota", params)


def test_every_broken_constraint_is_told_at_once() -> None:
    """The message counts them."""
    assert "2 validation errors detected" in problem("service-quotas", "GetServiceQuota", {})


def test_nested_members_are_named_by_their_path() -> None:
    """Lists count from one, as AWS's messages do."""
    entries = [{"RoutingControlArn": "arn:x", "RoutingControlState": "Maybe"}]
    params = {"UpdateRoutingControlStateEntries": entries}
    message = problem("route53-recovery-cluster", "UpdateRoutingControlStates", params)
    assert "'updateRoutingControlStateEntries.1.member.routingControlState'" in message
    assert "enum value set: [On, Off]" in message


def test_a_value_of_another_type_cannot_even_be_read() -> None:
    """No model constraint is looked at when the wire does not fit."""
    message = problem("service-quotas", "ListServiceQuotas", {"ServiceCode": 7})
    assert message.startswith("SerializationException")


def test_what_a_service_does_not_have_is_refused_by_name(aws: EmbeddedAws) -> None:
    """An operation of an owned service never falls back on moto's half of it."""
    bedrock = aws.client("bedrock", HOME)
    code, message = refusal(bedrock.list_custom_models)
    assert code == "UnsupportedOperation"
    assert "the lab does not have bedrock:ListCustomModels" in message


def test_what_moto_keeps_well_enough_stays_with_it(aws: EmbeddedAws) -> None:
    """The configuration of invocation logging is moto's."""
    assert aws.client("bedrock", HOME).get_model_invocation_logging_configuration()
