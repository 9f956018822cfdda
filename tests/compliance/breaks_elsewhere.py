"""Changes of functions, machines, messages, alarms, roles, users, logs, models and CloudTrail."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moto.iam.models import iam_backends

from autopilot_lab.drill.installation import Installation
from autopilot_lab.emulator.moto_backend import ACCOUNT
from tests.compliance.breaks import DAY_MS, HOME, SERVICE, SOMEBODY, Seen
from tests.compliance.conftest import NOW_MS

REFLEX = f"{SERVICE}-contain-route"
URL = f"{SERVICE}-decide-approval"
LOG = f"/aws/lambda/{SERVICE}-tend-ledger"
TRAIL = f"{SERVICE}-activity"

# -- functions and machines --------------------------------------------------------------------


@contextmanager
def public_function(world: Installation) -> Iterator[None]:
    """Anybody may call the reflex."""
    awslambda = world.aws.client("lambda", HOME)
    awslambda.add_permission(
        FunctionName=REFLEX, StatementId="all", Action="lambda:InvokeFunction", Principal="*"
    )
    yield
    awslambda.remove_permission(FunctionName=REFLEX, StatementId="all")


@contextmanager
def unsigned_url(world: Installation) -> Iterator[None]:
    """Anybody may decide approvals."""
    awslambda = world.aws.client("lambda", HOME)
    awslambda.update_function_url_config(FunctionName=URL, AuthType="NONE")
    yield
    awslambda.update_function_url_config(FunctionName=URL, AuthType="AWS_IAM")


@contextmanager
def ended_runtime(world: Installation) -> Iterator[None]:
    """A function runs on what nobody patches."""
    awslambda = world.aws.client("lambda", HOME)
    awslambda.update_function_configuration(FunctionName=URL, Runtime="python3.8")
    yield
    awslambda.update_function_configuration(FunctionName=URL, Runtime="python3.13")


@contextmanager
def lost_failures(world: Installation) -> Iterator[None]:
    """Alarms that the reflex fails on leave no trace."""
    awslambda = world.aws.client("lambda", HOME)
    before = awslambda.get_function_event_invoke_config(FunctionName=REFLEX)["DestinationConfig"]
    awslambda.delete_function_event_invoke_config(FunctionName=REFLEX)
    yield
    awslambda.put_function_event_invoke_config(
        FunctionName=REFLEX, MaximumRetryAttempts=2, DestinationConfig=before
    )


@contextmanager
def machine_logging(world: Installation, change: Mapping[str, Any]) -> Iterator[None]:
    """A machine's logging, changed."""
    states = world.aws.client("stepfunctions", HOME)
    arn = world.stacks[HOME].outputs["TrafficRamp"]
    before = states.describe_state_machine(stateMachineArn=arn)["loggingConfiguration"]
    states.update_state_machine(stateMachineArn=arn, loggingConfiguration={**before, **change})
    yield
    states.update_state_machine(stateMachineArn=arn, loggingConfiguration=before)


@contextmanager
def unlogged_machine(world: Installation) -> Iterator[None]:
    """Only errors are logged."""
    with machine_logging(world, {"level": "ERROR"}):
        yield


@contextmanager
def talkative_machine(world: Installation) -> Iterator[None]:
    """Inputs and outputs stand in the log."""
    with machine_logging(world, {"includeExecutionData": True}):
        yield


@contextmanager
def stopped_schedule(world: Installation) -> Iterator[None]:
    """Nothing tends the ledger any more."""
    scheduler = world.aws.client("scheduler", HOME)
    name = {"GroupName": SERVICE, "Name": f"{SERVICE}-tend-ledger"}
    found = scheduler.get_schedule(**name)
    kept = {key: found[key] for key in ("ScheduleExpression", "FlexibleTimeWindow", "Target")}
    scheduler.update_schedule(**name, **kept, State="DISABLED")
    yield
    scheduler.update_schedule(**name, **kept, State="ENABLED")


