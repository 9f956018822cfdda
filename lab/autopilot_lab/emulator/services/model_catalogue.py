"""The Bedrock models and inference profiles that the lab knows, with their regions.

An excerpt of AWS's catalogue as of 2026, for the European geography; what AWS adds or moves must
be listed anew, not assumed
(https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html,
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autopilot_lab.emulator.moto_backend import ACCOUNT

_EU = ("eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3")
_EU_NOVA = ("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3")


@dataclass(frozen=True, slots=True)
class Model:
    """A foundation model. `burndown` is how much an output token weighs in a quota.

    `end_of_life` is in Unix seconds, 0 where none is announced.
    """

    id: str
    name: str
    provider: str
    regions: tuple[str, ...]
    on_demand: bool
    burndown: int = 1
    is_legacy: bool = False
    end_of_life: float = 0.0
    output: str = "TEXT"

    def arn(self, region: str) -> str:
        """The ARN of the model in a region; it belongs to no account."""
        return f"arn:aws:bedrock:{region}::foundation-model/{self.id}"


@dataclass(frozen=True, slots=True)
class InferenceProfile:
    """A system-defined profile: calls from its regions may be answered in any of them."""

    id: str
    name: str
    model: Model
    regions: tuple[str, ...]

    def arn(self, region: str) -> str:
        """The ARN of the profile in the region it is called in."""
        return f"arn:aws:bedrock:{region}:{ACCOUNT}:inference-profile/{self.id}"


_HAIKU = Model(
    "anthropic.claude-haiku-4-5-20251001-v1:0",
    "Claude Haiku 4.5",
    "Anthropic",
    _EU,
    on_demand=False,
    burndown=5,
)
_SONNET = Model(
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "Claude Sonnet 4.5",
    "Anthropic",
    _EU,
    on_demand=False,
    burndown=5,
)
_NOVA_PRO = Model("amazon.nova-pro-v1:0", "Nova Pro", "Amazon", _EU_NOVA, on_demand=False)
_HAIKU_3 = Model(
    "anthropic.claude-3-haiku-20240307-v1:0",
    "Claude 3 Haiku",
    "Anthropic",
    ("eu-central-1", "eu-west-1", "eu-west-3"),
    on_demand=True,
    is_legacy=True,
)

_TITAN = Model(
    "amazon.titan-embed-text-v2:0",
    "Titan Text Embeddings V2",
    "Amazon",
    ("eu-central-1", "eu-west-1", "eu-west-3"),
    on_demand=True,
    output="EMBEDDING",
)

MODELS: Sequence[Model] = (_HAIKU, _SONNET, _NOVA_PRO, _HAIKU_3, _TITAN)
PROFILES: Sequence[InferenceProfile] = (
    InferenceProfile(f"eu.{_HAIKU.id}", "EU Anthropic Claude Haiku 4.5", _HAIKU, _EU),
    InferenceProfile(f"eu.{_SONNET.id}", "EU Anthropic Claude Sonnet 4.5", _SONNET, _EU),
    InferenceProfile(f"eu.{_NOVA_PRO.id}", "EU Nova Pro", _NOVA_PRO, _EU_NOVA),
)


def find_model(identifier: str, region: str) -> Model | None:
    """The model of an id or ARN, where the region has it."""
    name = identifier.rsplit("foundation-model/", 1)[-1]
    found = (one for one in MODELS if one.id == name and region in one.regions)
    return next(found, None)


def find_profile(identifier: str, region: str) -> InferenceProfile | None:
    """The profile of an id or ARN, where the region is one of its source regions."""
    name = identifier.rsplit("inference-profile/", 1)[-1]
    found = (one for one in PROFILES if one.id == name and region in one.regions)
    return next(found, None)
