"""What a control is called elsewhere: names that exist, and that ask the same."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

import pytest

from autopilot.compliance.check import CONTROLS
from autopilot.compliance.control import Control

#: Control of Security Hub → the AWS Config rule that asks the same, November 2026, after
#: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html.
#: CloudWatch.16 and .17, KMS.3 and .5, Lambda.2, S3.1, .6 and .15, SNS.4: by the controls' pages;
#: the others by their titles. SQS.1 and KMS.3 stand on rules of Security Hub's own.
SECURITY_HUB: Final[Mapping[str, str]] = {
    "CloudTrail.1": "MULTI_REGION_CLOUD_TRAIL_ENABLED",
    "CloudTrail.2": "CLOUD_TRAIL_ENCRYPTION_ENABLED",
    "CloudTrail.4": "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
    "CloudWatch.16": "CW_LOGGROUP_RETENTION_PERIOD_CHECK",
    "CloudWatch.17": "CLOUDWATCH_ALARM_ACTION_ENABLED_CHECK",
    "DynamoDB.2": "DYNAMODB_PITR_ENABLED",
    "DynamoDB.6": "DYNAMODB_TABLE_DELETION_PROTECTION_ENABLED",
    "IAM.1": "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS",
    "IAM.3": "ACCESS_KEYS_ROTATED",
    "IAM.4": "IAM_ROOT_ACCESS_KEY_CHECK",
    "IAM.5": "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
    "IAM.9": "ROOT_ACCOUNT_MFA_ENABLED",
    "KMS.3": "KMS_CMK_NOT_SCHEDULED_FOR_DELETION",
    "KMS.4": "CMK_BACKING_KEY_ROTATION_ENABLED",
    "KMS.5": "KMS_KEY_POLICY_NO_PUBLIC_ACCESS",
    "Lambda.1": "LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED",
    "Lambda.2": "LAMBDA_FUNCTION_SETTINGS_CHECK",
    "S3.1": "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC",
    "S3.5": "S3_BUCKET_SSL_REQUESTS_ONLY",
    "S3.6": "S3_BUCKET_BLACKLISTED_ACTIONS_PROHIBITED",
    "S3.7": "S3_BUCKET_CROSS_REGION_REPLICATION_ENABLED",
    "S3.8": "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
    "S3.13": "S3_LIFECYCLE_POLICY_CHECK",
    "S3.14": "S3_BUCKET_VERSIONING_ENABLED",
    "S3.15": "S3_BUCKET_DEFAULT_LOCK_ENABLED",
    "S3.17": "S3_DEFAULT_ENCRYPTION_KMS",
    "SNS.1": "SNS_ENCRYPTED_KMS",
    "SNS.4": "SNS_TOPIC_NO_PUBLIC_ACCESS",
    "SQS.1": "",
    "StepFunctions.1": "STEP_FUNCTIONS_STATE_MACHINE_LOGGING_ENABLED",
}


def managed_rules() -> set[str]:
    """Identifiers of AWS Config's managed rules, from moto's copy of the developer guide."""
    packed = files("moto.config.resources").joinpath("aws_managed_rules.json.gz").read_bytes()
    return set(json.loads(gzip.decompress(packed))["ManagedRules"])


def test_every_rule_of_aws_config_exists() -> None:
    """An identifier that AWS Config does not know maps to nothing."""
    named = {one.config_rule for one in CONTROLS if one.config_rule}
    assert named - managed_rules() == set()


@pytest.mark.parametrize(
    "control", [pytest.param(one, id=one.id) for one in CONTROLS if one.security_hub]
)
def test_a_control_of_security_hub_asks_what_its_rule_asks(control: Control) -> None:
    """Both names of a control are names of the same question."""
    assert control.config_rule == SECURITY_HUB[control.security_hub]