@contextmanager
def muted_alarm(world: Installation) -> Iterator[None]:
    """An alarm goes off and nothing happens."""
    cloudwatch = world.aws.client("cloudwatch", HOME)
    names = [f"autopilot-{SERVICE}-sweep-silent"]
    cloudwatch.disable_alarm_actions(AlarmNames=names)
    yield
    cloudwatch.enable_alarm_actions(AlarmNames=names)


# -- messages ----------------------------------------------------------------------------------


@contextmanager
def topic_attribute(world: Installation, name: str, value: str) -> Iterator[None]:
    """An attribute of the page topic, changed."""
    sns, topic = world.aws.client("sns", HOME), world.stacks[HOME].outputs["PageTopic"]
    before = sns.get_topic_attributes(TopicArn=topic)["Attributes"][name]
    sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)
    yield
    sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=before)


@contextmanager
def plain_topic(world: Installation) -> Iterator[None]:
    """Pages lie unencrypted."""
    with topic_attribute(world, "KmsMasterKeyId", ""):
        yield


@contextmanager
def topic_over_http(world: Installation) -> Iterator[None]:
    """Pages may be published over plain HTTP."""
    sns, topic = world.aws.client("sns", HOME), world.stacks[HOME].outputs["PageTopic"]
    document = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    document["Statement"] = [one for one in document["Statement"] if one["Effect"] == "Allow"]
    with topic_attribute(world, "Policy", json.dumps(document)):
        yield


@contextmanager
def queue_attributes(world: Installation, changed: Mapping[str, str]) -> Iterator[None]:
    """Attributes of a queue, changed."""
    sqs, url = world.aws.client("sqs", HOME), world.stacks[HOME].outputs["FailedAlarms"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes=dict(changed))
    yield
    sqs.set_queue_attributes(QueueUrl=url, Attributes={name: found[name] for name in changed})


@contextmanager
def plain_queue(world: Installation) -> Iterator[None]:
    """Failed alarms lie unencrypted."""
    with queue_attributes(world, {"SqsManagedSseEnabled": "false"}):
        yield


@contextmanager
def open_queue(world: Installation) -> Iterator[None]:
    """EventBridge may send for whomever it likes."""
    sqs, url = world.aws.client("sqs", HOME), world.stacks[HOME].outputs["FailedAlarms"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    document = json.loads(found["Policy"])
    next(one for one in document["Statement"] if one["Effect"] == "Allow").pop("Condition")
    with queue_attributes(world, {"Policy": json.dumps(document)}):
        yield


# -- roles and users ---------------------------------------------------------------------------


@contextmanager
def administrator(world: Installation) -> Iterator[None]:
    """A function may do everything."""
    iam, role = world.aws.client("iam", HOME), world.stacks[HOME].resources["ReportRunRole"]
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.put_role_policy(RoleName=role, PolicyName="all", PolicyDocument=document)
    yield
    iam.delete_role_policy(RoleName=role, PolicyName="all")


@contextmanager
def trust(world: Installation, change: Mapping[str, Any]) -> Iterator[None]:
    """The first statement of a role's trust policy, with other elements; None takes one away."""
    iam, role = world.aws.client("iam", HOME), world.stacks[HOME].resources["HealthSweepRole"]
    before = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    first = {key: value for key, value in {**before["Statement"][0], **change}.items() if value}
    after = {**before, "Statement": [first]}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(after))
    yield
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(before))


@contextmanager
def unbound_role(world: Installation) -> Iterator[None]:
    """Step Functions may assume a role for anybody's machine."""
    with trust(world, {"Condition": None}):
        yield


@contextmanager
def lent_role(world: Installation) -> Iterator[None]:
    """Another account may assume a role."""
    with trust(world, {"Principal": {"AWS": f"arn:aws:iam::{SOMEBODY}:root"}}):
        yield


