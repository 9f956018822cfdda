"""Lambda: versions, aliases with weights, revisions, and the size of a resource policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.cloud import EmbeddedAws
from tests.emulator.conftest import HOME, DeployFunction, messages
from tests.emulator.strict.refusals import refusal

WHO = """
    def handler(event, context):
        return [{answer!r}, context.function_version, context.invoked_function_arn]
"""
OTHER = "00000000-0000-4000-8000-000000000000"


def second(folder: Path) -> None:
    """Change the function's code in its folder."""
    (folder / "app.py").write_text(
        "def handler(event, context):\n    return ['second', context.function_version]\n"
    )


@pytest.fixture
def client(aws: EmbeddedAws, deploy_function: DeployFunction) -> Any:
    """Lambda with a function of versions 1 and 2, and alias `live` on version 1."""
    deploy_function(WHO.format(answer="first"))
    made = aws.client("lambda", HOME)
    made.publish_version(FunctionName="worker")
    made.update_function_configuration(FunctionName="worker", Timeout=11)
    made.publish_version(FunctionName="worker")
    made.create_alias(FunctionName="worker", Name="live", FunctionVersion="1")
    return made


def ran(client: Any, qualifier: str, calls: int = 1) -> list[str]:
    """The versions that so many invocations ran."""
    return [
        client.invoke(FunctionName="worker", Qualifier=qualifier)["ExecutedVersion"]
        for _ in range(calls)
    ]


def test_a_function_knows_the_version_that_runs(client: Any) -> None:
    """By alias, by number and without either."""
    arn = f"arn:aws:lambda:{HOME}:123456789012:function:worker"
    for qualifier, version in (("live", "1"), ("2", "2"), ("$LATEST", "$LATEST")):
        answer = client.invoke(FunctionName="worker", Qualifier=qualifier)
        told = json.load(answer["Payload"])
        assert told == ["first", version, f"{arn}:{qualifier}"]
        assert answer["ExecutedVersion"] == version


def test_a_version_keeps_the_settings_it_was_published_with(aws: EmbeddedAws, client: Any) -> None:
    """Version 1 has the time-out of ten seconds, version 2 that of eleven."""
    timeouts = [
        client.get_function_configuration(FunctionName="worker", Qualifier=one)["Timeout"]
        for one in ("1", "2")
    ]
    assert timeouts == [10, 11]
    aws.invoke("worker", {}, HOME)


def test_a_version_keeps_the_code_it_was_published_with(
    aws: EmbeddedAws, client: Any, tmp_path: Path
) -> None:
    """New code is what $LATEST runs; the alias runs the old until it is moved."""
    folder = tmp_path / "second"
    folder.mkdir()
    second(folder)
    code = aws.code.functions[HOME, "worker"]
    aws.code.functions[HOME, "worker"] = type(code)(folder, code.handler)
    client.update_function_configuration(FunctionName="worker", Timeout=12)
    assert client.publish_version(FunctionName="worker")["Version"] == "3"
    assert aws.invoke("worker:live", {}, HOME).body()[0] == "first"
    assert aws.invoke("worker", {}, HOME).body() == ["second", "$LATEST"]
    client.update_alias(FunctionName="worker", Name="live", FunctionVersion="3")
    assert aws.invoke("worker:live", {}, HOME).body() == ["second", "3"]


def test_a_deleted_function_leaves_no_code_behind(aws: EmbeddedAws, client: Any) -> None:
    """A new function of the name starts with versions of its own."""
    client.delete_function(FunctionName="worker")
    assert [key for key in aws.code.published if key[1] == "worker"] == []


def test_an_alias_routes_by_its_weights(client: Any) -> None:
    """A fifth of the invocations runs the additional version, give or take."""
    routing = {"AdditionalVersionWeights": {"2": 0.2}}
    client.update_alias(FunctionName="worker", Name="live", RoutingConfig=routing)
    versions = ran(client, "live", 200)
    assert set(versions) == {"1", "2"}
    assert 25 <= versions.count("2") <= 55


@pytest.mark.parametrize("weight, expected", [(0.0, {"1"}), (1.0, {"2"})])
def test_whole_weights_leave_nothing_to_chance(
    client: Any, weight: float, expected: set[str]
) -> None:
    """None of the traffic, or all of it."""
    routing = {"AdditionalVersionWeights": {"2": weight}}
    client.update_alias(FunctionName="worker", Name="live", RoutingConfig=routing)
    assert set(ran(client, "live", 20)) == expected


def test_an_event_runs_the_alias_it_was_sent_to(aws: EmbeddedAws, client: Any) -> None:
    """And its record names both, the alias and the version."""
    queue = aws.client("sqs", HOME).create_queue(QueueName="done")["QueueUrl"]
    arn = f"arn:aws:sqs:{HOME}:123456789012:{queue.rsplit('/', 1)[-1]}"
    role = client.get_function_configuration(FunctionName="worker")["Role"].rsplit("/", 1)[-1]
    rights = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}
    aws.client("iam", HOME).put_role_policy(
        RoleName=role,
        PolicyName="own",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [rights]}),
    )
    client.put_function_event_invoke_config(
        FunctionName="worker", DestinationConfig={"OnSuccess": {"Destination": arn}}
    )
    client.invoke(FunctionName="worker", Qualifier="live", InvocationType="Event")
    aws.run(5)
    record = json.loads(messages(aws, "done")[0]["Body"])
    assert record["requestContext"]["functionArn"].endswith(":function:worker:live")
    assert record["responseContext"]["executedVersion"] == "1"


