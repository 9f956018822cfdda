"""From a request to service, region and operation."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.wire import Request
from autopilot_lab.serve.addressing import Addressed, address

#: One call of each way in which an operation can be named, and of routes that are easily confused.
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("dynamodb", "get_item", {"TableName": "t", "Key": {"k": {"S": "v"}}}),
    ("dynamodbstreams", "list_streams", {}),
    ("stepfunctions", "list_state_machines", {}),
    ("cloudwatch", "describe_alarms", {}),
    ("sns", "publish", {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:t", "Message": "m"}),
    ("sqs", "send_message", {"QueueUrl": "https://sqs/1/q", "MessageBody": "m"}),
    ("iam", "list_roles", {}),
    ("ec2", "describe_regions", {}),
    ("scheduler", "get_schedule", {"Name": "s"}),
    ("lambda", "invoke", {"FunctionName": "f"}),
    ("lambda", "list_functions", {}),
    ("lambda", "get_function", {"FunctionName": "f"}),
    ("lambda", "get_function_configuration", {"FunctionName": "f"}),
    ("lambda", "publish_version", {"FunctionName": "f"}),
    ("s3", "list_buckets", {}),
    ("s3", "create_bucket", {"Bucket": "bucket"}),
    ("s3", "head_bucket", {"Bucket": "bucket"}),
    ("s3", "list_objects", {"Bucket": "bucket"}),
    ("s3", "list_objects_v2", {"Bucket": "bucket"}),
    ("s3", "list_object_versions", {"Bucket": "bucket"}),
    ("s3", "get_bucket_policy", {"Bucket": "bucket"}),
    ("s3", "put_bucket_policy", {"Bucket": "bucket", "Policy": "{}"}),
    ("s3", "get_object", {"Bucket": "bucket", "Key": "a/b c"}),
    ("s3", "head_object", {"Bucket": "bucket", "Key": "k"}),
    ("s3", "put_object", {"Bucket": "bucket", "Key": "k"}),
    ("s3", "copy_object", {"Bucket": "bucket", "Key": "k", "CopySource": "bucket/j"}),
    ("s3", "get_object_tagging", {"Bucket": "bucket", "Key": "k"}),
    ("s3", "delete_objects", {"Bucket": "bucket", "Delete": {"Objects": [{"Key": "k"}]}}),
    ("s3", "create_multipart_upload", {"Bucket": "bucket", "Key": "k"}),
    ("s3", "upload_part", {"Bucket": "bucket", "Key": "k", "PartNumber": 1, "UploadId": "u"}),
    ("s3", "list_parts", {"Bucket": "bucket", "Key": "k", "UploadId": "u"}),
    ("s3control", "get_public_access_block", {"AccountId": "123456789012"}),
    ("bedrock", "list_foundation_models", {}),
    ("bedrock-runtime", "converse", {"modelId": "m", "messages": []}),
    ("route53", "list_health_checks", {}),
]

#: Each call with its bucket in the path, and those of S3 with it in the host name too.
STYLED = [(*call, "path") for call in CALLS] + [
    (*call, "virtual") for call in CALLS if call[0] == "s3"
]


@pytest.mark.parametrize("service,method,params,style", STYLED)
def test_a_clients_request_is_recognised(
    service: str, method: str, params: dict[str, Any], style: str
) -> None:
    """Service, region and operation of a request are those that the client meant."""
    client = client_of(service, style)
    found = address(sent(client, method, params), region="us-east-1")
    expected = client.meta.method_to_api_mapping[method]
    region = client.meta.config.region_name if service == "route53" else "eu-west-1"
    assert (found.service, found.operation) == (service, expected)
    assert found.region in {region, "us-east-1"}
    assert found.access_key == "key"
    assert "amazonaws.com/" in found.request.url


def client_of(service: str, style: str) -> Any:
    """A client of a served lab."""
    make: Any = boto3.client  # stubs know each service by its literal name only
    addressing: Any = {"addressing_style": style}
    return make(
        service,
        region_name="eu-west-1",
        endpoint_url="http://localhost:4566",
        aws_access_key_id="key",
        aws_secret_access_key="secret",  # noqa: S106 - nobody checks it
        config=Config(s3=addressing, inject_host_prefix=False),
    )


class _SentError(Exception):
    """Ends a call when its request is complete."""


def sent(client: Any, method: str, params: dict[str, Any]) -> Request:
    """What a client would put on the wire."""
    caught: list[Any] = []

    def keep(request: Any, **_: Any) -> None:
        caught.append(request)
        raise _SentError

    client.meta.events.register("before-send", keep)
    with pytest.raises(_SentError):
        getattr(client, method)(**params)
    client.close()
    return on_the_wire(caught[0])


def on_the_wire(request: Any) -> Request:
    """A prepared request as a server reads it."""
    scheme_host, _, path = request.url.removeprefix("http://").partition("/")
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in request.headers.items()
    }
    body = request.body or b""
    data = body.read() if hasattr(body, "read") else body
    plain = data.encode() if isinstance(data, str) else bytes(data)
    return Request(request.method, f"/{path}", {"host": scheme_host, **headers}, plain)


def unsigned(headers: dict[str, str], method: str = "POST", path: str = "/") -> Addressed:
    """A request that nobody signed, addressed."""
    return address(Request(method, path, headers, b"{}"), region="eu-central-1")


def test_an_unsigned_request_goes_where_its_target_and_host_say() -> None:
    """Without a signature the target header names the service, and the host the region."""
    target = {"x-amz-target": "AWSStepFunctions.ListStateMachines"}
    here = unsigned({**target, "host": "127.0.0.1:4566"})
    assert (here.service, here.region) == ("stepfunctions", "eu-central-1")
    there = unsigned({**target, "host": "states.eu-west-1.amazonaws.com"})
    assert (there.operation, there.region) == ("ListStateMachines", "eu-west-1")
    assert unsigned({"host": "127.0.0.1"}, "GET", "/bucket/key").operation == "GetObject"


def test_what_no_service_understands_is_refused_without_a_retry() -> None:
    """An unknown service is an error with a status that clients do not retry."""
    scope = "key/20260101/eu-central-1/astrology/aws4_request"
    with pytest.raises(AwsError, match="astrology") as refused:
        unsigned({"authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0"})
    assert refused.value.status == 501