@contextmanager
def password_alone(world: Installation) -> Iterator[None]:
    """A user signs in without a second factor."""
    iam = world.aws.client("iam", HOME)
    iam.create_user(UserName="somebody")
    iam.create_login_profile(UserName="somebody", Password="Long-enough-0!")  # noqa: S106 - nobody's
    yield
    iam.delete_login_profile(UserName="somebody")
    iam.delete_user(UserName="somebody")


@contextmanager
def old_key(world: Installation) -> Iterator[Seen]:
    """A user's access key is a hundred days old."""
    iam = world.aws.client("iam", HOME)
    iam.create_user(UserName="somebody")
    made = iam.create_access_key(UserName="somebody")["AccessKey"]["AccessKeyId"]
    yield Seen(now_ms=NOW_MS + 100 * DAY_MS)
    iam.delete_access_key(UserName="somebody", AccessKeyId=made)
    iam.delete_user(UserName="somebody")


@contextmanager
def keys_of_root(_: Installation) -> Iterator[None]:
    """The root user has an access key; no call could make one, so the lab's state is changed."""
    summary, name = iam_backends[ACCOUNT]["aws"].account_summary, "_account_access_keys_present"
    setattr(summary, name, 1)
    yield
    setattr(summary, name, 0)


@contextmanager
def password_of_root_alone(_: Installation) -> Iterator[None]:
    """The root user's device is gone; only a person who signs in as root can do that."""
    summary, name = iam_backends[ACCOUNT]["aws"].account_summary, "_account_mfa_enabled"
    setattr(summary, name, 0)
    yield
    setattr(summary, name, 1)


# -- records -----------------------------------------------------------------------------------


@contextmanager
def stopped_activity_log(world: Installation) -> Iterator[None]:
    """Calls are not recorded any more."""
    cloudtrail = world.aws.client("cloudtrail", HOME)
    cloudtrail.stop_logging(Name=TRAIL)
    yield
    cloudtrail.start_logging(Name=TRAIL)


@contextmanager
def unvalidated_activity_log(world: Installation) -> Iterator[None]:
    """A changed log file would not show."""
    cloudtrail = world.aws.client("cloudtrail", HOME)
    cloudtrail.update_trail(Name=TRAIL, EnableLogFileValidation=False)
    yield
    cloudtrail.update_trail(Name=TRAIL, EnableLogFileValidation=True)


@contextmanager
def plain_activity_log(world: Installation) -> Iterator[None]:
    """Recorded calls are under no key of the account."""
    cloudtrail = world.aws.client("cloudtrail", HOME)
    (found,) = cloudtrail.describe_trails(trailNameList=[TRAIL])["trailList"]
    cloudtrail.update_trail(Name=TRAIL, KmsKeyId="")
    yield
    cloudtrail.update_trail(Name=TRAIL, KmsKeyId=found["KmsKeyId"])


@contextmanager
def endless_log(world: Installation) -> Iterator[None]:
    """A log is kept for ever."""
    logs = world.aws.client("logs", HOME)
    logs.delete_retention_policy(logGroupName=LOG)
    yield
    logs.put_retention_policy(logGroupName=LOG, retentionInDays=400)


@contextmanager
def short_log(world: Installation) -> Iterator[None]:
    """A log is gone after three days."""
    logs = world.aws.client("logs", HOME)
    logs.put_retention_policy(logGroupName=LOG, retentionInDays=3)
    yield
    logs.put_retention_policy(logGroupName=LOG, retentionInDays=400)


@contextmanager
def logged_prompts(world: Installation) -> Iterator[None]:
    """Prompts and answers are logged, which nobody decided."""
    bedrock = world.aws.client("bedrock", HOME)
    to = {"logGroupName": LOG, "roleArn": f"arn:aws:iam::{ACCOUNT}:role/logging"}
    logging = {"cloudWatchConfig": to, "textDataDeliveryEnabled": True}
    bedrock.put_model_invocation_logging_configuration(loggingConfig=logging)
    yield
    bedrock.delete_model_invocation_logging_configuration()
