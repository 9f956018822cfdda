"""CloudWatch alarms: how they are evaluated, and what a change of state sets off."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from autopilot_lab.conformance.belief import belief
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import (
    ALARM_EVALUATION,
    ALARM_EVENTS,
    ALARM_LAMBDA,
    ALARM_MISSING_DATA,
    guide,
    operation,
)
from autopilot_lab.conformance.verdicts import Violated, check, equal

PERIOD_SECONDS = 10
PRINCIPAL = "lambda.alarms.cloudwatch.amazonaws.com"
MAKES = "1 alarm"
MAKES_PATH = "1 alarm, 1 function, 1 role, 1 queue"
FORWARD = """
import json
import os

import boto3


def handler(event, context):
    body = json.dumps(event)
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=body)
"""


@belief(
    operation("cloudwatch", "PutMetricAlarm"),
    breaks="a new alarm would start OK, and its first failure look like any other",
    makes=MAKES,
)
def a_new_alarm_has_insufficient_data(sandbox: Sandbox) -> None:
    """An alarm that was just created is in INSUFFICIENT_DATA."""
    equal(sandbox.alarm_state(sandbox.alarm()), "INSUFFICIENT_DATA", "the first state")


@belief(
    operation("cloudwatch", "PutMetricAlarm"),
    breaks="an alarm of a period that cannot be evaluated would be deployed",
)
def an_alarm_period_is_10_20_30_or_minutes(sandbox: Sandbox) -> None:
    """Periods are 10, 20, 30 or a multiple of 60 seconds: 15 is refused."""
    client = sandbox.client("cloudwatch")
    try:
        sandbox.alarm(Period=15)
    except client.exceptions.ClientError as error:
        check("Validation" in error.response["Error"]["Code"], f"refused with {error}")
        return
    raise Violated("a period of 15 s was accepted")


@belief(
    ALARM_EVALUATION,
    breaks="one noisy period would set off the reflex",
    makes=MAKES,
)
def an_alarm_needs_m_of_n_periods(sandbox: Sandbox) -> None:
    """An alarm of 2 out of 3 stays out of ALARM with one breaching period, and enters with two."""
    name = sandbox.alarm()
    for value in (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0):
        _publish(sandbox, name, value)
    equal(sandbox.alarm_state(name), "OK", "the state after one breaching period")
    _publish_until(sandbox, name, 1.0, "ALARM", within_seconds=60)


@belief(
    ALARM_EVALUATION,
    breaks="the reflex could not act within 40 s of a fault",
    makes=MAKES,
)
def a_high_resolution_alarm_is_evaluated_every_ten_seconds(sandbox: Sandbox) -> None:
    """An alarm of 2 out of 3 periods of 10 s enters ALARM within 40 s of the first failing one."""
    name = sandbox.alarm()
    _publish_until(sandbox, name, 0.0, "OK", within_seconds=90)
    _publish_until(sandbox, name, 1.0, "ALARM", within_seconds=40)


@belief(
    ALARM_MISSING_DATA,
    breaks="a service that stopped reporting would still look as it did",
    makes=MAKES,
)
def an_alarm_without_data_says_so(sandbox: Sandbox) -> None:
    """With missing data treated as missing, an alarm without data enters INSUFFICIENT_DATA."""
    name = sandbox.alarm(TreatMissingData="missing")
    _publish_until(sandbox, name, 0.0, "OK", within_seconds=90)
    _reaches(sandbox, name, "INSUFFICIENT_DATA", within_seconds=300)


@belief(
    ALARM_MISSING_DATA,
    breaks="absence of data would be read as good news",
    makes=MAKES,
)
def missing_data_may_count_as_good(sandbox: Sandbox) -> None:
    """With missing data treated as notBreaching, an alarm without data returns to OK."""
    name = sandbox.alarm(TreatMissingData="notBreaching")
    _publish_until(sandbox, name, 1.0, "ALARM", within_seconds=90)
    _reaches(sandbox, name, "OK", within_seconds=300)


@belief(
    operation("cloudwatch", "SetAlarmState"),
    breaks="a refused reflex would be tried again by itself; it is not, because of this",
    makes=MAKES_PATH,
)
def only_a_change_of_state_acts(sandbox: Sandbox) -> None:
    """An alarm that is put into the state it is in already does not act again."""
    url, name = _alarm_with_queue(sandbox)
    for _ in range(2):
        _set_alarm(sandbox, name)
        sandbox.wait(1)
    sandbox.received(url, within_seconds=60)
    sandbox.nothing_comes(url, within_seconds=30)


@belief(
    ALARM_LAMBDA,
    breaks="contain_route could not tell which route an alarm is about",
    makes=MAKES_PATH,
)
def an_alarm_invokes_a_function_with_its_data(sandbox: Sandbox) -> None:
    """The function gets source, alarmArn, accountId, region and alarmData with both states."""
    url, name = _alarm_with_queue(sandbox)
    _set_alarm(sandbox, name)
    event = sandbox.received(url, within_seconds=60)
    equal(event.get("source"), "aws.cloudwatch", "source")
    equal(event.get("accountId"), sandbox.account, "accountId")
    equal(event.get("region"), sandbox.regions.home, "region")
    check(
        str(event.get("alarmArn")).endswith(f":alarm:{name}"), f"alarmArn {event.get('alarmArn')}"
    )
    data = event["alarmData"]
    equal(data["alarmName"], name, "alarmName")
    equal(data["state"]["value"], "ALARM", "state.value")
    equal(data["previousState"]["value"], "INSUFFICIENT_DATA", "previousState.value")
    metric = data["configuration"]["metrics"][0]["metricStat"]["metric"]
    equal(metric["namespace"], name, "the metric's namespace")


@belief(
    ALARM_LAMBDA,
    breaks="the reflex would never run; nothing but the missing effect would show it",
    makes=MAKES_PATH,
)
def an_alarm_needs_the_functions_permission(sandbox: Sandbox) -> None:
    """Without a permission for the alarms' own principal the function is not invoked."""
    url, name = _alarm_with_queue(sandbox, principal="cloudwatch.amazonaws.com")
    _set_alarm(sandbox, name)
    sandbox.nothing_comes(url, within_seconds=30)


