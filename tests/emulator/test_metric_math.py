"""Metric math as the CloudWatch user guide has it, as far as the lab goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.metric_math import Expression, Values
from tests.emulator.conftest import HOME, START

VALUES = {"a": 1.0, "b": None, "c": 4.0, "zero": 0.0}


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a + c * 2", 9.0),
        ("(a + c) * 2", 10.0),
        ("-a - c", -5.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("c / a / 2", 2.0),
        ("a + b", None),
        ("c / zero", None),
        ("SUM([a, b, c])", 5.0),
        ("SUM([b])", None),
        ("AVG([a, c]) + MIN([a, c]) + MAX([a, c])", 7.5),
        ("FILL(b, 7)", 7.0),
        ("FILL(a, 7)", 1.0),
        ("IF(SUM([a, c]) >= 3, a / c, 0)", 0.25),
        ("IF(a > c, 1, 0)", 0.0),
        ("IF(b, 1, 0)", None),
        ("(a < c) AND (c != a) OR (a == c)", 1.0),
        ("(a > c) || (c <= 4) && (a >= 2)", 0.0),
    ],
)
def test_an_expression_has_its_value_at_an_instant(text: str, expected: float | None) -> None:
    """A missing point makes arithmetic missing; functions over lists leave it out."""
    assert Expression.parse(text).at(VALUES) == expected


def test_a_difference_is_to_the_value_before_and_the_first_point_has_none() -> None:
    """Points that are missing are no part of a series."""
    points: list[Values] = [{"a": 3.0}, {"a": None}, {"a": 5.0}, {"a": 4.0}]
    assert Expression.parse("DIFF(a)").along(points) == [None, None, 2.0, -1.0]
    at = {0.0: 3.0, 1.0: 5.0, 2.0: 4.0}
    assert Expression.parse("DIFF(a) * 2").series({"a": at}) == {1: 4.0, 2: -2.0}


def test_an_expression_knows_what_it_reads() -> None:
    """So that an alarm whose expression names no metric is refused."""
    assert Expression.parse("SUM([f0,f1]) / r0").ids == {"f0", "f1", "r0"}


@pytest.mark.parametrize(
    "text, message",
    [
        ("a +", "operand is missing"),
        ("a b", "follows the expression"),
        ("SUM([a, c)", "expected ']'"),
        ("SUM(a)", r"expected '\['"),
        ("DIFF(a + c)", r"expected '\)'"),
        ("Total", "ids begin with a lower case letter"),
        ("ANOMALY_DETECTION_BAND(a, 2)", "no function ANOMALY_DETECTION_BAND"),
        ("a ? c", "cannot read"),
        ("a" * 2_049, "longer than 2048"),
    ],
)
def test_what_is_no_expression_is_refused_with_the_place(text: str, message: str) -> None:
    """Rather than guessed at."""
    with pytest.raises(AwsError, match=message):
        Expression.parse(text)


def test_an_expression_is_computed_where_its_metrics_have_data(aws: EmbeddedAws) -> None:
    """GetMetricData gives the expression alone when only it is to be returned."""
    client = aws.client("cloudwatch", HOME)
    failed = {"SampleCount": 10, "Sum": 4, "Minimum": 0, "Maximum": 1}
    at = datetime.fromtimestamp(START, UTC)
    client.put_metric_data(
        Namespace="Lab",
        MetricData=[{"MetricName": "Failed", "Timestamp": at, "StatisticValues": failed}],
    )
    aws.run(60)
    metric = {"Namespace": "Lab", "MetricName": "Failed"}
    stats = [
        {
            "Id": name,
            "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat},
            "ReturnData": False,
        }
        for name, stat in (("f", "Sum"), ("r", "SampleCount"))
    ]
    rate = {"Id": "rate", "Expression": "100 * f / r", "Label": "percent"}
    times = {"StartTime": at - timedelta(minutes=5), "EndTime": at + timedelta(minutes=5)}
    answer = client.get_metric_data(MetricDataQueries=[rate, *stats], **times)

    [result] = answer["MetricDataResults"]
    assert (result["Label"], result["Values"]) == ("percent", [40.0])
    with pytest.raises(ClientError, match="the lab computes over metrics only"):
        client.get_metric_data(MetricDataQueries=[rate], **times)
