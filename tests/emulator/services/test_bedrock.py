"""Bedrock: what it says about models, and what invoking them does."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.services.model_serving import Invocation, Served
from tests.emulator.conftest import HOME, STANDBY, DeployFunction
from tests.emulator.services.conftest import refusal

HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
PROFILE = f"eu.{HAIKU}"
PING = [{"role": "user", "content": [{"text": "ping"}]}]


def converse(aws: EmbeddedAws, model: str = PROFILE, region: str = HOME, **more: Any) -> Any:
    """Ask a model as the operator."""
    return aws.client("bedrock-runtime", region).converse(modelId=model, messages=PING, **more)


def metrics(aws: EmbeddedAws, model: str = PROFILE) -> dict[str, float]:
    """The sums of a model's metrics so far."""
    aws.run(60)
    cloudwatch = aws.client("cloudwatch", HOME)
    named = cloudwatch.list_metrics(
        Namespace="AWS/Bedrock", Dimensions=[{"Name": "ModelId", "Value": model}]
    )["Metrics"]
    return {
        one["MetricName"]: cloudwatch.get_metric_statistics(
            **one,
            StartTime=aws.scheduler.now - 600,
            EndTime=aws.scheduler.now + 60,
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"][0]["Sum"]
        for one in named
    }


# -- what Bedrock says -----------------------------------------------------------------------------


def test_a_geographic_profile_names_its_destinations(aws: EmbeddedAws) -> None:
    """The regions are in the ARNs of its models: both regions' profiles share their fate."""
    destinations = {
        region: {
            model["modelArn"].split(":")[3]
            for model in aws.client("bedrock", region).get_inference_profile(
                inferenceProfileIdentifier=PROFILE
            )["models"]
        }
        for region in (HOME, STANDBY)
    }
    assert destinations[HOME] == destinations[STANDBY]
    assert {HOME, STANDBY} < destinations[HOME]


def test_the_lifecycle_of_a_model_is_told(aws: EmbeddedAws) -> None:
    """Active and legacy ones, by id or ARN."""
    bedrock = aws.client("bedrock", HOME)
    found = {
        one["modelId"]: one["modelLifecycle"]["status"]
        for one in bedrock.list_foundation_models(byProvider="anthropic")["modelSummaries"]
    }
    arn = f"arn:aws:bedrock:{HOME}::foundation-model/{HAIKU}"
    details = bedrock.get_foundation_model(modelIdentifier=arn)["modelDetails"]
    assert (found[HAIKU], details["modelId"]) == ("ACTIVE", HAIKU)
    assert "LEGACY" in found.values()


def test_availability_is_advice_and_not_proof(aws: EmbeddedAws) -> None:
    """All green while invocations are denied, and red while they go through."""
    access = aws.services.model_access.of(HOME, HAIKU)
    bedrock = aws.client("bedrock", HOME)
    access.may_invoke = False
    said = bedrock.get_foundation_model_availability(modelId=HAIKU)
    assert (said["authorizationStatus"], said["agreementAvailability"]["status"]) == (
        "AUTHORIZED",
        "AVAILABLE",
    )
    assert refusal(lambda: converse(aws))[0] == "AccessDeniedException"
    access.may_invoke, access.agreement = True, "NOT_AVAILABLE"
    said = bedrock.get_foundation_model_availability(modelId=HAIKU)
    assert said["agreementAvailability"]["status"] == "NOT_AVAILABLE"
    assert converse(aws)["stopReason"] == "end_turn"


def test_a_guardrail_is_that_of_its_region(aws: EmbeddedAws) -> None:
    """Parity between regions is for a check to find out."""
    identifier = aws.services.bedrock.add_guardrail(HOME, "no-personal-data")
    listed = {
        region: aws.client("bedrock", region).list_guardrails()["guardrails"]
        for region in (HOME, STANDBY)
    }
    found = aws.client("bedrock", HOME).get_guardrail(guardrailIdentifier=identifier)
    assert [one["name"] for one in listed[HOME]] == ["no-personal-data"]
    assert (listed[STANDBY], found["status"]) == ([], "READY")


def test_what_changes_of_a_model_is_told(aws: EmbeddedAws) -> None:
    """Its lifecycle and the destinations of its profile, where they are not the catalogue's."""
    access, bedrock = aws.services.model_access, aws.client("bedrock", HOME)
    access.of(HOME, HAIKU).status, access.of(HOME, HAIKU).end_of_life = "LEGACY", 1_800_000_000.0
    access.destinations[PROFILE] = (STANDBY,)
    life = bedrock.get_foundation_model(modelIdentifier=HAIKU)["modelDetails"]["modelLifecycle"]
    assert (life["status"], life["endOfLifeTime"].timestamp()) == ("LEGACY", 1_800_000_000.0)
    routed = bedrock.get_inference_profile(inferenceProfileIdentifier=PROFILE)["models"]
    assert [one["modelArn"].split(":")[3] for one in routed] == [STANDBY]


# -- what invoking does ----------------------------------------------------------------------------


def test_a_request_names_a_guardrail_of_its_region(aws: EmbeddedAws) -> None:
    """One that is not there, or not in that version, refuses the request."""
    aws.services.bedrock.add_guardrail(HOME, "pii", guardrailId="abc", version="1")
    config = {"guardrailIdentifier": "abc", "guardrailVersion": "1"}
    named: dict[str, Any] = {"guardrailConfig": config}
    assert converse(aws, **named)["stopReason"] == "end_turn"
    assert refusal(lambda: converse(aws, region=STANDBY, **named))[0] == "ValidationException"
    back = aws.services.bedrock.remove_guardrails(HOME)
    assert refusal(lambda: converse(aws, **named))[0] == "ValidationException"
    back()
    assert converse(aws, **named)["stopReason"] == "end_turn"


def test_who_is_throttled_is_told_so(aws: EmbeddedAws) -> None:
    """By a metric of its own, once for each attempt of the client, and by no other."""
    aws.services.model_access.of(HOME, HAIKU).is_throttled = True
    assert refusal(lambda: converse(aws))[0] == "ThrottlingException"
    assert metrics(aws) == {"InvocationThrottles": 3.0}


def test_an_answer_says_what_it_took(aws: EmbeddedAws) -> None:
    """Tokens in and out, milliseconds, and why it ended."""
    answer = converse(aws, inferenceConfig={"maxTokens": 5})
    assert answer["usage"] == {"inputTokens": 1, "outputTokens": 5, "totalTokens": 6}
    assert answer["stopReason"] == "max_tokens"
    assert answer["metrics"]["latencyMs"] == 275


def test_invoke_model_speaks_the_models_own_format(aws: EmbeddedAws) -> None:
    """Anthropic's messages, with its names for tokens."""
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 10, "messages": PING}
    answer = aws.client("bedrock-runtime", HOME).invoke_model(
        modelId=PROFILE, body=json.dumps(body)
    )
    parsed = json.loads(answer["body"].read())
    assert parsed["content"] == [{"type": "text", "text": "ok"}]
    assert parsed["usage"] == {"input_tokens": 1, "output_tokens": 10}


