"""What boto3 and other clients find at the endpoint, service by service."""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from tests.serve.conftest import STANDBY, ServedLab

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {
                "Service": ["lambda.amazonaws.com", "states.amazonaws.com"],
                "AWS": "*",
            },
            "Action": "sts:AssumeRole",
        }
    ],
}


def archive(**files: str) -> bytes:
    """A zip of Python modules by name; a double underscore is a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, text in files.items():
            opened.writestr(name.replace("__", "/") + ".py", text)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def role(lab: ServedLab) -> str:
    """A role of a user's own, which may invoke functions and nothing else."""
    iam = lab.client("iam")
    made = iam.create_role(RoleName="own-role", AssumeRolePolicyDocument=json.dumps(TRUST))
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_role_policy(RoleName="own-role", PolicyName="p", PolicyDocument=json.dumps(policy))
    return str(made["Role"]["Arn"])


def create_function(lab: ServedLab, role: str, name: str, code: bytes) -> str:
    """Create a function from an archive whose handler is main.handler; return its ARN."""
    made = lab.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": code},
    )
    return str(made["FunctionArn"])


def invoke(lab: ServedLab, name: str, event: Any = None) -> Any:
    """The answer of a function."""
    payload = json.dumps(event).encode()
    return json.load(lab.client("lambda").invoke(FunctionName=name, Payload=payload)["Payload"])


def test_the_ledger_is_the_same_in_both_regions(lab: ServedLab) -> None:
    """The region comes from the credential scope: both replicas answer at one endpoint."""
    tables = [lab.client("dynamodb", region).list_tables() for region in ("eu-central-1", STANDBY)]
    assert ["hybrid-routing-ledger" in found["TableNames"] for found in tables] == [True, True]
    machines = lab.client("stepfunctions", STANDBY).list_state_machines()["stateMachines"]
    assert {one["stateMachineArn"].split(":")[3] for one in machines} == {STANDBY}


def test_a_condition_that_fails_is_an_error_clients_know(lab: ServedLab) -> None:
    """Errors arrive as the client's own exceptions."""
    dynamodb = lab.client("dynamodb")
    key = {"service": {"S": "hybrid-routing"}, "record": {"S": "nothing"}}
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.delete_item(
            TableName="hybrid-routing-ledger",
            Key=key,
            ConditionExpression="attribute_exists(#r)",
            ExpressionAttributeNames={"#r": "record"},
        )


def test_objects_come_back_as_they_were_put(lab: ServedLab) -> None:
    """Names with blanks, parts, ranges, copies and presigned URLs."""
    s3 = lab.client("s3")
    place = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket="own-bucket", CreateBucketConfiguration=place)
    s3.put_object(Bucket="own-bucket", Key="a b/c+d.txt", Body=b"hello")
    s3.upload_fileobj(io.BytesIO(b"x" * (9 << 20)), "own-bucket", "in parts")
    assert s3.head_object(Bucket="own-bucket", Key="in parts")["ContentLength"] == 9 << 20
    part = s3.get_object(Bucket="own-bucket", Key="a b/c+d.txt", Range="bytes=1-3")
    assert part["Body"].read() == b"ell"
    url = s3.generate_presigned_url(
        "get_object", Params={"Bucket": "own-bucket", "Key": "a b/c+d.txt"}
    )
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own address
        assert answer.read() == b"hello"
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="own-bucket", Key="nothing")


def test_a_bucket_may_stand_in_the_host_name(lab: ServedLab) -> None:
    """Virtual-hosted requests reach the same bucket as path-style ones."""
    s3 = lab.client("s3")
    place = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket="hosted-bucket", CreateBucketConfiguration=place)
    s3.put_object(Bucket="hosted-bucket", Key="key", Body=b"found")
    scope = "lab/20260101/eu-central-1/s3/aws4_request"
    headers = {
        "Host": f"hosted-bucket.localhost:{lab.port}",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    }
    with closing(HTTPConnection("127.0.0.1", lab.port)) as connection:
        connection.request("GET", "/key", headers=headers)
        assert connection.getresponse().read() == b"found"


