"""Every handler, machine and schedule runs as its role, and a denial names what is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autopilot_lab.emulator.access.needs import Need
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.deploy import load_template
from autopilot_lab.emulator.faults import Fault
from tests.emulator.conftest import HOME, DeployFunction, messages

LOGS = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
READ = """
import boto3, json
def handler(event, context):
    client = boto3.client(event["service"])
    answer = getattr(client, event["operation"])(**event.get("with", {}))
    answer.pop("ResponseMetadata")
    return json.loads(json.dumps(answer, default=str))
"""


def role(*statements: dict[str, Any], service: str = "lambda.amazonaws.com") -> dict[str, Any]:
    """A role that a service may assume, with these rights."""
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    policy = {"PolicyName": "own", "PolicyDocument": {"Statement": list(statements)}}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": f"of-{service.partition('.')[0]}",
            "AssumeRolePolicyDocument": {"Statement": [trust]},
            "Policies": [policy] if statements else [],
        },
    }


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


ARN_OF_ROLE = {"Fn::GetAtt": ["Role", "Arn"]}


def worker(deploy_function: DeployFunction, *statements: dict[str, Any], **properties: Any) -> str:
    """A function that makes the call it is told to, under a role with these rights."""
    own = {"Role": role(LOGS, *statements), **properties.pop("resources", {})}
    return deploy_function(READ, resources=own, Role=ARN_OF_ROLE, **properties)


def ask(aws: EmbeddedAws, service: str, operation: str, **parameters: Any) -> Any:
    """Let the worker make a call; its answer, or the message of its error."""
    event = {"service": service, "operation": operation, "with": parameters}
    outcome = aws.invoke("worker", event, HOME)
    return outcome.body()["errorMessage"] if outcome.function_error else outcome.body()


def test_a_missing_right_is_named_with_action_resource_and_role(
    aws: EmbeddedAws, table: str, deploy_function: DeployFunction
) -> None:
    """As AWS says it, and then the statement to paste."""
    worker(deploy_function)
    said = ask(aws, "dynamodb", "get_item", TableName=table, Key={"service": {"S": "a"}})
    arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/ledger"
    assert (
        "(AccessDeniedException) when calling the GetItem operation: User: "
        "arn:aws:sts::123456789012:assumed-role/of-lambda/worker is not authorized to perform: "
        f"dynamodb:GetItem on resource: {arn} because no identity-based policy allows the "
        "dynamodb:GetItem action."
    ) in said
    assert (
        "Missing in role of-lambda: "
        f'- {{Effect: Allow, Action: dynamodb:GetItem, Resource: "{arn}"}}'
    ) in said
    [denied] = aws.log.of("denied")
    assert (denied["action"], denied["resource"]) == ("dynamodb:GetItem", arn)


def test_a_right_that_is_there_lets_the_call_through(
    aws: EmbeddedAws, table: str, deploy_function: DeployFunction
) -> None:
    """And only that call: writing is another right."""
    worker(deploy_function, allow("dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/ledger"))
    key = {"service": {"S": "a"}}
    assert ask(aws, "dynamodb", "get_item", TableName=table, Key=key) == {}
    assert "dynamodb:PutItem" in ask(aws, "dynamodb", "put_item", TableName=table, Item=key)


def test_a_right_ends_when_its_policy_does(
    aws: EmbeddedAws, table: str, deploy_function: DeployFunction
) -> None:
    """What was decided is forgotten when a policy changes."""
    worker(deploy_function, allow("dynamodb:GetItem"))
    key = {"service": {"S": "a"}}
    assert ask(aws, "dynamodb", "get_item", TableName=table, Key=key) == {}
    aws.client("iam", HOME).delete_role_policy(RoleName="of-lambda", PolicyName="own")
    assert "is not authorized" in ask(aws, "dynamodb", "get_item", TableName=table, Key=key)


OWN_RECORDS = {
    "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ours"]},
    "Null": {"dynamodb:LeadingKeys": "false"},
}


@pytest.mark.parametrize(
    "operation, parameters, allowed",
    [
        ("get_item", {"Key": {"service": {"S": "ours"}}}, True),
        ("get_item", {"Key": {"service": {"S": "theirs"}}}, False),
        (
            "query",
            {
                "KeyConditionExpression": "#s = :s",
                "ExpressionAttributeNames": {"#s": "service"},
                "ExpressionAttributeValues": {":s": {"S": "ours"}},
            },
            True,
        ),
        (
            "query",
            {
                "KeyConditionExpression": "service = :s",
                "ExpressionAttributeValues": {":s": {"S": "theirs"}},
            },
            False,
        ),
        ("scan", {}, False),
    ],
)
def test_leading_keys_confine_a_role_to_its_own_records(
    aws: EmbeddedAws,
    table: str,
    deploy_function: DeployFunction,
    operation: str,
    parameters: dict[str, Any],
    allowed: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """In every operation that names an item; one that names none has no leading keys at all."""
    worker(deploy_function, allow("dynamodb:*", Condition=OWN_RECORDS))
    said = ask(aws, "dynamodb", operation, TableName=table, **parameters)
    assert ("is not authorized" not in str(said)) is allowed


def test_another_region_is_another_resource(
    aws: EmbeddedAws, table: str, deploy_function: DeployFunction
) -> None:
    """A replica's ARN is in its own region."""
    worker(deploy_function, allow("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:*:table/*"))
    said = ask(aws, "dynamodb", "get_item", TableName=table, Key={"service": {"S": "a"}})
    assert "allows it on arn:aws:dynamodb:eu-west-1:*:table/* only" in said


