"""Reads how Bedrock's models were used, from CloudWatch.

Amazon Bedrock user guide, "Monitoring the runtime with CloudWatch metrics": dimension `ModelId`.
It carries whatever the request named: the bare model id, an inference profile's id, or an ARN.
`InvocationThrottles` has no data before the first throttle; throttled requests count neither as
invocations nor as errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from autopilot.adapters.cloudwatch_telemetry import instant
from autopilot.adapters.inventory.asking import asking
from autopilot.domain.inventory import Minute, Use
from autopilot.ports.inventory import ModelLoad

NAMESPACE: Final = "AWS/Bedrock"
_PERIOD_SECONDS: Final = 60
_HOUR_SECONDS: Final = 3_600
_THROTTLES, _INVOCATIONS, _ESTIMATED = (
    "InvocationThrottles",
    "Invocations",
    "EstimatedTPMQuotaUsage",
)
_INPUT, _OUTPUT, _LATENCY = "InputTokenCount", "OutputTokenCount", "InvocationLatency"
_COUNTED: Final = (_THROTTLES, _INVOCATIONS, _ESTIMATED, _INPUT, _OUTPUT)

#: By metric, by the start of the period, what its statistic was over all spellings.
Counted: TypeAlias = Mapping[str, Mapping[datetime, float]]


class CloudWatchUse:
    """`client` answers with CloudWatch's client of a region."""

    def __init__(self, client: Callable[[str], Any], account: str) -> None:
        """`account`: the id in ARNs of inference profiles."""
        self._client = client
        self._account = account

    def load(
        self, region: str, model: str, profile: str, *, since_ms: int, until_ms: int
    ) -> ModelLoad:
        """The use of one model, minute by minute over all its spellings."""
        names = self._spellings(region, model, profile)
        counted = self._read(
            region, names, (_THROTTLES, _INVOCATIONS, _ESTIMATED), since_ms, until_ms
        )
        throttles, requests, tokens = (
            counted[each] for each in (_THROTTLES, _INVOCATIONS, _ESTIMATED)
        )
        return ModelLoad(
            requests=round(sum(requests.values())) if requests else None,
            throttled=round(sum(throttles.values())) if throttles else None,
            peak_requests=round(max(requests.values())) if requests else None,
            peak_tokens=round(max(tokens.values())) if tokens else None,
        )

    def use(
        self, region: str, model: str, profile: str, *, since_ms: int, recent_ms: int, until_ms: int
    ) -> Use:
        """The same in detail; `recent_ms` begins the short window of throttles."""
        names = self._spellings(region, model, profile)
        read = self._read(region, names, (*_COUNTED, _LATENCY), since_ms, until_ms)
        counted, slow = {metric: read[metric] for metric in _COUNTED}, read[_LATENCY]
        return Use(
            minutes=tuple(_minutes(counted)),
            throttled=_since(counted[_THROTTLES], recent_ms),
            invoked=_since(counted[_INVOCATIONS], recent_ms),
            latency_ms=max(slow.values()) if slow else None,
        )

    def _spellings(self, region: str, model: str, profile: str) -> Sequence[str]:
        spelled = (
            model,
            profile,
            f"arn:aws:bedrock:{region}::foundation-model/{model}",
            f"arn:aws:bedrock:{region}:{self._account}:inference-profile/{profile}",
        )
        return tuple(dict.fromkeys(spelled))

    def _read(
        self,
        region: str,
        names: Sequence[str],
        metrics: Sequence[str],
        since_ms: int,
        until_ms: int,
    ) -> Counted:
        queries = {
            f"q{number}_{spelling}": _query(f"q{number}_{spelling}", metric, identifier)
            for number, metric in enumerate(metrics)
            for spelling, identifier in enumerate(names)
        }
        counted: dict[str, dict[datetime, float]] = {metric: {} for metric in metrics}
        given: dict[str, Any] = {
            "MetricDataQueries": list(queries.values()),
            "StartTime": instant(since_ms),
            "EndTime": instant(until_ms),
        }
        for result in self._results(region, given):
            metric = metrics[int(str(result["Id"])[1:].partition("_")[0])]
            _add(counted[metric], zip(result["Timestamps"], result["Values"], strict=True), metric)
        return counted

    def _results(self, region: str, given: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
        while True:
            with asking(f"cloudwatch:GetMetricData {NAMESPACE} in {region}"):
                answer = self._client(region).get_metric_data(**given)
            yield from answer["MetricDataResults"]
            if not answer.get("NextToken"):
                return
            given["NextToken"] = answer["NextToken"]


def _add(
    known: dict[datetime, float], values: Iterable[tuple[datetime, float]], metric: str
) -> None:
    """Counts of several spellings add up; of their latencies the worst counts."""
    for moment, value in values:
        before = known.get(moment, 0.0)
        known[moment] = max(before, value) if metric == _LATENCY else before + value


def _minutes(counted: Counted) -> Iterator[Minute]:
    moments = sorted({moment for values in counted.values() for moment in values})
    for moment in moments:
        at = {metric: values.get(moment, 0.0) for metric, values in counted.items()}
        yield Minute(
            requests=at[_INVOCATIONS] + at[_THROTTLES],
            input_tokens=at[_INPUT],
            output_tokens=at[_OUTPUT],
            estimated_tokens=at[_ESTIMATED],
            at_ms=round(moment.timestamp() * 1000),
        )


def _since(values: Mapping[datetime, float], recent_ms: int) -> int | None:
    """What was counted since then; None when nothing ever was."""
    if not values:
        return None
    first = instant(recent_ms)
    return round(sum(value for moment, value in values.items() if moment >= first))


def _query(name: str, metric: str, identifier: str) -> dict[str, Any]:
    is_latency = metric == _LATENCY
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": NAMESPACE,
                "MetricName": metric,
                "Dimensions": [{"Name": "ModelId", "Value": identifier}],
            },
            "Period": _HOUR_SECONDS if is_latency else _PERIOD_SECONDS,
            "Stat": "Average" if is_latency else "Sum",
        },
    }
