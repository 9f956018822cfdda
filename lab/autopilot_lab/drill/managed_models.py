"""What the service owns of its models and data in the lab: rights, guardrails, use, copies.

The product's templates do not deploy them, because they are the service's. What the service uses
of its models is published a minute at a time, without a call for each of its requests; so is how
far the copies of its data are behind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from autopilot.domain.allocation import Route
from autopilot.domain.profile import Profile
from autopilot.domain.sweep_section import BedrockModel
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.metrics import Statistics, metric_id
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.services.bedrock_runtime import NAMESPACE
from autopilot_lab.emulator.services.model_access import ModelAccess

#: Of an average request of the simulated service.
INPUT_TOKENS: Final = 420
OUTPUT_TOKENS: Final = 60
LATENCY_MS: Final = 350.0
LAG_SECONDS: Final = 8.0  #: of a copy on a good day
_MINUTE_SECONDS: Final = 60
_ROLE: Final = "arn:aws:iam::*:role/{service}-*-ObserveServiceRole-*"


@dataclass
class ManagedModels:
    """The models of a profile, in both regions that serve."""

    aws: EmbeddedAws
    profile: Profile
    lag_seconds: dict[str, float] = field(default_factory=dict)  #: of copies, by name
    _minute: int = 0
    _requests: dict[Route, int] = field(default_factory=dict)

    def install(self) -> None:
        """The role that the service invokes with, and the guardrails that its requests name."""
        section = self.profile.preflight
        if section.execution_role is not None:
            self._let_invoke(section.execution_role)
        for guardrail in section.guardrails:
            self.aws.services.bedrock.add_guardrail(
                guardrail.region,
                guardrail.name,
                guardrailId=guardrail.id,
                guardrailArn=f"arn:aws:bedrock:{guardrail.region}:{ACCOUNT}:guardrail/{guardrail.id}",
                version=guardrail.version,
            )

    def size(self, requests_per_minute: float) -> None:
        """Let every region's quotas carry so many requests a minute, and half as many again."""
        for model in self.profile.bedrock.models:
            tokens = INPUT_TOKENS + model.output_burndown * OUTPUT_TOKENS
            reserved = (model.output_tokens_max or 0) * LATENCY_MS / 1000 / _MINUTE_SECONDS
            self._apply(model.requests_quota, 1.5 * requests_per_minute)
            self._apply(model.tokens_quota, 1.5 * requests_per_minute * (tokens + reserved))

    def access(self, region: str, model: BedrockModel) -> ModelAccess:
        """What the account may do with a model in a region; change it to change that."""
        return self.aws.services.model_access.of(region, model.model)

    def count(self, requests: Mapping[Route, int], at: float) -> None:
        """Add the requests that each route was sent; publish what a full minute came to."""
        minute = int(at) // _MINUTE_SECONDS
        if minute != self._minute:
            self._publish(self._minute * _MINUTE_SECONDS)
            self._publish_lags(self._minute * _MINUTE_SECONDS)
            self._minute, self._requests = minute, {}
        for route, number in requests.items():
            self._requests[route] = self._requests.get(route, 0) + number

    def _publish(self, at: float) -> None:
        for model in self.profile.bedrock.models:
            for region in (self.profile.regions.home, self.profile.regions.standby):
                if number := self._requests.get(Route(region, model.path), 0):
                    self._publish_use(model, region, number, at)

    def _publish_use(self, model: BedrockModel, region: str, number: int, at: float) -> None:
        used = INPUT_TOKENS + model.output_burndown * OUTPUT_TOKENS
        each = (
            ("Invocations", 1.0),
            ("InputTokenCount", float(INPUT_TOKENS)),
            ("OutputTokenCount", float(OUTPUT_TOKENS)),
            ("EstimatedTPMQuotaUsage", float(used)),
            ("InvocationLatency", LATENCY_MS),
        )
        for name, value in each:
            counted = Statistics(float(number), number * value, value, value)
            identity = metric_id(NAMESPACE, name, {"ModelId": model.profile})
            self.aws.metrics.publish(region, identity, at, counted)

    def _publish_lags(self, at: float) -> None:
        for copy in self.profile.preflight.copies:
            seconds = self.lag_seconds.get(copy.name, LAG_SECONDS)
            dimensions = {
                "SourceBucket": copy.source_bucket,
                "DestinationBucket": copy.bucket,
                "RuleId": copy.rule,
            }
            identity = metric_id("AWS/S3", "ReplicationLatency", dimensions)
            told = Statistics(1.0, seconds, seconds, seconds)
            self.aws.metrics.publish(copy.region, identity, at, told)

    def _apply(self, code: str, value: float) -> None:
        for region in (self.profile.regions.home, self.profile.regions.standby):
            self.aws.services.quotas.apply(region, code, value)

    def _let_invoke(self, role: str) -> None:
        """The service's role may invoke in its geography, and be assumed for canaries."""
        iam = self.aws.client("iam", self.profile.regions.home)
        with suppress(ClientError):  # it is that of the service's function, and there already
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(self._trust()))
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(self._trust()))
        iam.put_role_policy(RoleName=role, PolicyName="models", PolicyDocument=json.dumps(_INVOKE))

    def _trust(self) -> Mapping[str, Any]:
        """docs/service-contract.md, "Models"."""
        canaries = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "ArnLike": {"aws:PrincipalArn": _ROLE.format(service=self.profile.service.name)}
            },
        }
        functions = {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        return {"Version": "2012-10-17", "Statement": [functions, canaries]}


_INVOKE: Final[Mapping[str, Any]] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "bedrock:InvokeModel",
            "Resource": [
                "arn:aws:bedrock:*::foundation-model/*",
                f"arn:aws:bedrock:*:{ACCOUNT}:inference-profile/*",
            ],
        },
        {
            "Effect": "Allow",
            "Action": "bedrock:ApplyGuardrail",
            "Resource": f"arn:aws:bedrock:*:{ACCOUNT}:guardrail/*",
        },
    ],
}
