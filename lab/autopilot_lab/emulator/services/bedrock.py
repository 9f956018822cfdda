"""Amazon Bedrock's control plane: models, their availability, inference profiles, guardrails.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import Operation
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.paging import page
from autopilot_lab.emulator.services.model_access import AccessBook
from autopilot_lab.emulator.services.model_catalogue import (
    MODELS,
    PROFILES,
    InferenceProfile,
    Model,
    find_model,
    find_profile,
)

RESULTS_MAX = 1_000
NOT_FOUND = 404

#: What moto keeps well enough.
LEFT_TO_MOTO = (
    "DeleteModelInvocationLoggingConfiguration",
    "GetModelInvocationLoggingConfiguration",
    "PutModelInvocationLoggingConfiguration",
)


class Bedrock:
    """One method per operation: parameters and region in, result out."""

    def __init__(self, *, access: AccessBook, now: Callable[[], float]) -> None:
        self._access = access
        self._now = now
        self._guardrails: dict[tuple[str, str], dict[str, Any]] = {}

    def operations(self) -> Mapping[str, Operation]:
        """The operations by their API names."""
        return {
            "GetFoundationModelAvailability": self.availability,
            "ListFoundationModels": self.list_models,
            "GetFoundationModel": self.get_model,
            "ListInferenceProfiles": self.list_profiles,
            "GetInferenceProfile": self.get_profile,
            "ListGuardrails": self.list_guardrails,
            "GetGuardrail": self.get_guardrail,
        }

    # -- the lab's side --------------------------------------------------------------------------

    def add_guardrail(self, region: str, name: str, **details: Any) -> str:
        """Let a region have a guardrail (`details` as GetGuardrail shows them); return its id."""
        number = 1 + sum(place == region for place, _ in self._guardrails)
        identifier = str(details.get("guardrailId", f"guardrail{number:03d}"))
        moment = datetime.fromtimestamp(self._now(), UTC)
        self._guardrails[region, identifier] = {
            "name": name,
            "guardrailId": identifier,
            "guardrailArn": f"arn:aws:bedrock:{region}:{ACCOUNT}:guardrail/{identifier}",
            "version": "DRAFT",
            "status": "READY",
            "createdAt": moment,
            "updatedAt": moment,
            "blockedInputMessaging": "blocked",
            "blockedOutputsMessaging": "blocked",
            **details,
        }
        return identifier

    def remove_guardrails(self, region: str) -> Callable[[], None]:
        """Let a region have none any more; what is returned brings them back."""
        gone = {key: self._guardrails.pop(key) for key in [*self._guardrails] if key[0] == region}
        return lambda: self._guardrails.update(gone)

    def has_guardrail(self, region: str, identifier: str, version: str) -> bool:
        """Whether requests in a region may name a guardrail."""
        found = self._guardrails.get((region, identifier.rsplit("/", 1)[-1]))
        return found is not None and found["version"] == version and found["status"] == "READY"

    # -- models ----------------------------------------------------------------------------------

    def availability(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """What Bedrock says about access to a model, which may be wrong."""
        wanted = str(params["modelId"])
        model = next((one for one in MODELS if one.id == wanted), None)
        if model is None:
            raise _missing(f"model {wanted}")
        access = self._access.of(region, model.id)
        return {
            "modelId": model.id,
            "agreementAvailability": {"status": access.agreement},
            "authorizationStatus": access.authorization,
            "entitlementAvailability": access.entitlement,
            "regionAvailability": "AVAILABLE" if region in model.regions else "NOT_AVAILABLE",
        }

    def list_models(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """The models of a region."""
        found = [
            self._described(one, region)
            for one in MODELS
            if region in one.regions and _wanted(one, params)
        ]
        return {"modelSummaries": found}

    def get_model(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """One model and its lifecycle."""
        model = find_model(str(params["modelIdentifier"]), region)
        if model is None:
            raise _missing(f"model {params['modelIdentifier']}")
        return {"modelDetails": self._described(model, region)}

    def _described(self, model: Model, region: str) -> dict[str, Any]:
        """A model as the API shows it, with what was changed of its lifecycle."""
        access, shown = self._access.of(region, model.id), _model(model, region)
        lifecycle = shown["modelLifecycle"]
        if access.status:
            lifecycle["status"] = access.status
        if access.end_of_life is not None:
            lifecycle["endOfLifeTime"] = datetime.fromtimestamp(access.end_of_life, UTC)
        return shown

    # -- inference profiles ----------------------------------------------------------------------

    def list_profiles(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """The profiles that a region can be the source of; all are system-defined."""
        known = params.get("typeEquals") in (None, "SYSTEM_DEFINED")
        found = [self._routed(one, region) for one in PROFILES if known and region in one.regions]
        return _page("inferenceProfileSummaries", found, params)

    def get_profile(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """One profile; the ARNs of its models name the destination regions."""
        profile = find_profile(str(params["inferenceProfileIdentifier"]), region)
        if profile is None:
            raise _missing(f"inference profile {params['inferenceProfileIdentifier']}")
        return self._routed(profile, region)

    def _routed(self, profile: InferenceProfile, region: str) -> dict[str, Any]:
        """A profile as the API shows it, with its present destinations."""
        regions = self._access.destinations.get(profile.id, profile.regions)
        return _profile(profile, region, regions)

    # -- guardrails ------------------------------------------------------------------------------

    def list_guardrails(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """The guardrails of a region."""
        wanted = params.get("guardrailIdentifier")
        found = [
            {
                "id": one["guardrailId"],
                "arn": one["guardrailArn"],
                **{name: one[name] for name in _SUMMARISED if name in one},
            }
            for (place, _), one in sorted(self._guardrails.items())
            if place == region and wanted in (None, one["guardrailId"], one["guardrailArn"])
        ]
        return _page("guardrails", found, params)

    def get_guardrail(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """One guardrail."""
        identifier = str(params["guardrailIdentifier"]).rsplit("/", 1)[-1]
        found = self._guardrails.get((region, identifier))
        version = params.get("guardrailVersion")
        if found is None or version not in (None, found["version"]):
            raise _missing(f"guardrail {identifier} version {version or 'DRAFT'}")
        return dict(found)


_SUMMARISED = ("status", "name", "description", "version", "createdAt", "updatedAt")


def _wanted(model: Model, params: Mapping[str, Any]) -> bool:
    kind = params.get("byInferenceType")
    return (
        params.get("byProvider", model.provider).lower() == model.provider.lower()
        and params.get("byOutputModality") in (None, model.output)
        and (kind is None or (kind == "ON_DEMAND" and model.on_demand))
        and "byCustomizationType" not in params
    )


def _model(model: Model, region: str) -> dict[str, Any]:
    lifecycle: dict[str, Any] = {"status": "LEGACY" if model.is_legacy else "ACTIVE"}
    if model.end_of_life:
        lifecycle["endOfLifeTime"] = datetime.fromtimestamp(model.end_of_life, UTC)
    return {
        "modelArn": model.arn(region),
        "modelId": model.id,
        "modelName": model.name,
        "providerName": model.provider,
        "inputModalities": ["TEXT"],
        "outputModalities": [model.output],
        "responseStreamingSupported": True,
        "customizationsSupported": [],
        "inferenceTypesSupported": ["ON_DEMAND" if model.on_demand else "INFERENCE_PROFILE"],
        "modelLifecycle": lifecycle,
    }


def _profile(profile: InferenceProfile, region: str, regions: Sequence[str]) -> dict[str, Any]:
    return {
        "inferenceProfileName": profile.name,
        "description": f"Routes requests to {profile.model.name} in {len(regions)} regions",
        "inferenceProfileArn": profile.arn(region),
        "models": [{"modelArn": profile.model.arn(one)} for one in regions],
        "inferenceProfileId": profile.id,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }


def _missing(what: str) -> AwsError:
    message = f"Could not resolve the {what} from the provided identifier."
    return AwsError("ResourceNotFoundException", message, NOT_FOUND)


def _page(name: str, found: Sequence[Any], params: Mapping[str, Any]) -> dict[str, Any]:
    size = int(params.get("maxResults") or RESULTS_MAX)
    chosen, token = page(found, params.get("nextToken"), size)
    return {name: chosen} | ({"nextToken": token} if token else {})