def test_a_condition_that_does_not_hold_is_named_with_what_was_found(
    aws: EmbeddedAws, table: str, deploy_function: DeployFunction
) -> None:
    """A statement to paste would not help there."""
    worker(deploy_function, allow("dynamodb:*", Condition=OWN_RECORDS))
    said = ask(aws, "dynamodb", "get_item", TableName=table, Key={"service": {"S": "theirs"}})
    assert (
        "(Statement 1 of of-lambda/own allows it only where ForAllValues:StringEquals "
        "dynamodb:leadingkeys [ours], found theirs.)"
    ) in said


def test_an_operation_that_the_lab_cannot_judge_is_refused_by_name(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """Never silently allowed, however much the role may do; the operator may."""
    worker(deploy_function, allow("*"))
    assert "which right route53:ListHostedZones needs" in ask(aws, "route53", "list_hosted_zones")
    assert aws.client("route53", HOME).list_hosted_zones()["HostedZones"] == []


@pytest.mark.parametrize(
    "rights, code", [(["s3:GetObject"], "AccessDenied"), (["s3:*"], "NoSuchKey")]
)
def test_an_absent_object_is_hidden_from_those_who_may_not_list(
    aws: EmbeddedAws, deploy_function: DeployFunction, rights: list[str], code: str
) -> None:
    """403 without s3:ListBucket, 404 with it (S3 API reference, GetObject)."""
    worker(deploy_function, allow(rights))
    aws.client("s3", HOME).create_bucket(
        Bucket="trail", CreateBucketConfiguration={"LocationConstraint": HOME}
    )
    assert f"({code})" in ask(aws, "s3", "get_object", Bucket="trail", Key="none")


def test_policies_that_aws_manages_count(
    aws: EmbeddedAws, table: str, deploy_function: DeployFunction
) -> None:
    """A function's role from SAM has them."""
    deploy_function(READ, Policies=["AmazonDynamoDBReadOnlyAccess"])
    key = {"service": {"S": "a"}}
    assert ask(aws, "dynamodb", "get_item", TableName=table, Key=key) == {}
    assert "dynamodb:PutItem" in ask(aws, "dynamodb", "put_item", TableName=table, Item=key)


# -- machines and schedules ------------------------------------------------------------------------

MACHINE = {
    "QueryLanguage": "JSONata",
    "StartAt": "Ask",
    "States": {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": "worker"},
            "End": True,
        }
    },
}


def machine(*statements: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """A machine that invokes the worker, and its role."""
    return {
        "MachineRole": role(*statements, service="states.amazonaws.com"),
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "DependsOn": "Function",
            "Properties": {
                "StateMachineName": "machine",
                "RoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]},
                "Definition": MACHINE,
                **properties,
            },
        },
    }


