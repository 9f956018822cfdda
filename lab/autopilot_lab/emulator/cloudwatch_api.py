"""CloudWatch's metric and alarm operations, on the lab's own stores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from autopilot_lab.emulator.alarm_rules import AlarmState
from autopilot_lab.emulator.alarms import Alarm, Alarms
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import Operation
from autopilot_lab.emulator.metric_math import Expression
from autopilot_lab.emulator.metrics import (
    STANDARD_RESOLUTION_SECONDS,
    MetricId,
    Metrics,
    from_datum,
    metric_id,
)
from autopilot_lab.emulator.paging import page

DATA_PER_PUT_MAX = 1_000
QUERIES_MAX = 500
RECORDS_MAX = 100


class CloudWatchApi:
    """One method per operation: parameters and region in, result out."""

    def __init__(self, *, metrics: Metrics, alarms: Alarms, now: Any) -> None:
        self._metrics = metrics
        self._alarms = alarms
        self._now = now

    def operations(self) -> Mapping[str, Operation]:
        """The operations by their API names."""
        return {
            "PutMetricData": self.put_metric_data,
            "GetMetricData": self.get_metric_data,
            "GetMetricStatistics": self.get_metric_statistics,
            "ListMetrics": self.list_metrics,
            "PutMetricAlarm": self.put_metric_alarm,
            "PutCompositeAlarm": self.put_composite_alarm,
            "DeleteAlarms": self.delete_alarms,
            "DescribeAlarms": self.describe_alarms,
            "DescribeAlarmsForMetric": self.describe_alarms_for_metric,
            "DescribeAlarmHistory": self.describe_alarm_history,
            "SetAlarmState": self.set_alarm_state,
            "EnableAlarmActions": self.enable_alarm_actions,
            "DisableAlarmActions": self.disable_alarm_actions,
        }

    # -- metrics ---------------------------------------------------------------------------------

    def put_metric_data(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Store data points; they become visible after the ingestion delay."""
        data = params.get("MetricData", ())
        if len(data) > DATA_PER_PUT_MAX:
            message = f"MetricData must have at most {DATA_PER_PUT_MAX} members, got {len(data)}"
            raise AwsError("InvalidParameterValue", message)
        for datum in data:
            self._metrics.publish(
                region,
                _metric(params["Namespace"], datum),
                _instant(datum["Timestamp"]) if "Timestamp" in datum else self._now(),
                from_datum(datum),
                resolution_seconds=int(
                    datum.get("StorageResolution") or STANDARD_RESOLUTION_SECONDS
                ),
            )
        return {}

    def get_metric_data(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Read metrics by query, and expressions over them."""
        queries = params["MetricDataQueries"]
        if len(queries) > QUERIES_MAX:
            raise AwsError("ValidationError", f"at most {QUERIES_MAX} queries, got {len(queries)}")
        start, end = _instant(params["StartTime"]), _instant(params["EndTime"])
        if start >= end:
            raise AwsError("ValidationError", "The parameter StartTime must be before EndTime")
        stored = {
            query["Id"]: self._stored(query["MetricStat"], region, start, end)
            for query in queries
            if "MetricStat" in query
        }
        descending = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        return {
            "MetricDataResults": [
                _result(query, _series(query, stored), descending=descending)
                for query in queries
                if query.get("ReturnData", True)
            ],
            "Messages": [],
        }

    def _stored(
        self, wanted: Mapping[str, Any], region: str, start: float, end: float
    ) -> dict[float, float]:
        """A statistic by the starts of its periods."""
        metric = _metric(wanted["Metric"]["Namespace"], wanted["Metric"])
        found = self._metrics.periods(region, metric, start, end, float(wanted["Period"]))
        values = {at: statistics.get(wanted["Stat"]) for at, statistics in found}
        return {at: value for at, value in values.items() if value is not None}

    def get_metric_statistics(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Read statistics of one metric."""
        found = self._metrics.periods(
            region,
            _metric(params["Namespace"], params),
            _instant(params["StartTime"]),
            _instant(params["EndTime"]),
            float(params["Period"]),
        )
        datapoints = []
        for at, statistics in found:
            point: dict[str, Any] = {"Timestamp": _moment(at), "Unit": params.get("Unit", "None")}
            for name in params.get("Statistics", ()):
                point[name] = statistics.get(name)
            extended = {name: statistics.get(name) for name in params.get("ExtendedStatistics", ())}
            if extended:
                point["ExtendedStatistics"] = extended
            datapoints.append(point)
        return {"Label": params["MetricName"], "Datapoints": datapoints}

    def list_metrics(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """The metrics that match namespace, name and dimensions."""
        matching = [
            {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
            }
            for metric in self._metrics.known(region)
            if _matches(metric, params)
        ]
        chosen, token = page(matching, params.get("NextToken"), 500)
        return {"Metrics": chosen} | ({"NextToken": token} if token else {})

    # -- alarms ----------------------------------------------------------------------------------

    def put_metric_alarm(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Create or replace a metric alarm."""
        self._alarms.put_metric_alarm(params, region)
        return {}

    def put_composite_alarm(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Create or replace a composite alarm."""
        self._alarms.put_composite_alarm(params, region)
        return {}

    def delete_alarms(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Delete alarms."""
        self._alarms.delete(list(params["AlarmNames"]), region)
        return {}

    def describe_alarms(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Alarms by name, prefix and state; metric alarms unless composites are asked for."""
        kinds = params.get("AlarmTypes") or ["MetricAlarm"]
        chosen = [alarm for alarm in self._alarms.of(region) if _wanted(alarm, params)]
        chosen, token = page(chosen, params.get("NextToken"), int(params.get("MaxRecords", 50)))
        metric = [_described(alarm) for alarm in chosen if not alarm.rule]
        composite = [_described(alarm) for alarm in chosen if alarm.rule]
        return {
            "MetricAlarms": metric if "MetricAlarm" in kinds else [],
            "CompositeAlarms": composite if "CompositeAlarm" in kinds else [],
        } | ({"NextToken": token} if token else {})

    def describe_alarms_for_metric(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """The alarms that watch one metric."""
        metric = _metric(params["Namespace"], params)
        found = [alarm for alarm in self._alarms.of(region) if alarm.metric == metric]
        return {"MetricAlarms": [_described(alarm) for alarm in found]}

    def describe_alarm_history(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """What happened to alarms, newest first unless asked otherwise."""
        name = params.get("AlarmName")
        kind = params.get("HistoryItemType")
        items = [
            item
            for alarm in self._alarms.of(region)
            if name in (None, alarm.name)
            for item in alarm.history
            if kind in (None, item["HistoryItemType"])
        ]
        newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        items.sort(key=lambda item: item["Timestamp"], reverse=newest_first)
        size = int(params.get("MaxRecords", RECORDS_MAX))
        chosen, token = page(items, params.get("NextToken"), size)
        return {"AlarmHistoryItems": chosen} | ({"NextToken": token} if token else {})

    def set_alarm_state(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Put an alarm in a state, until its next evaluation."""
        self._alarms.set_state(
            params["AlarmName"],
            region,
            AlarmState(params["StateValue"]),
            params["StateReason"],
            params.get("StateReasonData", ""),
        )
        return {}

    def enable_alarm_actions(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Let alarms act."""
        self._alarms.enable_actions(list(params["AlarmNames"]), region, enabled=True)
        return {}

    def disable_alarm_actions(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Keep alarms from acting."""
        self._alarms.enable_actions(list(params["AlarmNames"]), region, enabled=False)
        return {}


def _series(
    query: Mapping[str, Any], stored: Mapping[str, dict[float, float]]
) -> dict[float, float]:
    """What a query returns, oldest first."""
    if "MetricStat" in query:
        return stored[query["Id"]]
    expression = Expression.parse(query["Expression"])
    if missing := expression.ids - stored.keys():
        message = f"{query['Id']}: the lab computes over metrics only, not over {sorted(missing)}"
        raise AwsError("ValidationError", message)
    return expression.series(stored)


def _result(
    query: Mapping[str, Any], series: Mapping[float, float], *, descending: bool
) -> dict[str, Any]:
    present = sorted(series.items(), reverse=descending)
    named = query.get("MetricStat", {}).get("Metric", {}).get("MetricName", query["Id"])
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or named,
        "Timestamps": [_moment(at) for at, _ in present],
        "Values": [float(value) for _, value in present],
        "StatusCode": "Complete",
    }


def _metric(namespace: str, params: Mapping[str, Any]) -> MetricId:
    dimensions = {one["Name"]: one["Value"] for one in params.get("Dimensions", ())}
    return metric_id(namespace, params["MetricName"], dimensions)


def _instant(value: Any) -> float:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return float(value)


def _moment(instant: float) -> datetime:
    return datetime.fromtimestamp(instant, UTC)


def _matches(metric: MetricId, params: Mapping[str, Any]) -> bool:
    present = dict(metric.dimensions)
    return (
        params.get("Namespace") in (None, metric.namespace)
        and params.get("MetricName") in (None, metric.name)
        and all(
            one["Name"] in present and one.get("Value") in (None, present[one["Name"]])
            for one in params.get("Dimensions", ())
        )
    )


def _wanted(alarm: Alarm, params: Mapping[str, Any]) -> bool:
    names = params.get("AlarmNames")
    return (
        (not names or alarm.name in names)
        and alarm.name.startswith(params.get("AlarmNamePrefix") or "")
        and params.get("StateValue") in (None, str(alarm.condition.value))
    )


def _described(alarm: Alarm) -> dict[str, Any]:
    settings = {key: value for key, value in alarm.settings.items() if key != "Tags"}
    by = alarm.condition.suppressed_by
    reason = f"Actions suppressed by {by}"
    return {
        **settings,
        **({"ActionsSuppressedBy": by, "ActionsSuppressedReason": reason} if by else {}),
        "AlarmArn": alarm.arn,
        "StateValue": str(alarm.condition.value),
        "StateReason": alarm.condition.reason,
        "StateReasonData": alarm.condition.reason_data,
        "StateUpdatedTimestamp": _moment(alarm.condition.since),
        "StateTransitionedTimestamp": _moment(alarm.condition.since),
    }
