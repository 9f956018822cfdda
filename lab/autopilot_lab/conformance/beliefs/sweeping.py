"""What the health sweep reads: percentile ranks, quotas, composite alarms, queues."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from autopilot_lab.conformance.belief import belief, documented
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import guide, operation
from autopilot_lab.conformance.verdicts import Violated, check, equal

STATISTICS = guide(
    "CloudWatch user guide, statistics definitions",
    "AmazonCloudWatch/latest/monitoring/Statistics-definitions.html",
)
QUOTA = guide(
    "Service Quotas, GetServiceQuota",
    "servicequotas/2019-06-24/apireference/API_GetServiceQuota.html",
    seen=False,
)
BEDROCK_METRICS = guide(
    "Bedrock user guide, monitoring the runtime",
    "bedrock/latest/userguide/monitoring-runtime-metrics.html",
)


@belief(
    STATISTICS,
    breaks="the share of slow requests would be wrong at the very objective",
    makes="1 metric",
)
def a_percentile_rank_includes_its_upper_bound(sandbox: Sandbox) -> None:
    """PR(:1000) is the percent of values up to and including 1000."""
    client, now = sandbox.client("cloudwatch"), datetime.now(UTC)
    namespace = "AutopilotConformance"
    client.put_metric_data(
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": "Rank",
                "Timestamp": now,
                "Values": [500.0, 1000.0, 1500.0],
                "Counts": [2.0, 1.0, 1.0],
            }
        ],
    )
    query = {
        "Id": "rank",
        "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": "Rank"},
            "Period": 300,
            "Stat": "PR(:1000)",
        },
    }
    for _ in range(30):
        answer = client.get_metric_data(
            MetricDataQueries=[query],
            StartTime=now - timedelta(minutes=10),
            EndTime=now + timedelta(minutes=10),
        )
        values = answer["MetricDataResults"][0]["Values"]
        if values:
            equal(values[0], 75.0, "the percent of values up to 1000")
            return
        time.sleep(10)
    raise Violated("the metric never appeared")


@belief(
    QUOTA,
    breaks="a wrong code would look like a quota that could not be read",
)
def a_missing_quota_has_its_own_error(sandbox: Sandbox) -> None:
    """GetServiceQuota of an unknown code answers NoSuchResourceException."""
    client = sandbox.client("service-quotas")
    try:
        client.get_service_quota(ServiceCode="bedrock", QuotaCode="L-00000000")
    except client.exceptions.ClientError as error:
        equal(error.response["Error"]["Code"], "NoSuchResourceException", "the error")
        return
    raise Violated("a quota of a code that does not exist was answered")


@belief(
    QUOTA,
    breaks="quotas could not be matched by code, and names drift",
)
def a_quota_is_found_by_its_code(sandbox: Sandbox) -> None:
    """GetServiceQuota answers with the applied value of a Bedrock quota by its code."""
    quota = sandbox.client("service-quotas").get_service_quota(
        ServiceCode="bedrock", QuotaCode="L-CCA5DF70"
    )["Quota"]
    check(quota["Value"] > 0, f"the value is {quota['Value']}")


SWEEPING = (
    documented(
        "no-throttle-no-metric",
        "InvocationThrottles has no data before a model's first throttle.",
        BEDROCK_METRICS,
        breaks="absence would have to be read as unknown, and no quiet model were ever healthy",
        untried="a sandbox cannot be made to throttle at a price worth it",
    ),
    documented(
        "model-ids-come-in-several-spellings",
        "Bedrock's metrics have as ModelId what the request named: an id, a profile's id, an ARN.",
        BEDROCK_METRICS,
        breaks="one spelling would do; the others would stay green for ever",
        untried="it takes invocations of a model, which cost",
    ),
    documented(
        "short-periods-are-kept-for-three-hours",
        "Periods below a minute are kept 3 hours, of a minute 15 days, of five minutes 63 days.",
        operation("cloudwatch", "GetMetricData"),
        breaks="windows of days could be read in periods of ten seconds",
        untried="it shows after hours or days only",
    ),
)
