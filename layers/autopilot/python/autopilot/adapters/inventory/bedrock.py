"""Reads Amazon Bedrock's control plane: models, inference profiles, guardrails, logging.

Amazon Bedrock API reference. What it says of access to a model (GetFoundationModelAvailability)
has been wrong both ways and is advice only: the proof is an invocation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from autopilot.adapters.inventory.asking import Missing, asking
from autopilot.domain.inventory import GuardrailFacts, ModelFacts, ProfileFacts

_STATUSES: Final = ("authorizationStatus", "entitlementAvailability", "regionAvailability")


class BedrockInventory:
    """`client` answers with Bedrock's client of a region."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        """Build nothing yet."""
        self._client = client

    def model(self, region: str, model: str) -> ModelFacts | None:
        """One model; None when the region does not have it."""
        try:
            with asking(f"bedrock:GetFoundationModel in {region}"):
                answer = self._client(region).get_foundation_model(modelIdentifier=model)
        except Missing:
            return None
        details = answer["modelDetails"]
        life = details.get("modelLifecycle", {})
        ends = life.get("endOfLifeTime")
        return ModelFacts(
            status=str(life.get("status", "unknown")),
            ends_ms=None if ends is None else int(ends.timestamp() * 1000),
            on_demand="ON_DEMAND" in details.get("inferenceTypesSupported", ()),
        )

    def availability(self, region: str, model: str) -> Mapping[str, str]:
        """The four fields by their names in the API; empty when Bedrock does not know the model."""
        try:
            with asking(f"bedrock:GetFoundationModelAvailability in {region}"):
                answer = self._client(region).get_foundation_model_availability(modelId=model)
        except Missing:
            return {}
        said = {name: str(answer[name]) for name in _STATUSES}
        return {"agreementAvailability": str(answer["agreementAvailability"]["status"]), **said}

    def inference_profile(self, region: str, profile: str) -> ProfileFacts | None:
        """One inference profile; None when the region cannot be a source of it."""
        try:
            with asking(f"bedrock:GetInferenceProfile in {region}"):
                answer = self._client(region).get_inference_profile(
                    inferenceProfileIdentifier=profile
                )
        except Missing:
            return None
        return ProfileFacts(
            arn=str(answer["inferenceProfileArn"]),
            status=str(answer["status"]),
            model_arns=tuple(str(each["modelArn"]) for each in answer["models"]),
        )

    def guardrail(self, region: str, guardrail: str, version: str) -> GuardrailFacts | None:
        """One version of a guardrail; None when there is none."""
        try:
            with asking(f"bedrock:GetGuardrail in {region}"):
                answer = self._client(region).get_guardrail(
                    guardrailIdentifier=guardrail, guardrailVersion=version
                )
        except Missing:
            return None
        return GuardrailFacts(str(answer["name"]), str(answer["status"]), str(answer["version"]))

    def invocation_logging(self, region: str) -> bool:
        """Whether invocations are logged anywhere."""
        with asking(f"bedrock:GetModelInvocationLoggingConfiguration in {region}"):
            answer = self._client(region).get_model_invocation_logging_configuration()
        config: Mapping[str, Any] = answer.get("loggingConfig") or {}
        return bool(config.get("cloudWatchConfig") or config.get("s3Config"))
