"""The names that services take for what is created.

Checked when the API is called; CloudFormation's own checks are cfn-lint's.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.access.objects import place
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.strict.layer import StrictLayer


@dataclass(frozen=True, slots=True)
class NameRule:
    """What a name must look like as a whole, where it is, and how a bad one is refused."""

    service: str
    operation: str
    parameter: str
    pattern: re.Pattern[str]
    code: str
    message: str

    def check(self, asked: Asked) -> None:
        """Raise `AwsError` for a name that the pattern does not match."""
        name = asked.text(self.parameter)
        if not self.pattern.fullmatch(name):
            raise AwsError(self.code, f"{self.message} Got {name!r}.")


#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
TABLE = NameRule(
    "dynamodb",
    "CreateTable",
    "TableName",
    re.compile(r"[a-zA-Z0-9_.-]{3,255}"),
    "ValidationException",
    "TableName must be 3 to 255 letters, digits, underscores, hyphens and dots.",
)

#: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html; the name, as part of an
#: ARN or alone.
FUNCTION = NameRule(
    "lambda",
    "CreateFunction",
    "FunctionName",
    re.compile(
        r"(arn:aws:lambda:[a-z0-9-]+:\d{12}:function:|\d{12}:function:)?[a-zA-Z0-9_-]{1,64}"
    ),
    "ValidationException",
    "A function's name must be 1 to 64 letters, digits, hyphens and underscores.",
)

#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
QUEUE = NameRule(
    "sqs",
    "CreateQueue",
    "QueueName",
    re.compile(r"[a-zA-Z0-9_-]{1,80}|[a-zA-Z0-9_-]{1,75}\.fifo"),
    "InvalidParameterValue",
    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.",
)

#: https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
TOPIC = NameRule(
    "sns",
    "CreateTopic",
    "Name",
    re.compile(r"[a-zA-Z0-9_-]{1,256}|[a-zA-Z0-9_-]{1,251}\.fifo"),
    "InvalidParameter",
    "Invalid parameter: Topic Name.",
)

RULES: Final = (TABLE, FUNCTION, QUEUE, TOPIC)

_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")
_BUCKET_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_BUCKET_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def register(layer: StrictLayer) -> None:
    """Put the rules in force."""
    for rule in RULES:
        layer.refuse(rule.service, (rule.operation,), rule.check)
    layer.refuse("s3", ("CreateBucket",), check_bucket)


def check_bucket(asked: Asked) -> None:
    """3 to 63 small letters, digits, dots and hyphens, no address, none of the kept affixes.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    """
    name = place(asked)[0]
    kept = name.startswith(_BUCKET_STARTS) or name.endswith(_BUCKET_ENDS)
    if kept or not _BUCKET.fullmatch(name) or _is_address(name):
        raise AwsError("InvalidBucketName", f"The specified bucket is not valid: {name!r}.")


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True
