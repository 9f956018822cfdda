"""The quotas that the lab knows, by their codes: Amazon Bedrock's, and Lambda's concurrency.

Codes are AWS's: one for each model, kind of inference and unit, shared by all geographies, with
a value per region; names drift, so match on codes
(https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-runtime.html, and quota-index.csv of
github.com/awslabs/bedrock-usage-analyzer). Values are the lab's starting point: AWS's differ by
account, and new accounts get less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SERVICE_NAMES = {"bedrock": "Amazon Bedrock", "lambda": "AWS Lambda"}

HAIKU, SONNET = "Anthropic Claude Haiku 4.5", "Anthropic Claude Sonnet 4.5 V1"
NOVA = "Amazon Nova Pro"
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota and its default value."""

    service: str
    code: str
    name: str
    default: float
    is_adjustable: bool = True


def _bedrock(code: str, kind: str, what: str, model: str, default: float) -> Quota:
    return Quota("bedrock", code, f"{kind} model inference {what} for {model}", default)


_RPM, _TPM, _TPD = "requests per minute", "tokens per minute", "tokens per day"
_GEO, _GLOBAL, _ON_DEMAND = "Cross-region", "Global cross-region", "On-demand"

QUOTAS: Sequence[Quota] = (
    _bedrock("L-CCA5DF70", _GEO, _RPM, HAIKU, 10_000),
    _bedrock("L-58BE175A", _GEO, _TPM, HAIKU, 5_000_000),
    _bedrock("L-E5084BBA", _GLOBAL, _RPM, HAIKU, 10_000),
    _bedrock("L-9A11C666", _GLOBAL, _TPM, HAIKU, 5_000_000),
    _bedrock("L-4A6BFAB1", _GEO, _RPM, SONNET, 10_000),
    _bedrock("L-DB84CE56", _GLOBAL, _RPM, SONNET, 10_000),
    _bedrock("L-27C57EE8", _GLOBAL, _TPM, SONNET, 5_000_000),
    _bedrock("L-F2717A44", _ON_DEMAND, _RPM, NOVA, 250),
    _bedrock("L-CE33604C", _ON_DEMAND, _TPM, NOVA, 1_000_000),
    _bedrock("L-D690997B", _ON_DEMAND, _TPD, NOVA, 1_000_000 * DAY_MINUTES),
    _bedrock("L-ED46B8C5", _GEO, _RPM, NOVA, 500),
    _bedrock("L-C0326783", _GEO, _TPM, NOVA, 2_000_000),
    Quota("lambda", "L-B99A9384", "Concurrent executions", 1_000),
)