@pytest.mark.parametrize(
    "weights, code",
    [
        ({"2": 1.01}, "InvalidParameterValueException"),
        ({"1": 0.5}, "InvalidParameterValueException"),
        ({"$LATEST": 0.5}, "InvalidParameterValueException"),
        ({"2": 0.5, "1": 0.5}, "InvalidParameterValueException"),
        ({"7": 0.5}, "ResourceNotFoundException"),
    ],
)
def test_weights_that_make_no_sense_are_refused(
    client: Any, weights: dict[str, float], code: str
) -> None:
    """Out of bounds, of the alias's own version, of none; and the alias stays as it was."""
    alias = {"FunctionName": "worker", "Name": "live"}
    routing = {"RoutingConfig": {"AdditionalVersionWeights": weights}}
    assert refusal(client.update_alias, **alias, **routing) == code
    assert "RoutingConfig" not in client.get_alias(**alias)
    created = {"FunctionName": "worker", "Name": "other", "FunctionVersion": "1"}
    assert refusal(client.create_alias, **created, **routing) == code


def test_an_alias_is_compared_and_set(client: Any) -> None:
    """Each update has a revision of its own, and the one before no longer counts."""
    alias = {"FunctionName": "worker", "Name": "live"}
    first = client.get_alias(**alias)["RevisionId"]
    updated = client.update_alias(**alias, FunctionVersion="2", RevisionId=first)["RevisionId"]
    assert updated == client.get_alias(**alias)["RevisionId"] != first
    stale = {**alias, "FunctionVersion": "1", "RevisionId": first}
    assert refusal(client.update_alias, **stale) == "PreconditionFailedException"
    assert client.get_alias(**alias)["FunctionVersion"] == "2"


def test_a_function_is_compared_and_set(client: Any) -> None:
    """Configuration and publication look at the revision, which changes with every update."""
    function = {"FunctionName": "worker"}
    first = client.get_function_configuration(**function)["RevisionId"]
    assert client.get_function(**function)["Configuration"]["RevisionId"] == first
    changed = client.update_function_configuration(**function, Timeout=5, RevisionId=first)
    assert changed["RevisionId"] != first
    for operation, arguments in (
        (client.update_function_configuration, {"Timeout": 6}),
        (client.publish_version, {}),
    ):
        refused = refusal(operation, **function, **arguments, RevisionId=first)
        assert refused == "PreconditionFailedException"
    client.publish_version(**function, RevisionId=changed["RevisionId"])


def test_a_permission_is_added_at_the_revision_it_names(client: Any) -> None:
    """Otherwise it is not."""
    permission = {
        "FunctionName": "worker",
        "StatementId": "one",
        "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
    }
    refused = refusal(client.add_permission, **permission, RevisionId=OTHER)
    assert refused == "PreconditionFailedException"
    client.add_permission(**permission)


def test_a_resource_policy_has_at_most_20_kb(client: Any) -> None:
    """What is stored stays below it, and the statement too many is refused."""
    refused = ""
    for number in range(200):
        permission = {
            "FunctionName": "worker",
            "StatementId": f"alarm-{number}",
            "Action": "lambda:InvokeFunction",
            "Principal": "lambda.alarms.cloudwatch.amazonaws.com",
            "SourceArn": f"arn:aws:cloudwatch:{HOME}:123456789012:alarm:{'a' * 100}-{number}",
        }
        try:
            client.add_permission(**permission)
        except client.exceptions.PolicyLengthExceededException as error:
            refused = error.response["Error"]["Code"]
            break
    assert refused == "PolicyLengthExceededException"
    policy = json.loads(client.get_policy(FunctionName="worker")["Policy"])
    size = len(json.dumps(policy, separators=(",", ":")))
    assert 19_000 < size <= 20 * 1024
    assert number == len(policy["Statement"])


def test_a_template_cannot_route_more_than_everything(
    deploy_function: DeployFunction,
) -> None:
    """A weight above 1 fails the deployment."""
    version = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}}
    weight = {"FunctionVersion": "2", "FunctionWeight": 1.5}
    alias = {
        "Type": "AWS::Lambda::Alias",
        "Properties": {
            "Name": "live",
            "FunctionName": {"Ref": "Function"},
            "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
            "RoutingConfig": {"AdditionalVersionWeights": [weight]},
        },
    }
    with pytest.raises(AwsError, match=r"between 0\.0 and 1\.0"):
        deploy_function(WHO, resources={"Version": version, "Alias": alias})


def test_no_reserved_concurrency_stops_every_version(client: Any) -> None:
    """Also those that were published before."""
    client.put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=0)
    for qualifier in ("live", "2", "$LATEST"):
        invoke = {"FunctionName": "worker", "Qualifier": qualifier}
        assert refusal(client.invoke, **invoke) == "TooManyRequestsException"