@belief(
    ALARM_LAMBDA,
    breaks="a route could not be contained on the word of two alarms together",
    makes="2 alarms, 1 function, 1 role, 1 queue",
)
def a_composite_alarm_invokes_a_function(sandbox: Sandbox) -> None:
    """A composite alarm acts on a function as a metric alarm does."""
    url, arn = _forwarder(sandbox, PRINCIPAL)
    child, parent = sandbox.alarm(), sandbox.name()
    client = sandbox.client("cloudwatch")
    client.put_composite_alarm(AlarmName=parent, AlarmRule=f"ALARM({child})", AlarmActions=[arn])
    sandbox.cleaner.later(f"alarm {parent}", lambda: client.delete_alarms(AlarmNames=[parent]))
    sandbox.wait(15)
    _set_alarm(sandbox, child)
    event = sandbox.received(url, within_seconds=90)
    equal(event["alarmData"]["alarmName"], parent, "alarmName")


@belief(
    ALARM_EVENTS,
    breaks="receive_alarm could not read what EventBridge brings",
    makes="1 alarm, 1 rule, 1 queue",
)
def an_alarm_event_names_states_and_metric(sandbox: Sandbox) -> None:
    """EventBridge gets detail-type, resources and a detail with name, states and configuration."""
    url, name = _ruled_alarm(sandbox)
    _set_alarm(sandbox, name)
    event = sandbox.received(url, within_seconds=90)
    equal(event["detail-type"], "CloudWatch Alarm State Change", "detail-type")
    equal(event["source"], "aws.cloudwatch", "source")
    check(event["resources"][0].endswith(f":alarm:{name}"), f"resources {event['resources']}")
    detail = event["detail"]
    equal(detail["alarmName"], name, "detail.alarmName")
    equal(detail["state"]["value"], "ALARM", "detail.state.value")
    equal(detail["previousState"]["value"], "INSUFFICIENT_DATA", "detail.previousState.value")
    check("timestamp" in detail["state"], "detail.state has no timestamp")
    check(detail["configuration"]["metrics"], "detail.configuration has no metrics")


@belief(
    operation("cloudwatch", "DisableAlarmActions"),
    breaks="a maintenance window that only disables actions would still start incidents: "
    "receivers must read the window",
    makes="1 alarm, 1 rule, 1 queue",
)
def disabled_actions_do_not_stop_events(sandbox: Sandbox) -> None:
    """An alarm whose actions are disabled still sends its change of state to EventBridge."""
    url, name = _ruled_alarm(sandbox)
    sandbox.client("cloudwatch").disable_alarm_actions(AlarmNames=[name])
    _set_alarm(sandbox, name)
    equal(sandbox.received(url, within_seconds=90)["detail"]["alarmName"], name, "alarmName")


@belief(
    guide(
        "CloudWatch user guide, cross-account cross-region",
        "AmazonCloudWatch/latest/monitoring/Cross-Account-Cross-Region.html",
        seen=False,
    ),
    breaks="standby could watch home's metrics; every region probes for itself because of this",
    makes=MAKES,
)
def an_alarm_sees_its_own_region_only(sandbox: Sandbox) -> None:
    """A metric that is published in one region is not seen by an alarm in another."""
    name = sandbox.alarm()
    for _ in range(6):
        _publish(sandbox, name, 1.0, region=sandbox.regions.standby)
    equal(sandbox.alarm_state(name), "INSUFFICIENT_DATA", "the state of home's alarm")


@belief(
    operation("cloudwatch", "PutMetricData"),
    breaks="10 s alarms would see one period in six, and the reflex would be a minute slower",
    makes="metrics",
    cents=30,
)
def storage_resolution_keeps_seconds_apart(sandbox: Sandbox) -> None:
    """With StorageResolution 1, values 10 s apart are separate datapoints of period 10."""
    name = sandbox.name()
    for value in (1.0, 2.0, 3.0):
        _publish(sandbox, name, value)
    _sees(sandbox, name, [1.0, 2.0, 3.0])


