"""The shapes of botocore's models, walked the short way and botocore's: the same, either way."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import botocore.session
import pytest
from botocore.parsers import JSONParser
from botocore.serialize import JSONSerializer
from botocore.validate import ParamValidator

from autopilot_lab.emulator.quick_shapes import check_of
from autopilot_lab.emulator.shortcuts import QuickJsonParser, shortcuts

MODELS = botocore.session.get_session()
INSTANT = datetime(2026, 1, 5, 8, 0, 10, tzinfo=UTC)
DATUM = {
    "MetricName": "Failed",
    "Dimensions": [{"Name": "Service", "Value": "shop"}],
    "Timestamp": INSTANT,
    "Value": 0.5,
    "StorageResolution": 1,
}
STAT = {
    "Metric": {"Namespace": "Shop", "MetricName": "Failed"},
    "Period": 60,
    "Stat": "Sum",
}
#: Service, operation and parameters that botocore takes.
GOOD: list[tuple[str, str, dict[str, Any]]] = [
    ("cloudwatch", "PutMetricData", {"Namespace": "Shop", "MetricData": [DATUM, DATUM]}),
    (
        "cloudwatch",
        "PutMetricData",
        {"Namespace": "Shop", "MetricData": [DATUM | {"Value": 3, "Timestamp": 1767600000}]},
    ),
    (
        "cloudwatch",
        "PutMetricData",
        {"Namespace": "Shop", "MetricData": ({"MetricName": "A", "Value": Decimal("0.5")},)},
    ),
    (
        "cloudwatch",
        "GetMetricData",
        {
            "MetricDataQueries": [{"Id": "m1", "MetricStat": STAT, "ReturnData": False}],
            "StartTime": INSTANT.astimezone(timezone(timedelta(hours=2))),
            "EndTime": "2026-01-05T09:00:00Z",
        },
    ),
    ("sqs", "GetQueueAttributes", {"QueueUrl": "u", "AttributeNames": ["All"]}),
    ("sqs", "SetQueueAttributes", {"QueueUrl": "u", "Attributes": {"DelaySeconds": "1"}}),
    ("stepfunctions", "StartExecution", {"stateMachineArn": "a", "name": "n", "input": "{}"}),
    ("ssm", "GetParameters", {"Names": ["a", "b"], "WithDecryption": True}),
    ("kms", "Encrypt", {"KeyId": "k", "Plaintext": b"\0", "EncryptionContext": {"a": "b"}}),
    ("kms", "Encrypt", {"KeyId": "k", "Plaintext": "text"}),
    ("dynamodb", "GetItem", {"TableName": "t", "Key": {"a": {"B": bytearray(b"\1")}}}),
]
#: And what it does not take.
WRONG: list[tuple[str, str, Any]] = [
    ("cloudwatch", "PutMetricData", {"MetricData": [DATUM]}),
    ("cloudwatch", "PutMetricData", {"Namespace": "", "MetricData": [DATUM]}),
    ("cloudwatch", "PutMetricData", {"Namespace": "S", "MetricData": [DATUM | {"Value": "1"}]}),
    ("cloudwatch", "PutMetricData", {"Namespace": "S", "MetricData": [DATUM | {"Timestamp": []}]}),
    ("cloudwatch", "PutMetricData", {"Namespace": "S", "MetricData": [DATUM | {"Other": 1}]}),
    ("cloudwatch", "PutMetricData", {"Namespace": "S", "MetricData": DATUM}),
    (
        "cloudwatch",
        "PutMetricData",
        {"Namespace": "S", "MetricData": [DATUM | {"StorageResolution": 0}]},
    ),
    ("sqs", "SetQueueAttributes", {"QueueUrl": "u", "Attributes": {"DelaySeconds": 1}}),
    ("ssm", "GetParameters", {"Names": []}),
    ("kms", "Encrypt", {"KeyId": "k", "Plaintext": 1}),
    ("dynamodb", "GetItem", {"TableName": "t", "Key": None}),
    ("dynamodb", "GetItem", []),
]
#: Answers, with what the model does not know and what is null.
ANSWERS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "cloudwatch",
        "GetMetricData",
        {"MetricDataResults": [{"Id": "m1", "Values": [1, None, 2.5], "Timestamps": [1767600000]}]},
    ),
    (
        "cloudwatch",
        "DescribeAlarms",
        {"MetricAlarms": [{"AlarmName": "a", "Threshold": 1, "New": 1, "Dimensions": []}, None]},
    ),
    ("sqs", "GetQueueAttributes", {"Attributes": {"ApproximateNumberOfMessages": "0"}}),
    ("ssm", "GetParameter", {"Parameter": {"Value": None, "Version": 3}}),
    ("kms", "Encrypt", {"CiphertextBlob": "AA==", "KeyId": "k"}),
    ("dynamodb", "GetItem", {"Item": {"a": {"M": {"b": {"BS": ["AA=="]}}}}}),
    ("dynamodb", "GetItem", {}),
]


def model_of(service: str, operation: str) -> Any:
    """The model of an operation."""
    return MODELS.get_service_model(service).operation_model(operation)


def body(service: str, operation: str, params: Any) -> Any:
    """What a request with these parameters carries."""
    model = model_of(service, operation)
    return json.loads(JSONSerializer().serialize_to_request(params, model)["body"])


def complaints(service: str, operation: str, params: Any) -> str:
    """What botocore says of these parameters."""
    report: Any = ParamValidator().validate(params, model_of(service, operation).input_shape)
    return str(report.generate_report())


@pytest.mark.parametrize("service, operation, params", GOOD)
def test_what_is_right_is_sent_as_botocore_sends_it(
    service: str, operation: str, params: dict[str, Any]
) -> None:
    """Twice, for the second time every function is there already."""
    assert complaints(service, operation, params) == ""
    expected = body(service, operation, params)
    with shortcuts():
        assert complaints(service, operation, params) == ""
        assert [body(service, operation, params) for _ in range(2)] == [expected, expected]


@pytest.mark.parametrize("service, operation, params", WRONG)
def test_what_is_wrong_is_told_in_botocore_s_words(
    service: str, operation: str, params: Any
) -> None:
    """None of it is taken for right."""
    expected = complaints(service, operation, params)
    assert expected
    assert not check_of(model_of(service, operation).input_shape)(params)
    with shortcuts():
        assert complaints(service, operation, params) == expected


def test_most_of_what_is_right_is_seen_at_once() -> None:
    """Botocore's own way is left for what is rare."""
    seen = [check_of(model_of(name, call).input_shape)(params) for name, call, params in GOOD]
    assert seen.count(True) >= len(GOOD) - 5


@pytest.mark.parametrize("service, operation, answer", ANSWERS)
def test_an_answer_is_parsed_as_botocore_parses_it(
    service: str, operation: str, answer: dict[str, Any]
) -> None:
    """Member by member, in the order of the model."""
    shape = model_of(service, operation).output_shape
    response = {"status_code": 200, "headers": {}, "body": json.dumps(answer).encode()}
    slow, fast = (parser.parse(response, shape) for parser in (JSONParser(), QuickJsonParser()))
    assert fast == slow
    assert list(fast) == list(slow)
