"""Names, schedules, pages, log retention and dashboards."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.strict.log_retention import DAYS
from autopilot_lab.emulator.strict.schedules import check_expression
from tests.emulator.conftest import HOME, STANDBY
from tests.emulator.strict.refusals import refusal

# -- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("ab", "A-bucket", "a_bucket", "-bucket", "bucket-", "a..bucket", "x" * 64),
        *("192.168.1.4", "xn--bucket", "sthree-bucket", "bucket-s3alias", "bucket--x-s3"),
    ],
)
def test_a_bucket_of_such_a_name_is_refused(aws: EmbeddedAws, name: str) -> None:
    """By S3, wherever the client looks the other way."""
    client = aws.client("s3", HOME)
    client.meta.events.unregister("before-parameter-build.s3", "validate_bucket_name")
    create = {"Bucket": name, "CreateBucketConfiguration": {"LocationConstraint": HOME}}
    assert refusal(client.create_bucket, **create) == "InvalidBucketName"


@pytest.mark.parametrize("name", ["abc", "trail.of-2026.eu", "x" * 63])
def test_a_bucket_of_a_good_name_is_made(aws: EmbeddedAws, name: str) -> None:
    """From three to 63 characters."""
    client = aws.client("s3", HOME)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": HOME})
    assert name in {each["Name"] for each in client.list_buckets()["Buckets"]}


def table(name: str) -> dict[str, Any]:
    """The arguments of CreateTable."""
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }


@pytest.mark.parametrize(
    "service, operation, parameter, bad, good, code",
    [
        ("sqs", "create_queue", "QueueName", "a b", "a_b-1", "InvalidParameterValue"),
        ("sqs", "create_queue", "QueueName", "x" * 81, "x" * 80, "InvalidParameterValue"),
        ("sns", "create_topic", "Name", "a.b", "a_b-1", "InvalidParameter"),
        ("sns", "create_topic", "Name", "x" * 257, "x" * 256, "InvalidParameter"),
    ],
)
def test_queues_and_topics_have_plain_names(
    aws: EmbeddedAws, service: str, operation: str, parameter: str, bad: str, good: str, code: str
) -> None:
    """Letters, digits, hyphens and underscores, up to a length."""
    create = getattr(aws.client(service, HOME), operation)
    assert refusal(create, **{parameter: bad}) == code
    create(**{parameter: good})


@pytest.mark.parametrize("name", ["a b", "ab", "x" * 256, "tisch-ä"])
def test_a_table_of_such_a_name_is_refused(aws: EmbeddedAws, name: str) -> None:
    """Letters, digits, hyphens, underscores and dots; three to 255 of them."""
    client = aws.client("dynamodb", HOME)
    assert refusal(client.create_table, **table(name)) == "ValidationException"
    client.create_table(**table("a.good-one_"))


@pytest.mark.parametrize("name", ["a function", "x" * 65, "worker.one"])
def test_a_function_of_such_a_name_is_refused(aws: EmbeddedAws, name: str) -> None:
    """Letters, digits, hyphens and underscores; up to 64 of them."""
    refused = refusal(
        aws.client("lambda", HOME).create_function,
        FunctionName=name,
        Runtime="python3.13",
        Handler="app.handler",
        Role="arn:aws:iam::123456789012:role/none",
        Code={"ZipFile": b""},
    )
    assert refused == "ValidationException"


# -- schedules -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        *("rate(1 minute)", "rate(5 minutes)", "rate(12 hours)", "at(2026-11-20T13:00:00)"),
        *("cron(0 10 * * ? *)", "cron(0/15 8-17 ? * MON-FRI *)", "cron(0 8 L * ? 2026)"),
        *("cron(15 10 ? JAN,JUL 2#1 2026-2030)", "cron(0 0 1 1 ? 2199)"),
    ],
)
def test_an_expression_of_the_guide_is_taken(expression: str) -> None:
    """Rates, instants and crons."""
    check_expression(expression, "Europe/Berlin")


@pytest.mark.parametrize(
    "expression",
    [
        *("banana(1)", "", "rate(0 minutes)", "rate(-1 hours)", "rate(5 fortnights)"),
        *("at(tomorrow)", "at(2026-02-30T13:00:00)", "cron(* * * * *)"),
        *("cron(60 10 * * ? *)", "cron(0 24 * * ? *)", "cron(0 0 32 * ? *)"),
        *("cron(0 0 * 13 ? *)", "cron(0 0 ? * 8 *)", "cron(0 0 ? * MON#6 *)"),
        *("cron(0 0 * * * *)", "cron(0 0 ? * ? *)", "cron(x 0 * * ? *)", "cron(0 0 * * ? 1969)"),
    ],
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    """With the name that Scheduler has for it."""
    with pytest.raises(AwsError, match="ValidationException"):
        check_expression(expression, "UTC")


def test_a_time_zone_must_exist() -> None:
    """By its name in the IANA database."""
    with pytest.raises(AwsError, match="Europe/Atlantis"):
        check_expression("rate(1 minute)", "Europe/Atlantis")


def test_a_refused_rule_is_not_stored(aws: EmbeddedAws) -> None:
    """PutRule knows no at, and no nonsense."""
    client = aws.client("events", HOME)
    for expression in ("at(2026-11-20T13:00:00)", "rate(0 minutes)"):
        rule = {"Name": "r", "ScheduleExpression": expression}
        assert refusal(client.put_rule, **rule) == "ValidationException"
    assert client.list_rules()["Rules"] == []


def test_a_template_with_a_bad_schedule_fails(aws: EmbeddedAws) -> None:
    """And leaves no schedule behind."""
    target = {"Arn": "arn:aws:sqs:eu-central-1:123456789012:q", "RoleArn": "arn:aws:iam::1:role/r"}
    schedule = {
        "Type": "AWS::Scheduler::Schedule",
        "Properties": {
            "Name": "s",
            "ScheduleExpression": "cron(0 0 * * * *)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": target,
        },
    }
    with pytest.raises(AwsError, match="Invalid Schedule Expression"):
        aws.deploy({"Resources": {"Schedule": schedule}}, "schedules", HOME)
    assert aws.client("scheduler", HOME).list_schedules()["Schedules"] == []


# -- pages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    ["no json", "[]", '"text"', json.dumps({"email": "e"}), json.dumps({"default": {"a": 1}})],
)
def test_a_page_by_protocol_has_a_text_for_everybody(aws: EmbeddedAws, message: str) -> None:
    """Or it is refused, and nobody is paged."""
    client = aws.client("sns", HOME)
    topic = client.create_topic(Name="pages")["TopicArn"]
    publish = {"TopicArn": topic, "Message": message}
    refused = refusal(client.publish, **publish, MessageStructure="json")
    assert refused == "InvalidParameter"
    assert aws.log.of("page") == []
    client.publish(**publish)


# -- logs ----------------------------------------------------------------------------------------


def test_events_are_kept_for_a_number_of_days_of_the_list(aws: EmbeddedAws) -> None:
    """Every one of them, and none beside."""
    client = aws.client("logs", HOME)
    client.create_log_group(logGroupName="g")
    for days in sorted(DAYS):
        client.put_retention_policy(logGroupName="g", retentionInDays=days)
    for days in (0, 2, 11, 366, 3654):
        refused = refusal(client.put_retention_policy, logGroupName="g", retentionInDays=days)
        assert refused == "InvalidParameterException"
    assert client.describe_log_groups()["logGroups"][0]["retentionInDays"] == max(DAYS)


# -- dashboards ----------------------------------------------------------------------------------


def body(title: str) -> str:
    """A dashboard with a title."""
    return json.dumps({"widgets": [], "title": title})


def test_dashboards_belong_to_the_account(aws: EmbeddedAws) -> None:
    """The last write of a name wins, whichever region it came from; a delete is for all."""
    home, standby = aws.client("cloudwatch", HOME), aws.client("cloudwatch", STANDBY)
    home.put_dashboard(DashboardName="routes", DashboardBody=body("home"))
    standby.put_dashboard(DashboardName="routes", DashboardBody=body("standby"))
    for client in (home, standby):
        names = [one["DashboardName"] for one in client.list_dashboards()["DashboardEntries"]]
        assert names == ["routes"]
        told = client.get_dashboard(DashboardName="routes")["DashboardBody"]
        assert json.loads(told)["title"] == "standby"
    home.delete_dashboards(DashboardNames=["routes"])
    assert standby.list_dashboards()["DashboardEntries"] == []


def test_a_dashboard_of_a_template_is_seen_everywhere(aws: EmbeddedAws) -> None:
    """CloudFormation makes it for the account too."""
    dashboard = {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {"DashboardName": "routes", "DashboardBody": body("stack")},
    }
    aws.deploy({"Resources": {"Dashboard": dashboard}}, "dashboards", HOME)
    listed = aws.client("cloudwatch", STANDBY).list_dashboards()["DashboardEntries"]
    assert [one["DashboardName"] for one in listed] == ["routes"]


# -- queues --------------------------------------------------------------------------------------


def test_setting_an_attribute_of_a_queue_keeps_its_policy(aws: EmbeddedAws) -> None:
    """What is not named stays as it was."""
    sqs = aws.client("sqs", HOME)
    url = sqs.create_queue(QueueName="kept")["QueueUrl"]
    own = {"AWS": "arn:aws:iam::123456789012:root"}
    statement = {"Effect": "Allow", "Principal": own, "Action": "sqs:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})

    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert json.loads(found["Policy"])["Statement"] == [statement]
    assert found["VisibilityTimeout"] == "60"
