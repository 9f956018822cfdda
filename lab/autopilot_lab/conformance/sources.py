"""Where AWS says what we believe: pages of its documentation, and botocore's models.

An API reference page carries the text of the botocore model of the same operation.
"""

from __future__ import annotations

from typing import Final

from autopilot_lab.conformance.belief import Source

_DOCS: Final = "https://docs.aws.amazon.com"
_MODELS: Final = "https://github.com/boto/botocore/blob/develop/botocore/data"

#: API references by the boto3 name of the service.
_REFERENCES: Final = {
    "bedrock": "bedrock/latest/APIReference",
    "cloudwatch": "AmazonCloudWatch/latest/APIReference",
    "dynamodb": "amazondynamodb/latest/APIReference",
    "kms": "kms/latest/APIReference",
    "lambda": "lambda/latest/api",
    "logs": "AmazonCloudWatchLogs/latest/APIReference",
    "rds": "AmazonRDS/latest/APIReference",
    "route53": "Route53/latest/APIReference",
    "s3": "AmazonS3/latest/API",
    "scheduler": "scheduler/latest/APIReference",
    "securityhub": "securityhub/1.0/APIReference",
    "sts": "STS/latest/APIReference",
    "sns": "sns/latest/api",
    "sqs": "AWSSimpleQueueService/latest/APIReference",
    "ssm": "systems-manager/latest/APIReference",
    "stepfunctions": "step-functions/latest/apireference",
}


def operation(service: str, name: str) -> Source:
    """The API reference of an operation, by the boto3 name of its service."""
    return Source(
        f"{service} {name}, API reference", f"{_DOCS}/{_REFERENCES[service]}/API_{name}.html"
    )


def model(service: str, version: str, shape: str) -> Source:
    """A shape in botocore's model of a service."""
    return Source(
        f"botocore model of {service}, {shape}", f"{_MODELS}/{service}/{version}/service-2.json"
    )


def guide(title: str, page: str, *, seen: bool = True) -> Source:
    """A page of the documentation, by its path."""
    return Source(title, f"{_DOCS}/{page}", seen)


UPDATE_EXPRESSIONS: Final = guide(
    "DynamoDB developer guide, update expressions",
    "amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html",
)
CONDITION_OPERATORS: Final = guide(
    "DynamoDB developer guide, condition and filter expressions",
    "amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html",
)
READ_WRITE: Final = guide(
    "DynamoDB developer guide, read and write operations",
    "amazondynamodb/latest/developerguide/read-write-operations.html",
)
GLOBAL_TABLES: Final = guide(
    "DynamoDB developer guide, how global tables work",
    "amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
)
STATES_ERRORS: Final = guide(
    "Step Functions developer guide, handling errors",
    "step-functions/latest/dg/concepts-error-handling.html",
)
STATES_VARIABLES: Final = guide(
    "Step Functions developer guide, variables",
    "step-functions/latest/dg/workflow-variables.html",
)
STATES_QUOTAS: Final = guide(
    "Step Functions developer guide, quotas", "step-functions/latest/dg/limits-overview.html"
)
ALARM_EVALUATION: Final = guide(
    "CloudWatch user guide, alarm evaluation",
    "AmazonCloudWatch/latest/monitoring/alarm-evaluation.html",
)
ALARM_MISSING_DATA: Final = guide(
    "CloudWatch user guide, missing data",
    "AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
)
ALARM_SUPPRESSION: Final = guide(
    "CloudWatch user guide, suppressing composite alarm actions",
    "AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html",
)
METRIC_MATH: Final = guide(
    "CloudWatch user guide, metric math",
    "AmazonCloudWatch/latest/monitoring/using-metric-math.html",
    seen=False,
)
ALARM_LAMBDA: Final = guide(
    "CloudWatch user guide, invoke a function from an alarm",
    "AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html",
)
ALARM_EVENTS: Final = guide(
    "CloudWatch user guide, alarm events and EventBridge",
    "AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html",
)
LAMBDA_ASYNC: Final = guide(
    "Lambda developer guide, errors and retries of asynchronous invocation",
    "lambda/latest/dg/invocation-async-error-handling.html",
)
LAMBDA_QUOTAS: Final = guide(
    "Lambda developer guide, quotas", "lambda/latest/dg/gettingstarted-limits.html"
)
SCHEDULER_DEPUTY: Final = guide(
    "EventBridge Scheduler user guide, confused deputy",
    "scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html",
)
CONDITIONAL_WRITES: Final = guide(
    "S3 user guide, conditional writes", "AmazonS3/latest/userguide/conditional-writes.html"
)
OBJECT_LOCK: Final = guide(
    "S3 user guide, Object Lock", "AmazonS3/latest/userguide/object-lock.html"
)
KEY_STATES: Final = guide(
    "KMS developer guide, key states", "kms/latest/developerguide/key-state.html"
)