@belief(
    operation("cloudwatch", "PutMetricData"),
    breaks="the alarm on Failed would not be an alarm on the failure rate",
    makes="metrics",
    cents=30,
)
def the_average_of_a_statistic_set_is_sum_by_count(sandbox: Sandbox) -> None:
    """Average of a published statistic set is its Sum divided by its SampleCount."""
    name = sandbox.name()
    datum = _datum(StatisticValues={"SampleCount": 200, "Sum": 30, "Minimum": 0, "Maximum": 1})
    sandbox.client("cloudwatch").put_metric_data(Namespace=name, MetricData=[datum])
    _sees(sandbox, name, [0.15])


@belief(
    operation("cloudwatch", "PutDashboard"),
    breaks="two regional stacks would each have a dashboard; they would fight over one name",
    makes="1 dashboard",
    cents=1,
)
def a_dashboard_is_global(sandbox: Sandbox) -> None:
    """A dashboard that is put in one region is there in every region."""
    name, client = sandbox.name(), sandbox.client("cloudwatch")
    client.put_dashboard(DashboardName=name, DashboardBody='{"widgets": []}')
    sandbox.cleaner.later(
        f"dashboard {name}", lambda: client.delete_dashboards(DashboardNames=[name])
    )
    standby = sandbox.client("cloudwatch", sandbox.regions.standby)
    listed = standby.list_dashboards(DashboardNamePrefix=name)["DashboardEntries"]
    check(listed, "the dashboard is not seen in the other region")


def _datum(**values: Any) -> dict[str, Any]:
    stamp = {"Timestamp": datetime.fromtimestamp(time.time(), UTC), "StorageResolution": 1}
    return {"MetricName": "Failed", **stamp, **values}


def _publish(sandbox: Sandbox, namespace: str, value: float, *, region: str = "") -> None:
    """Publish one value, and let its period pass."""
    client = sandbox.client("cloudwatch", region)
    client.put_metric_data(Namespace=namespace, MetricData=[_datum(Value=value)])
    sandbox.wait(PERIOD_SECONDS)


def _publish_until(
    sandbox: Sandbox, name: str, value: float, state: str, *, within_seconds: float
) -> None:
    """Publish a value every period until the alarm is in that state."""
    for _ in range(int(within_seconds // PERIOD_SECONDS)):
        _publish(sandbox, name, value)
        if sandbox.alarm_state(name) == state:
            return
    raise Violated(f"the alarm did not enter {state} within {within_seconds:.0f} s")


def _reaches(sandbox: Sandbox, name: str, state: str, *, within_seconds: float) -> None:
    def look() -> None:
        equal(sandbox.alarm_state(name), state, f"the state after {within_seconds:.0f} s")

    sandbox.eventually(look, within_seconds=within_seconds)


def _sees(sandbox: Sandbox, namespace: str, averages: list[float]) -> None:
    """GetMetricStatistics, by periods of 10 s, gives these averages in order."""
    client, now = sandbox.client("cloudwatch"), time.time()

    def look() -> None:
        points = client.get_metric_statistics(
            Namespace=namespace,
            MetricName="Failed",
            StartTime=datetime.fromtimestamp(now - 120, UTC),
            EndTime=datetime.fromtimestamp(now + 60, UTC),
            Period=PERIOD_SECONDS,
            Statistics=["Average"],
        )["Datapoints"]
        found = [point["Average"] for point in sorted(points, key=lambda one: one["Timestamp"])]
        equal(found, averages, "the averages by period")

    sandbox.eventually(look, within_seconds=120)


def _set_alarm(sandbox: Sandbox, name: str) -> None:
    client = sandbox.client("cloudwatch")
    client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a conformance trial")


def _forwarder(sandbox: Sandbox, principal: str) -> tuple[str, str]:
    """A function that sends its event to a queue, open to `principal`; the URL, the ARN."""
    url, queue = sandbox.queue()
    name = sandbox.function(
        FORWARD,
        rights={"sqs:SendMessage": queue},
        Environment={"Variables": {"QUEUE_URL": url}},
    )
    sandbox.client("lambda").add_permission(
        FunctionName=name,
        StatementId="alarm",
        Action="lambda:InvokeFunction",
        Principal=principal,
        SourceAccount=sandbox.account,
    )
    return url, sandbox.function_arn(name)


def _alarm_with_queue(sandbox: Sandbox, *, principal: str = PRINCIPAL) -> tuple[str, str]:
    """An alarm whose action forwards its event to a queue; the URL and the alarm's name.

    Without data it stays in the state it is put into.
    """
    url, arn = _forwarder(sandbox, principal)
    return url, sandbox.alarm(AlarmActions=[arn], TreatMissingData="ignore")


def _ruled_alarm(sandbox: Sandbox) -> tuple[str, str]:
    """An alarm whose events a rule sends to a queue; the URL and the alarm's name."""
    url, queue = sandbox.queue()
    name = sandbox.alarm()
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": [name]},
    }
    sandbox.rule(pattern, queue)
    return url, name