@pytest.mark.parametrize(
    "model, expected",
    [
        (HAIKU, "on-demand throughput isn"),
        ("anthropic.claude-from-nowhere-v1:0", "model identifier is invalid"),
        (f"us.{HAIKU}", "model identifier is invalid"),
        ("amazon.titan-embed-text-v2:0", "makes embeddings"),
    ],
)
def test_a_model_under_the_wrong_name_is_a_fault_of_configuration(
    aws: EmbeddedAws, model: str, expected: str
) -> None:
    """400, which must never count against a region."""
    code, message = refusal(lambda: converse(aws, model))
    assert (code, expected in message) == ("ValidationException", True)


@pytest.mark.parametrize(
    "code, counted",
    [
        ("ThrottlingException", {"InvocationThrottles"}),
        ("ServiceUnavailableException", {"Invocations", "InvocationServerErrors"}),
        ("ModelErrorException", {"Invocations", "InvocationClientErrors"}),
    ],
)
def test_failures_are_counted_as_documented(aws: EmbeddedAws, code: str, counted: set[str]) -> None:
    """Throttled requests are neither invocations nor errors, and their metric starts with them."""
    aws.services.models.host = lambda _invocation: Served(0.01, error=code)
    assert refusal(lambda: converse(aws))[0] == code
    assert set(metrics(aws)) == counted