def run_machine(aws: EmbeddedAws) -> dict[str, Any]:
    """How an execution ends."""
    arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:machine"
    client = aws.client("stepfunctions", HOME)
    execution = client.start_execution(stateMachineArn=arn, input="{}")["executionArn"]
    aws.run(60)
    ended: dict[str, Any] = client.describe_execution(executionArn=execution)
    return ended


def test_a_machine_invokes_only_what_its_role_may(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """The task fails with the message of Lambda, and with the statement."""
    deploy_function("def handler(e, c):\n    return 1\n", resources=machine())
    ended = run_machine(aws)
    assert (ended["status"], ended["error"]) == ("FAILED", "Lambda.AWSLambdaException")
    assert (
        "Missing in role of-states: - {Effect: Allow, Action: lambda:InvokeFunction"
        in ended["cause"]
    )
    assert aws.log.of("invocation") == []


def test_a_machine_with_the_right_invokes(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """The same with one statement more."""
    own = machine(allow("lambda:InvokeFunction", "arn:aws:lambda:*:*:function:worker"))
    deploy_function("def handler(e, c):\n    return 1\n", resources=own)
    assert run_machine(aws)["status"] == "SUCCEEDED"


def scheduled(statements: list[dict[str, Any]], trust_for: str) -> dict[str, Any]:
    """A schedule of the worker under a role that is assumed for the group of that name."""
    made = role(*statements, service="scheduler.amazonaws.com")
    group = f"arn:aws:scheduler:eu-central-1:123456789012:schedule-group/{trust_for}"
    [trust] = made["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    trust["Condition"] = {"StringEquals": {"aws:SourceArn": group}}
    target = {
        "Arn": {"Fn::GetAtt": ["Function", "Arn"]},
        "RoleArn": {"Fn::GetAtt": ["Fires", "Arn"]},
    }
    return {
        "Fires": made,
        "Tick": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {
                "Name": "tick",
                "ScheduleExpression": "rate(1 minute)",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {**target, "RetryPolicy": {"MaximumRetryAttempts": 0}},
            },
        },
    }


@pytest.mark.parametrize(
    "statements, trust_for, fires",
    [
        ([allow("lambda:InvokeFunction")], "default", True),
        ([], "default", False),
        ([allow("lambda:InvokeFunction")], "other", False),
    ],
)
def test_a_schedule_fires_as_its_role(
    aws: EmbeddedAws,
    deploy_function: DeployFunction,
    statements: list[dict[str, Any]],
    trust_for: str,
    fires: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """It needs the right, and a trust policy for its group."""
    own = scheduled(statements, trust_for)
    deploy_function("def handler(e, c):\n    return 1\n", resources=own)
    aws.run(150)
    assert bool(aws.log.of("invocation")) is fires


# -- rights that nobody calls by name --------------------------------------------------------------


def test_tracing_without_its_rights_is_refused_at_deployment(
    deploy_function: DeployFunction,
) -> None:
    """As Lambda refuses the function."""
    with pytest.raises(AwsError, match="permissions to call PutTraceSegments on XRAY"):
        worker(deploy_function, Tracing="Active")


def test_a_destination_that_the_role_may_not_send_to_is_refused(
    deploy_function: DeployFunction,
) -> None:
    """As Lambda refuses the configuration."""
    failures = {"OnFailure": {"Type": "SQS", "Destination": {"Fn::GetAtt": ["Queue", "Arn"]}}}
    with pytest.raises(AwsError, match="permissions to call SendMessage on SQS"):
        worker(
            deploy_function,
            resources={"Queue": {"Type": "AWS::SQS::Queue"}},
            EventInvokeConfig={"DestinationConfig": failures},
        )


def test_a_role_that_lambda_may_not_assume_is_refused(
    deploy_function: DeployFunction,
) -> None:
    """Whether it trusts somebody else or does not exist."""
    with pytest.raises(AwsError, match="cannot be assumed by Lambda"):
        deploy_function(
            READ, resources={"Role": role(LOGS, service="states.amazonaws.com")}, Role=ARN_OF_ROLE
        )
    with pytest.raises(AwsError, match="the role does not exist"):
        deploy_function(READ, name="other", Role="arn:aws:iam::123456789012:role/nobody")


def test_a_function_that_can_leave_no_log_is_a_finding(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """AWS lets it run, and its log is missing."""
    deploy_function(READ, resources={"Role": role()}, Role=ARN_OF_ROLE)
    findings = aws.log.of("missing_right")
    assert [one["consequence"] for one in findings] == ["function worker leaves no log"] * 2
    assert "logs:PutLogEvents" in findings[1]["message"]


def test_a_machine_that_may_not_deliver_its_log_is_refused(
    deploy_function: DeployFunction,
) -> None:
    """As Step Functions refuses it."""
    with pytest.raises(AwsError, match="not authorized to access the Log Destination"):
        deploy_function(
            READ, resources=machine(LoggingConfiguration={"Level": "ALL", "Destinations": []})
        )


KEY_POLICY = [
    {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
]
FOR_ALARMS = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudwatch.amazonaws.com"},
    "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
    "Resource": "*",
    "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:*:*:alarm:failing"}},
}


def pages(*key_statements: dict[str, Any], key: Any = None) -> dict[str, Any]:
    """An encrypted topic that alarms may publish to."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": {"Ref": "Topic"},
    }
    return {
        "Key": {
            "Type": "AWS::KMS::Key",
            "Properties": {"KeyPolicy": {"Statement": [*KEY_POLICY, *key_statements]}},
        },
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {
                "TopicName": "pages",
                "KmsMasterKeyId": key or {"Fn::GetAtt": ["Key", "Arn"]},
            },
        },
        "TopicPolicy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {
                "Topics": [{"Ref": "Topic"}],
                "PolicyDocument": {"Statement": [statement]},
            },
        },
        "Failing": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmName": "failing",
                "Namespace": "N",
                "MetricName": "M",
                "Statistic": "Sum",
                "Period": 60,
                "EvaluationPeriods": 1,
                "Threshold": 1,
                "ComparisonOperator": "LessThanThreshold",
                "AlarmActions": [{"Ref": "Topic"}],
            },
        },
    }


@pytest.mark.parametrize(
    "resources, paged",
    [
        (pages(FOR_ALARMS), True),
        (pages(), False),
        (pages(FOR_ALARMS, key="alias/aws/sns"), False),
    ],
    ids=["the key lets alarms use it", "the key does not", "the key is AWS's own"],
)
def test_an_alarm_pages_through_an_encrypted_topic_only_if_the_key_lets_it(
    aws: EmbeddedAws,
    resources: dict[str, Any],
    paged: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """The alarm turns red all the same; the page is lost, and the log says why."""
    aws.deploy({"Resources": resources}, "pages", HOME)
    aws.client("cloudwatch", HOME).set_alarm_state(
        AlarmName="failing", StateValue="ALARM", StateReason="test"
    )
    aws.run(10)
    assert bool(aws.log.of("page")) is paged
    assert any("kms:" in one["action"] for one in aws.log.of("denied")) is not paged


def test_publishing_to_an_encrypted_topic_takes_rights_on_its_key(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """Nobody calls KMS; the right is asked for all the same, and only through SNS."""
    via = {"StringEquals": {"kms:ViaService": "sns.eu-central-1.amazonaws.com"}}
    aws.deploy({"Resources": pages()}, "pages", HOME)
    topic = "arn:aws:sns:eu-central-1:123456789012:pages"
    worker(deploy_function, allow("sns:Publish", topic))
    assert "kms:GenerateDataKey on resource" in ask(
        aws, "sns", "publish", TopicArn=topic, Message="m"
    )
    rights = [allow("sns:Publish"), allow(["kms:Decrypt", "kms:GenerateDataKey"], Condition=via)]
    document = json.dumps({"Version": "2012-10-17", "Statement": rights})
    aws.client("iam", HOME).put_role_policy(
        RoleName="of-lambda", PolicyName="more", PolicyDocument=document
    )
    assert "MessageId" in ask(aws, "sns", "publish", TopicArn=topic, Message="m")


def test_a_dead_letter_queue_without_a_policy_receives_nothing(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """The queue's policy must let EventBridge send; else the event is lost, as on AWS."""
    target = {
        "Id": "worker",
        "Arn": {"Fn::GetAtt": ["Function", "Arn"]},
        "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Dead", "Arn"]}},
    }
    rule = {"EventPattern": {"source": ["shop"]}, "Targets": [target]}
    resources = {
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dead"}},
        "Rule": {"Type": "AWS::Events::Rule", "Properties": rule},
    }
    deploy_function(READ, resources=resources)
    entry = {"Source": "shop", "DetailType": "t", "Detail": "{}"}
    aws.client("events", HOME).put_events(Entries=[entry])
    aws.run(60)
    assert messages(aws, "dead") == []
    assert [one["action"] for one in aws.log.of("denied")] == [
        "lambda:InvokeFunction",
        "sqs:SendMessage",
    ]