def test_a_queues_url_leads_to_the_lab(lab: ServedLab) -> None:
    """Some clients send to the URL itself, which must not be AWS's."""
    sqs = lab.client("sqs")
    url = sqs.create_queue(QueueName="own-queue")["QueueUrl"]
    assert url.startswith(lab.endpoint)
    sqs.send_message(QueueUrl=url, MessageBody="a message")
    assert [one["Body"] for one in sqs.receive_message(QueueUrl=url)["Messages"]] == ["a message"]


def test_a_topic_delivers_to_a_queue(lab: ServedLab) -> None:
    """SNS speaks the query protocol; what it publishes arrives."""
    sns, sqs = lab.client("sns"), lab.client("sqs")
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    topic = sns.create_topic(Name="own-topic")["TopicArn"]
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn["QueueArn"],
        },
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    sns.publish(TopicArn=topic, Message="told to all")
    lab.control("time", seconds=5)
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["Message"] == "told to all"


@pytest.fixture
def cloudwatch(lab: ServedLab) -> Iterator[Any]:
    """A CloudWatch client that speaks CBOR only, as current SDKs of other languages do."""
    session = botocore.session.get_session()
    model = session.get_component("data_loader").load_service_model("cloudwatch", "service-2")
    model["metadata"]["protocols"] = ["smithy-rpc-v2-cbor"]
    client: Any = session.create_client(
        "cloudwatch",
        region_name="eu-central-1",
        endpoint_url=lab.endpoint,
        aws_access_key_id="lab",
        aws_secret_access_key="lab",  # noqa: S106 - the lab has no secrets
    )
    with closing(client):
        yield client


def test_cloudwatch_speaks_cbor(lab: ServedLab, cloudwatch: Any) -> None:
    """Numbers, instants, large compressed requests and errors survive CBOR both ways."""
    now = datetime.fromisoformat(lab.control("time", seconds=60)["now"])
    datum = {"MetricName": "m", "Value": 0.5, "Timestamp": now}
    cloudwatch.put_metric_data(Namespace="cbor", MetricData=[datum] * 500)
    lab.control("time", seconds=60)
    found = cloudwatch.get_metric_statistics(
        Namespace="cbor",
        MetricName="m",
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    assert [point["Sum"] for point in found] == [250.0]
    assert found[0]["Timestamp"] == now.replace(second=0, microsecond=0)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloudwatch.set_alarm_state(AlarmName="none", StateValue="OK", StateReason="r")


def test_what_moto_answers_can_be_asked_in_cbor(cloudwatch: Any) -> None:
    """Dashboards are moto's, which knows no CBOR; they arrive all the same."""
    cloudwatch.put_dashboard(DashboardName="own", DashboardBody='{"widgets":[]}')
    listed = cloudwatch.list_dashboards()["DashboardEntries"]
    (entry,) = [each for each in listed if each["DashboardName"] == "own"]
    assert entry["LastModified"].tzinfo is not None


def test_two_functions_keep_modules_of_the_same_name_apart(lab: ServedLab, role: str) -> None:
    """Siblings, packages and late imports are each function's own."""
    source = (
        "import sibling\nfrom package import inner\n"
        "def handler(event, context):\n"
        "    import late\n"
        "    return [sibling.NAME, inner.NAME, late.NAME, event]\n"
    )
    for name in ("first", "second"):
        modules = {
            "sibling": f"NAME = 'sibling of {name}'",
            "package__inner": f"NAME = 'inner of {name}'",
            "late": f"NAME = 'late of {name}'",
        }
        create_function(lab, role, name, archive(main=source, **modules))
    for name in ("first", "second", "first"):
        expected = [f"{kind} of {name}" for kind in ("sibling", "inner", "late")]
        assert invoke(lab, name, 7) == [*expected, 7]


def test_new_code_runs_at_once(lab: ServedLab, role: str) -> None:
    """A warm environment does not outlive the code it was started with."""
    create_function(lab, role, "changing", archive(main="def handler(*_): return 'old'"))
    assert invoke(lab, "changing") == "old"
    code = archive(main="def handler(*_): return 'new'")
    lab.client("lambda").update_function_code(FunctionName="changing", ZipFile=code)
    assert invoke(lab, "changing") == "new"


def test_a_function_without_a_right_is_told_which(lab: ServedLab, role: str) -> None:
    """A user's function runs under its role like everybody's."""
    source = "import boto3\ndef handler(*_): return boto3.client('s3').list_buckets()"
    create_function(lab, role, "curious", archive(main=source))
    assert "s3:ListAllMyBuckets" in invoke(lab, "curious")["errorMessage"]


def test_what_the_lab_cannot_run_is_refused_by_name(lab: ServedLab, role: str) -> None:
    """Another runtime, and an archive that is none, are refused at creation."""
    create = lab.client("lambda").create_function
    shared = {"FunctionName": "broken", "Role": role, "Handler": "a.b", "Code": {"ZipFile": b"x"}}
    with pytest.raises(ClientError, match=r"Python, not in nodejs22\.x"):
        create(Runtime="nodejs22.x", **shared)
    with pytest.raises(ClientError, match="Could not unzip"):
        create(Runtime="python3.13", **shared)


def test_a_users_machine_runs_on_the_engine(lab: ServedLab, role: str) -> None:
    """A machine made over the API waits, calls a function made over the API, and ends."""
    create_function(lab, role, "called", archive(main="def handler(e, _): return e['n'] + 1"))
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "called", "Payload": {"n": "{% $states.input.n %}"}},
        "Output": "{% $states.result.Payload %}",
        "End": True,
    }
    states = {"Wait": {"Type": "Wait", "Seconds": 300, "Next": "Call"}, "Call": call}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Wait", "States": states}
    machines = lab.client("stepfunctions")
    machine = machines.create_state_machine(
        name="own-machine", roleArn=role, definition=json.dumps(definition)
    )["stateMachineArn"]
    run = machines.start_execution(stateMachineArn=machine, input='{"n": 41}')["executionArn"]
    assert machines.describe_execution(executionArn=run)["status"] == "RUNNING"
    lab.control("time", seconds=310)
    assert machines.describe_execution(executionArn=run)["output"] == "42"


