"""Reads how Bedrock's models were used (CloudWatch) and what the account may use (Service Quotas).

Amazon Bedrock user guide, "Monitoring the runtime with CloudWatch metrics": dimension `ModelId`.
It carries whatever the request named: the bare model id, an inference profile's id, or an ARN.
`InvocationThrottles` has no data before the first throttle; throttled requests count neither as
invocations nor as errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from autopilot.adapters.cloudwatch_telemetry import instant
from autopilot.errors import Transient
from autopilot.ports import ModelLoad

NAMESPACE: Final = "AWS/Bedrock"
SERVICE_CODE: Final = "bedrock"
_PERIOD_SECONDS: Final = 60
_METRICS: Final = ("InvocationThrottles", "Invocations", "EstimatedTPMQuotaUsage")


class BedrockModels:
    """`Models` over one CloudWatch and one Service Quotas client for each region."""

    def __init__(
        self, *, account: str, metrics: Mapping[str, Any], quotas: Mapping[str, Any]
    ) -> None:
        """`account`: the id in ARNs of inference profiles; clients by region."""
        self._account = account
        self._metrics = dict(metrics)
        self._quotas = dict(quotas)

    def load(
        self, region: str, model: str, profile: str, *, since_ms: int, until_ms: int
    ) -> ModelLoad:
        """The use of one model, minute by minute over all its spellings."""
        identifiers = tuple(dict.fromkeys(self._spellings(region, model, profile)))
        minutes = _minutes(self._metrics[region], region, identifiers, since_ms, until_ms)
        throttles, requests, tokens = (minutes[metric] for metric in _METRICS)
        return ModelLoad(
            requests=round(sum(requests.values())) if requests else None,
            throttled=round(sum(throttles.values())) if throttles else None,
            peak_requests=round(max(requests.values())) if requests else None,
            peak_tokens=round(max(tokens.values())) if tokens else None,
        )

    def _spellings(self, region: str, model: str, profile: str) -> Iterator[str]:
        yield model
        yield profile
        yield f"arn:aws:bedrock:{region}::foundation-model/{model}"
        yield f"arn:aws:bedrock:{region}:{self._account}:inference-profile/{profile}"

    def quota(self, region: str, code: str) -> float | None:
        """The applied value; None for `NoSuchResourceException`, `Transient` for all else."""
        try:
            answer = self._quotas[region].get_service_quota(
                ServiceCode=SERVICE_CODE, QuotaCode=code
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchResourceException":
                return None
            raise _unread(region, code, error) from error
        except BotoCoreError as error:
            raise _unread(region, code, error) from error
        return float(answer["Quota"]["Value"])


def _unread(region: str, code: str, error: Exception) -> Transient:
    return Transient(f"quota {code} could not be read in {region}: {error}")


def _minutes(
    client: Any, region: str, identifiers: Sequence[str], since_ms: int, until_ms: int
) -> dict[str, dict[Any, float]]:
    """By metric, what was counted in each minute."""
    queries = {
        f"q{number}_{spelling}": _query(f"q{number}_{spelling}", metric, identifier)
        for number, metric in enumerate(_METRICS)
        for spelling, identifier in enumerate(identifiers)
    }
    counted: dict[str, dict[Any, float]] = {metric: {} for metric in _METRICS}
    given: dict[str, Any] = {
        "MetricDataQueries": list(queries.values()),
        "StartTime": instant(since_ms),
        "EndTime": instant(until_ms),
    }
    while True:
        try:
            answer = client.get_metric_data(**given)
        except (BotoCoreError, ClientError) as error:
            message = f"CloudWatch did not answer in {region}: {error}"
            raise Transient(message) from error
        for result in answer["MetricDataResults"]:
            metric = counted[_METRICS[int(result["Id"][1])]]
            for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
                metric[moment] = metric.get(moment, 0.0) + value
        if not answer.get("NextToken"):
            return counted
        given["NextToken"] = answer["NextToken"]


def _query(name: str, metric: str, identifier: str) -> dict[str, Any]:
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": NAMESPACE,
                "MetricName": metric,
                "Dimensions": [{"Name": "ModelId", "Value": identifier}],
            },
            "Period": _PERIOD_SECONDS,
            "Stat": "Sum",
        },
    }
