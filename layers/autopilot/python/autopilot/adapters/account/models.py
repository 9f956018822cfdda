"""Reads Bedrock in one region, and where Route 53's health checkers ask from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from autopilot.adapters.account.asking import ask, listed, region_of
from autopilot.domain.evidence.running import ModelPlace, ModelUse
from autopilot.domain.known import Found, Known

_READY: Final = "READY"
_CONFIG: Final = "loggingConfig"


def read_models(bedrock: Any, region: str, names: Iterable[str]) -> Found[tuple[ModelUse, ...]]:
    """Where requests to each model or inference profile may be answered."""
    return Known(tuple(_use(bedrock, region, name) for name in names))


def _use(bedrock: Any, region: str, name: str) -> ModelUse:
    def call() -> tuple[str, ...]:
        answer = bedrock.get_inference_profile(inferenceProfileIdentifier=name)
        return tuple(sorted({region_of(str(one["modelArn"])) for one in answer["models"]}))

    # A bare model id is answered in the region it is asked in.
    return ModelUse(region, name, ask(call, {"ResourceNotFoundException": (region,)}))


def read_model_place(bedrock: Any, region: str) -> Found[tuple[ModelPlace, ...]]:
    """Invocation logging and guardrails of the region."""
    logging = "get_model_invocation_logging_configuration"
    place = ModelPlace(
        region=region,
        logs_content=ask(lambda: bool(getattr(bedrock, logging)().get(_CONFIG))),
        guardrails=ask(
            lambda: tuple(
                sorted(
                    str(one["name"])
                    for one in listed(bedrock, "list_guardrails", "guardrails")
                    if one["status"] == _READY
                )
            )
        ),
    )
    return Known((place,))


def read_checker_ranges(route53: Any) -> Found[frozenset[str]]:
    """The ranges that health checkers ask from now: of IPv4, which the hosts of buckets have.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetCheckerIpRanges.html
    """

    def call() -> frozenset[str]:
        found = route53.get_checker_ip_ranges()["CheckerIpRanges"]
        return frozenset(str(one) for one in found if ":" not in one)

    return ask(call)
