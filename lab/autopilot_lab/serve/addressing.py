"""To which service and region a request goes, and who signed it.

Every signed request carries both in its credential scope, whatever host it was sent to
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
Signatures are not verified: the lab has no secrets. Requests without one are placed by their
target header and their host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import botocore.session
from botocore.exceptions import BotoCoreError, UnknownServiceError

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.wire import Request, service_model
from autopilot_lab.serve.operations import operation_of

#: Services that sign with a name other than boto3's, or share theirs with others.
SIGNED_AS: Final[Mapping[str, tuple[str, ...]]] = {
    "apigateway": ("apigateway", "apigatewayv2"),
    "appconfig": ("appconfig", "appconfigdata"),
    "aoss": ("opensearchserverless",),
    "bedrock": ("bedrock-runtime", "bedrock", "bedrock-agent", "bedrock-agent-runtime"),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elbv2", "elb"),
    "elasticmapreduce": ("emr",),
    "es": ("opensearch", "es"),
    "monitoring": ("cloudwatch",),
    "s3": ("s3control", "s3"),
    "servicequotas": ("service-quotas",),
    "ses": ("sesv2", "ses"),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
}

#: Prefixes of target headers, for requests that nobody signed.
_TARGETS: Final[Mapping[str, str]] = {
    "AWSEvents": "events",
    "AWSStepFunctions": "states",
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
    "DynamoDB_20120810": "dynamodb",
    "DynamoDBStreams_20120810": "dynamodb",
    "GraniteServiceVersion20100801": "monitoring",
    "Logs_20140328": "logs",
    "TrentService": "kms",
    "secretsmanager": "secretsmanager",
}

_CREDENTIAL = re.compile(r"Credential=(?P<scope>[^,\s]+)")
_SCOPE = re.compile(r"(?P<key>.+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_AWS_HOST = re.compile(r"(?:.+\.)?(?P<service>[a-z0-9-]+)\.(?P<region>[a-z]{2}-[a-z]+-\d)\..+")
_BUCKET_HOST = re.compile(
    r"(?P<bucket>.+?)\.(?:s3[.-][a-z0-9-]+\.|s3\.)?(?:localhost|amazonaws\.com)(?::\d+)?"
)
_NO_BUCKETS: Final = frozenset({"s3", "s3-control"})


@dataclass(frozen=True, slots=True)
class Addressed:
    """A request with its destination. `request.url` is the one that AWS would see."""

    service: str  #: boto3 name
    operation: str
    region: str
    access_key: str  #: "" for a request that nobody signed
    request: Request


def address(received: Request, *, region: str) -> Addressed:
    """Find out where a request goes; `region` is for those that do not say.

    `received.url` is path and query; its headers are lower case. Raises `AwsError`: for a service
    or an operation that the lab does not know, with a status that clients do not retry.
    """
    key, scope_region, name = _scope(received)
    name = name or _guessed(received)
    at = scope_region or _in_host(received, "region") or region
    for service in _candidates(name):
        request = _path_style(received) if service == "s3" else received
        operation = operation_of(service, request)
        if operation:
            url = _url(service, at, request)
            headers = {**request.headers, "host": urlsplit(url).netloc}
            there = replace(request, url=url, headers=headers)
            return Addressed(service, operation, at, key, there)
    raise AwsError("NotImplemented", f"the lab knows no operation of {name!r} like this", 501)


def _scope(request: Request) -> tuple[str, str, str]:
    """Access key, region and signing name, each "" in a request that nobody signed."""
    match = _CREDENTIAL.search(request.headers.get("authorization", ""))
    presigned = parse_qs(urlsplit(request.url).query).get("X-Amz-Credential", [""])[0]
    scope = _SCOPE.fullmatch(match["scope"] if match else presigned)
    return (scope["key"], scope["region"], scope["service"]) if scope else ("", "", "")


def _guessed(request: Request) -> str:
    prefix = request.headers.get("x-amz-target", "").rpartition(".")[0]
    return _TARGETS.get(prefix) or _in_host(request, "service") or "s3"


def _in_host(request: Request, part: str) -> str:
    match = _AWS_HOST.fullmatch(request.headers.get("host", ""))
    return match[part] if match else ""


@cache
def _candidates(name: str) -> tuple[str, ...]:
    """The boto3 names of the services that sign with a name and that exist."""
    return tuple(service for service in SIGNED_AS.get(name, (name,)) if _exists(service))


def _exists(service: str) -> bool:
    try:
        service_model(service)
    except UnknownServiceError:
        return False
    return True


def _path_style(request: Request) -> Request:
    """The request with its bucket in the path, if a client put it into the host name.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """
    match = _BUCKET_HOST.fullmatch(request.headers.get("host", ""))
    if match is None or match["bucket"] in _NO_BUCKETS:
        return request
    return replace(request, url=f"/{match['bucket']}{request.url}")


def _url(service: str, region: str, request: Request) -> str:
    split = urlsplit(request.url)
    path = "/" if "x-amz-target" in request.headers else split.path
    scheme, _, host = _endpoint(service, region).partition("://")
    if service == "s3control":  # which alone has the account in its host name
        host = f"{request.headers.get('x-amz-account-id', ACCOUNT)}.{host}"
    return f"{scheme}://{host}{path}" + (f"?{split.query}" if split.query else "")


@cache
def _endpoint(service: str, region: str) -> str:
    """Where clients of AWS find a service in a region, without a slash at the end."""
    session: Any = botocore.session.get_session()  # stubs know each service by its literal name
    try:
        client = session.create_client(
            service,
            region_name=region,
            aws_access_key_id="lab",
            aws_secret_access_key="lab",  # noqa: S106 - nothing is signed with it
        )
    except BotoCoreError as error:
        raise AwsError("InvalidRegion", str(error)) from error
    return str(client.meta.endpoint_url).rstrip("/")
