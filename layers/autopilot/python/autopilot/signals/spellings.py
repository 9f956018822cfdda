"""The names under which Bedrock may publish a model's metrics: the one that a request named."""

from __future__ import annotations

from autopilot.domain.sweep_section import BedrockModel


def spellings(model: BedrockModel, region: str = "${AWS::Region}") -> tuple[str, ...]:
    """Bare id, inference profile, and the ARN of each, as CloudFormation substitutes them.

    Amazon Bedrock user guide, "Monitoring the runtime with CloudWatch metrics": dimension ModelId.
    """
    arn = f"arn:${{AWS::Partition}}:bedrock:{region}"
    named = (
        model.model,
        model.profile,
        f"{arn}::foundation-model/{model.model}",
        f"{arn}:${{AWS::AccountId}}:inference-profile/{model.profile}",
    )
    return tuple(dict.fromkeys(named))
