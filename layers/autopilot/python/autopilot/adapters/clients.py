"""Builds every AWS client: short time-outs, bounded retries, and clients that can only read.

A read-only client refuses every operation that `may_send` does not name, before it is signed or
sent, whatever its name. Services and operations that are not listed are refused, so that a new
one is refused until somebody has looked at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.model import OperationModel

from autopilot.errors import Refused

CONNECT_TIMEOUT_SECONDS: Final = 1
READ_TIMEOUT_SECONDS: Final = 2
ATTEMPTS_MAX: Final = 3
#: Services whose caller tries again, observes first, or goes another way, by itself: retries live
#: at one layer.
ATTEMPTS_MAX_OF: Final[Mapping[str, int]] = MappingProxyType(
    {
        "bedrock": 2,  # a pre-flight has seconds, and remembers what it read the day before
        "bedrock-runtime": 1,  # a canary that needs a second try has failed
        "dynamodb": 1,
        "iam": 2,
        "kms": 2,
        "lambda": 1,
        "rds": 1,
        "service-quotas": 2,
        "sns": 1,
        "ssm": 1,
        "sts": 2,
    }
)

#: Operations that change nothing and start nothing, by service: a dry run can send these only.
READ_ONLY: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "backup": frozenset(
            {
                "ListBackupVaults",
            }
        ),
        "bedrock": frozenset(
            {
                "GetFoundationModel",
                "GetFoundationModelAvailability",
                "GetGuardrail",
                "GetInferenceProfile",
                "GetModelInvocationLoggingConfiguration",
                "ListGuardrails",
            }
        ),
        "cloudtrail": frozenset(
            {
                "DescribeTrails",
                "GetTrailStatus",
            }
        ),
        "cloudwatch": frozenset(
            {
                "DescribeAlarmHistory",
                "DescribeAlarms",
                "DescribeAlarmsForMetric",
                "GetMetricData",
                "GetMetricStatistics",
                "ListMetrics",
            }
        ),
        "dynamodb": frozenset(
            {
                "BatchGetItem",
                "DescribeContinuousBackups",
                "DescribeTable",
                "DescribeTimeToLive",
                "GetItem",
                "ListBackups",
                "ListTables",
                "ListTagsOfResource",
                "Query",
                "Scan",
            }
        ),
        "events": frozenset({"DescribeRule", "ListRules", "ListTargetsByRule"}),
        "iam": frozenset(
            {
                "GetAccountAuthorizationDetails",
                "GetAccountSummary",
                "GetLoginProfile",
                "ListAccessKeys",
                "ListMFADevices",
                "ListUsers",
            }
        ),
        "kms": frozenset(
            {
                "DescribeKey",
                "GetKeyPolicy",
                "GetKeyRotationStatus",
                "ListKeys",
            }
        ),
        "lambda": frozenset(
            {
                "GetAlias",
                "GetFunction",
                "GetFunctionConcurrency",
                "GetFunctionConfiguration",
                "GetFunctionEventInvokeConfig",
                "GetPolicy",
                "ListAliases",
                "ListFunctionUrlConfigs",
                "ListFunctions",
                "ListVersionsByFunction",
            }
        ),
        "logs": frozenset(
            {
                "DescribeLogGroups",
            }
        ),
        "rds": frozenset({"DescribeGlobalClusters"}),
        "route53": frozenset(
            {
                "GetCheckerIpRanges",
            }
        ),
        "route53-recovery-cluster": frozenset({"GetRoutingControlState", "ListRoutingControls"}),
        "s3": frozenset(
            {
                "GetBucketEncryption",
                "GetBucketLifecycleConfiguration",
                "GetBucketLocation",
                "GetBucketPolicy",
                "GetBucketReplication",
                "GetBucketTagging",
                "GetBucketVersioning",
                "GetObject",
                "GetObjectLockConfiguration",
                "GetObjectRetention",
                "GetPublicAccessBlock",
                "HeadBucket",
                "HeadObject",
                "ListBuckets",
                "ListObjectVersions",
                "ListObjectsV2",
            }
        ),
        "s3control": frozenset(
            {
                "GetPublicAccessBlock",
            }
        ),
        "scheduler": frozenset({"GetSchedule", "ListSchedules"}),
        "service-quotas": frozenset({"GetServiceQuota"}),
        "sns": frozenset(
            {
                "GetTopicAttributes",
                "ListSubscriptionsByTopic",
                "ListTopics",
            }
        ),
        "sqs": frozenset(
            {
                "GetQueueAttributes",
                "GetQueueUrl",
                "ListQueues",
            }
        ),
        "ssm": frozenset({"GetParameter", "GetParameterHistory", "GetParameters"}),
        "stepfunctions": frozenset(
            {
                "DescribeExecution",
                "DescribeStateMachine",
                "GetExecutionHistory",
                "ListExecutions",
                "ListStateMachines",
            }
        ),
        "sts": frozenset({"GetCallerIdentity"}),
    }
)

#: Operations that change nothing either, though neither name nor method says so.
HARMLESS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "bedrock-runtime": frozenset({"Converse"}),  # a canary: takes a few tokens of the quota
        "iam": frozenset({"SimulatePrincipalPolicy"}),  # a question that is too long for a GET
        "sts": frozenset({"AssumeRole"}),  # with a session policy that allows the canaries only
    }
)


class ChangeRefused(Refused):
    """A dry run was about to send a call that may change something; it was not sent."""

    def __init__(self, service: str, operation: str) -> None:
        """Name the call that was not sent."""
        self.service = service
        self.operation = operation
        super().__init__(
            f"{service}:{operation} was not sent: this client is read-only, expected one of its "
            f"listed read operations. Start the runbook with mode execute to change something."
        )


def client(
    service: str,
    region: str,
    *,
    read_only: bool = False,
    session: botocore.session.Session | None = None,
    endpoint: str | None = None,
    attempts_max: int | None = None,
    read_seconds: int = READ_TIMEOUT_SECONDS,
) -> Any:
    """A client of `service` in `region`; with `read_only` one that cannot change anything.

    `read_seconds` is how long an answer may take, for calls that wait for work to be done.

    A session remembers its credentials and models: pass the same one to build several clients
    of one role cheaply. `endpoint` is for services without one address for all; a caller that
    tries again by itself says how often the client may (`attempts_max`).
    """
    made = (session or botocore.session.get_session()).create_client(
        service,
        region_name=region,
        config=_config(service, attempts_max, read_seconds),
        endpoint_url=endpoint,
    )
    if read_only:
        _refuse_changes(made)
    return made


def may_send(service: str) -> frozenset[str]:
    """The operations of a service that a read-only client sends."""
    return READ_ONLY.get(service, frozenset()) | HARMLESS.get(service, frozenset())


def credentials() -> Any:
    """The credentials of whoever runs this, for requests that no client of botocore's sends."""
    return botocore.session.get_session().get_credentials()


def _config(service: str, attempts_max: int | None, read_seconds: int) -> Config:
    return Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=read_seconds,
        retries={
            "mode": "standard",
            "total_max_attempts": attempts_max or ATTEMPTS_MAX_OF.get(service, ATTEMPTS_MAX),
        },
    )


def _refuse_changes(made: Any) -> None:
    """Hook every way out of the client: parameters, the choice of a signer, and the call."""
    service = made.meta.service_model.service_name
    allowed = may_send(service)

    def check(operation: str) -> None:
        if operation not in allowed:
            raise ChangeRefused(service, operation)

    def before_parameters(model: OperationModel, **_: object) -> None:
        check(model.name)

    def before_signing(event_name: str, **_: object) -> None:
        check(event_name.rpartition(".")[2])  # choose-signer.s3.PutObject

    def before_call(model: OperationModel, **_: object) -> None:
        check(model.name)

    # Presigned URLs and forms never reach before-call: the choice of a signer catches them.
    events = made.meta.events
    events.register_first("before-parameter-build", before_parameters)
    events.register_first("choose-signer", before_signing)
    events.register_first("before-call", before_call)