# -- the product's own templates -------------------------------------------------------------------

ROOT = Path(__file__).parents[3]


def test_the_home_stack_lacks_no_right_at_deployment(aws: EmbeddedAws) -> None:
    """Nothing is denied, and no log and no trace would be missing."""
    aws.deploy(ROOT / "foundation.yaml", "foundation", HOME)
    aws.deploy(ROOT / "template.yaml", "home", HOME, {"Role": "home"})
    assert aws.log.of("denied") == aws.log.of("missing_right") == []


def test_the_reflex_may_write_its_own_records_and_no_others(aws: EmbeddedAws) -> None:
    """The deployed policy, asked as the call path asks it."""
    aws.deploy(ROOT / "foundation.yaml", "foundation", HOME)
    aws.deploy(ROOT / "template.yaml", "home", HOME, {"Role": "home"})
    role_arn = str(aws.runner.function(HOME, "hybrid-routing-contain-route").role)
    for region in (HOME, "eu-west-1"):
        arn = f"arn:aws:dynamodb:{region}:123456789012:table/hybrid-routing-ledger"
        for key, allowed in (("hybrid-routing", True), ("other-service", False)):
            need = Need("dynamodb:UpdateItem", arn, {"dynamodb:leadingkeys": (key,)})
            assert aws.access.has(role_arn, need, region=region) is allowed
        assert not aws.access.has(role_arn, Need("dynamodb:DeleteItem", arn), region=region)