def test_a_users_alarm_invokes_a_users_function(lab: ServedLab, role: str) -> None:
    """An alarm put over the API is evaluated, goes off and acts."""
    arn = create_function(lab, role, "alarmed", archive(main="def handler(*_): return None"))
    lab.client("lambda").add_permission(
        FunctionName="alarmed",
        StatementId="alarms",
        Action="lambda:InvokeFunction",
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
    )
    cloudwatch = lab.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="own-alarm",
        Namespace="own",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[arn],
    )
    now = datetime.now(UTC)
    cloudwatch.put_metric_data(Namespace="own", MetricData=[{"MetricName": "m", "Value": 5.0}])
    lab.control("time", seconds=180)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["own-alarm"])["MetricAlarms"]
    assert alarm["StateValue"] == "ALARM"
    invocations = cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[{"Name": "FunctionName", "Value": "alarmed"}],
        StartTime=now - timedelta(days=1),
        EndTime=now + timedelta(days=1),
        Period=86_400,
        Statistics=["Sum"],
    )["Datapoints"]
    assert sum(point["Sum"] for point in invocations) == 1


def test_an_assumed_role_has_its_rights_only(lab: ServedLab, role: str) -> None:
    """Keys that STS gave out make their role's calls, not the operator's."""
    assumed = lab.client("sts").assume_role(RoleArn=role, RoleSessionName="narrow")["Credentials"]
    narrow = lab.client("stepfunctions", key=assumed["AccessKeyId"], token=assumed["SessionToken"])
    with pytest.raises(ClientError, match="states:ListStateMachines"):
        narrow.list_state_machines()


def test_an_operation_that_is_missing_is_refused_by_name(lab: ServedLab) -> None:
    """What nobody implements is an error that clients do not retry."""
    with pytest.raises(ClientError, match="gamelift:ListBuilds") as refused:
        lab.client("gamelift").list_builds()
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_a_broken_route_is_contained_and_mends(lab: ServedLab) -> None:
    """Broken at the control, seen by the alarm, moved off by the product."""
    before = lab.allocation()["eu-west-1/direct"]
    assert lab.control("break", route="eu-west-1/direct", percent=40)["percent"] == 40
    lab.control("time", seconds=900)
    assert lab.allocation()["eu-west-1/direct"] < before
    assert lab.control("mend") == {"broken": {}}
