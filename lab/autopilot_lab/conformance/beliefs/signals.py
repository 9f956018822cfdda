"""What metrics, alarms on expressions and dashboards are built on."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from autopilot_lab.conformance.belief import belief, documented
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import ALARM_EVALUATION, guide, operation
from autopilot_lab.conformance.verdicts import Violated, check, equal

EMBEDDED = guide(
    "CloudWatch user guide, embedded metric format",
    "AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html",
    seen=False,
)
LIMITS = guide(
    "CloudWatch user guide, limits of alarms",
    "AmazonCloudWatch/latest/monitoring/alarm-limits.html",
)
WINDOWS = guide(
    "CloudWatch user guide, alarm evaluation windows",
    "AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html",
)
BODY = guide(
    "CloudWatch API reference, dashboard body structure",
    "AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html",
)
MATH = guide(
    "CloudWatch user guide, using metric math",
    "AmazonCloudWatch/latest/monitoring/using-metric-math.html",
    seen=False,
)
WRITES = """
import json
import time


def handler(event, context):
    metric = {"Name": "Effects", "Unit": "Count"}
    directive = {"Namespace": event, "Dimensions": [["Service"]], "Metrics": [metric]}
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    print(json.dumps({"_aws": about, "Service": "trial", "Effects": [2.0, 3.0]}))
"""


@belief(
    EMBEDDED,
    breaks="nothing that this product publishes of itself would be a metric",
    makes="1 function, 1 role, 1 log group",
    cents=30,
)
def a_log_line_in_the_embedded_format_is_a_metric(sandbox: Sandbox) -> None:
    """What a function logs in the embedded metric format can be read as a metric of its region."""
    logs = f"arn:aws:logs:*:{sandbox.account}:*"
    actions = ("CreateLogGroup", "CreateLogStream", "PutLogEvents")
    name = sandbox.function(WRITES, rights={f"logs:{action}": logs for action in actions})
    sandbox.client("lambda").invoke(FunctionName=name, Payload=f'"{name}"'.encode())
    client, now = sandbox.client("cloudwatch"), time.time()

    def look() -> None:
        points = client.get_metric_statistics(
            Namespace=name,
            MetricName="Effects",
            Dimensions=[{"Name": "Service", "Value": "trial"}],
            StartTime=datetime.fromtimestamp(now, UTC) - timedelta(minutes=5),
            EndTime=datetime.fromtimestamp(now, UTC) + timedelta(minutes=5),
            Period=60,
            Statistics=["Sum", "SampleCount"],
        )["Datapoints"]
        found = [(point["Sum"], point["SampleCount"]) for point in points]
        equal(found, [(5.0, 2.0)], "sum and number of the points")

    sandbox.eventually(look, within_seconds=300)


@belief(
    LIMITS,
    breaks="a service with more than five routes would get burn-rate alarms that cannot be made",
)
def an_alarm_on_an_expression_reads_ten_metrics_at_most(sandbox: Sandbox) -> None:
    """An expression over eleven metrics is refused."""
    client = sandbox.client("cloudwatch")
    try:
        client.put_metric_alarm(**_rate(sandbox.name(), ["Sum"] * 11))
    except client.exceptions.ClientError as error:
        check("Validation" in error.response["Error"]["Code"], f"refused with {error}")
        return
    raise Violated("eleven metrics were accepted")


@belief(
    MATH,
    breaks="burn rates would need a function that computes them",
    makes="1 alarm, metrics",
    cents=60,
)
def an_alarm_is_judged_by_the_value_of_its_expression(sandbox: Sandbox) -> None:
    """Sum by SampleCount above the threshold in its period: ALARM."""
    name, client = sandbox.name(), sandbox.client("cloudwatch")
    client.put_metric_alarm(**_rate(name, ["Sum", "SampleCount"]))
    sandbox.cleaner.later(f"alarm {name}", lambda: client.delete_alarms(AlarmNames=[name]))
    for _ in range(12):
        statistics = {"SampleCount": 10, "Sum": 4, "Minimum": 0, "Maximum": 1}
        at = datetime.fromtimestamp(time.time(), UTC)
        datum = {"MetricName": "Failed", "Timestamp": at, "StatisticValues": statistics}
        client.put_metric_data(Namespace=name, MetricData=[{**datum, "StorageResolution": 1}])
        sandbox.wait(10)
        if sandbox.alarm_state(name) == "ALARM":
            return
    raise Violated("the alarm did not enter ALARM within two minutes")


def _rate(name: str, stats: list[str]) -> dict[str, Any]:
    """An alarm on the first statistic by the last."""
    metric = {"Namespace": name, "MetricName": "Failed"}
    queries: list[dict[str, Any]] = [
        {
            "Id": f"m{number}",
            "MetricStat": {"Metric": metric, "Period": 10, "Stat": stat},
            "ReturnData": False,
        }
        for number, stat in enumerate(stats)
    ]
    rate = {"Id": "rate", "Expression": f"m0 / m{len(stats) - 1}", "ReturnData": True}
    return {
        "AlarmName": name,
        "Metrics": [rate, *queries],
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 0.3,
        "ComparisonOperator": "GreaterThanThreshold",
    }


SIGNALS = (
    documented(
        "a-long-window-slides",
        "An alarm's window ends at the minute of its evaluation, not at a multiple of its period.",
        WINDOWS,
        breaks="an hour's burn rate could be an hour late",
        untried="it shows only after ten minutes of publishing; the lab's own tests hold it to it",
    ),
    documented(
        "windows-over-a-day-are-looked-at-hourly",
        "Period times evaluation periods is a week at most, a day for periods below an hour; over "
        "a day alarms are evaluated once an hour.",
        ALARM_EVALUATION,
        breaks="the three-day burn rate could be an alarm; the sweep judges it because of this",
        untried="it shows after days only",
    ),
    documented(
        "functions-over-lists-leave-missing-metrics-out",
        "SUM over a list of metrics adds those that have data; arithmetic on one without is none.",
        MATH,
        breaks="one idle route would hide the error rate of all",
        untried="the guide says it for SUM only by its examples; both ways would be safe: no data",
    ),
    documented(
        "a-graph-shows-metrics-of-several-regions",
        "Each metric of a graph may name a region of its own, also inside an expression.",
        BODY,
        breaks="a dashboard could not sum what the routers of both regions count",
        untried="no call returns what a dashboard would draw",
    ),
    documented(
        "a-composite-may-name-alarms-by-name",
        "A composite's rule names alarms of its region by name or ARN; 100 children, 10,240 "
        "characters.",
        operation("cloudwatch", "PutCompositeAlarm"),
        breaks="generated rules would need the ARNs of alarms of the same template",
        untried="the limits take 101 alarms to show",
    ),
)