@pytest.mark.parametrize(
    "role_id, policy, says",
    [
        ("ContainRouteRole", "WriteTraces", "PutTraceSegments on XRAY"),
        ("TrafficRampRole", "DeliverMachineLogs", "access the Log Destination"),
    ],
)
def test_a_role_without_one_of_its_policies_stops_the_deployment(
    aws: EmbeddedAws, role_id: str, policy: str, says: str
) -> None:
    """What AWS would refuse in the middle of a deployment is found before it."""
    template = load_template(ROOT / "template.yaml")
    attached = template["Resources"][role_id]["Properties"]["ManagedPolicyArns"]
    attached.remove({"Ref": policy})
    with pytest.raises(AwsError, match=says):
        aws.deploy(template, "home", HOME, {"Role": "home"}, folder=ROOT)


def test_the_ways_of_last_resort_are_open(aws: EmbeddedAws) -> None:
    """An operational alarm pages; failed events and failed schedules reach their queues."""
    aws.deploy(ROOT / "foundation.yaml", "foundation", HOME)
    aws.deploy(ROOT / "template.yaml", "home", HOME, {"Role": "home"})
    aws.faults.add(Fault("lambda", "Invoke", code="ResourceNotFoundException", status=404))
    red = {"StateValue": "ALARM", "StateReason": "test"}
    cloudwatch = aws.client("cloudwatch", HOME)
    cloudwatch.set_alarm_state(AlarmName="autopilot-hybrid-routing-failed-alarms", **red)
    cloudwatch.set_alarm_state(AlarmName="hybrid-routing-eu-central-1-direct-failing", **red)
    aws.run(150)
    assert {page["topic"] for page in aws.log.of("page")} == {"hybrid-routing-pages"}
    assert len(messages(aws, "hybrid-routing-failed-alarms")) == 1
    assert messages(aws, "hybrid-routing-failed-schedules") != []
    assert aws.log.of("denied") == []


def test_the_observers_stack_deploys(aws: EmbeddedAws) -> None:
    """It has what takes its failures and its pages, and nothing of what acts."""
    made = aws.deploy(ROOT / "template.yaml", "observer", "eu-west-3", {"Role": "observer"})
    assert made.outputs.keys() == {"FailedAlarms", "FailedSchedules", "PageTopic"}