def test_a_quota_weighs_output_tokens_fivefold(aws: EmbeddedAws) -> None:
    """For newer Claude models; only what succeeded is counted."""
    converse(aws, inferenceConfig={"maxTokens": 10})
    found = metrics(aws)
    assert (found["InputTokenCount"], found["OutputTokenCount"]) == (1, 10)
    assert found["EstimatedTPMQuotaUsage"] == 51


def test_metrics_carry_the_spelling_of_the_caller(aws: EmbeddedAws) -> None:
    """An alarm on another spelling of the model stays green for ever."""
    arn = f"arn:aws:bedrock:{HOME}:123456789012:inference-profile/{PROFILE}"
    converse(aws, arn)
    assert metrics(aws, arn)["Invocations"] == 1
    assert metrics(aws, PROFILE) == {}


def test_the_world_sees_what_is_asked(aws: EmbeddedAws) -> None:
    """Region, model, profile and size, to decide upon."""
    seen: list[Invocation] = []

    def host(invocation: Invocation) -> Served:
        seen.append(invocation)
        return Served(0.2, "pong", 1)

    aws.services.models.host = host
    answer = converse(aws, inferenceConfig={"maxTokens": 3})
    assert answer["output"]["message"]["content"] == [{"text": "pong"}]
    assert seen == [Invocation(HOME, HAIKU, PROFILE, "ping", 1, 3)]


def test_a_client_that_waits_less_than_the_model_sees_no_answer(aws: EmbeddedAws) -> None:
    """Its time-out passes in virtual time."""
    aws.services.models.host = lambda _invocation: Served(30.0, "late", 1)
    config = Config(read_timeout=2, retries={"total_max_attempts": 1})
    made: Any = boto3.client
    impatient = made(
        "bedrock-runtime",
        region_name=HOME,
        aws_access_key_id="lab",
        aws_secret_access_key="lab",  # noqa: S106 - signs requests that never leave
        config=config,
    )
    started = aws.scheduler.now
    task = aws.scheduler.spawn(
        lambda: impatient.converse(modelId=PROFILE, messages=PING), name="probe"
    )
    with pytest.raises(ReadTimeoutError):
        task.wait()
    assert 2.0 <= aws.scheduler.now - started < 2.1


CANARY = """
import boto3

def handler(event, context):
    client = boto3.client("bedrock-runtime")
    message = {"role": "user", "content": [{"text": "ping"}]}
    return client.converse(modelId=event["model"], messages=[message])["usage"]
"""


def canary(deploy_function: DeployFunction, *resources: str) -> str:
    """A function that may invoke these."""
    statement = {
        "Effect": "Allow",
        "Action": "bedrock:InvokeModel",
        "Resource": list(resources),
    }
    return deploy_function(
        CANARY, name="canary", Policies=[{"Version": "2012-10-17", "Statement": [statement]}]
    )


def test_a_profile_needs_the_model_in_every_destination(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """A right to the profile and the model at home is not enough; the denial names a region."""
    profile = f"arn:aws:bedrock:{HOME}:123456789012:inference-profile/{PROFILE}"
    canary(deploy_function, profile, f"arn:aws:bedrock:{HOME}::foundation-model/{HAIKU}")
    outcome = aws.invoke("canary", {"model": PROFILE}, HOME)
    assert outcome.function_error
    assert "foundation-model" in outcome.body()["errorMessage"]
    assert "eu-north-1" in outcome.body()["errorMessage"]


def test_a_function_with_all_the_rights_gets_its_answer(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """The profile, and the model wherever it may run."""
    profile = f"arn:aws:bedrock:{HOME}:123456789012:inference-profile/{PROFILE}"
    canary(deploy_function, profile, f"arn:aws:bedrock:*::foundation-model/{HAIKU}")
    outcome = aws.invoke("canary", {"model": PROFILE}, HOME)
    assert outcome.body()["outputTokens"] == 16
