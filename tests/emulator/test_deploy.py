"""Deployment of templates, and of the product's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.cloud import EmbeddedAws
from tests.emulator.conftest import HOME, DeployFunction

MACHINE = """
QueryLanguage: JSONata
Comment: Runs a function, rests, and says what it was told.
StartAt: Ask
TimeoutSeconds: 600
States:
  Ask:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Arguments:
      FunctionName: ${Worker}
      Payload: "{% $states.input %}"
    Output: "{% $states.result.Payload %}"
    Next: Rest
  Rest:
    Type: Wait
    Seconds: 60
    End: true
"""


def test_an_unknown_resource_type_is_refused_by_name(aws: EmbeddedAws) -> None:
    """Nothing is silently left out."""
    template = {"Resources": {"Robot": {"Type": "AWS::RoboMaker::Robot"}}}
    with pytest.raises(AwsError, match=r"Robot: the lab does not know .* AWS::RoboMaker::Robot"):
        aws.deploy(template, "s", HOME)


def test_a_parameter_that_is_not_declared_is_refused(aws: EmbeddedAws) -> None:
    """As CloudFormation refuses it."""
    with pytest.raises(AwsError, match=r"Parameters: \[Nobody\] do not exist"):
        aws.deploy({"Resources": {}}, "s", HOME, {"Nobody": "x"})


def test_a_value_that_is_not_allowed_is_refused(aws: EmbeddedAws) -> None:
    """With the values that are."""
    template = {
        "Parameters": {"Role": {"Type": "String", "AllowedValues": ["home"]}},
        "Resources": {},
    }
    with pytest.raises(AwsError, match="must be one of"):
        aws.deploy(template, "s", HOME, {"Role": "away"})


def test_a_template_that_sam_refuses_says_why(aws: EmbeddedAws) -> None:
    """The transform's own message."""
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "."}}},
    }
    with pytest.raises(AwsError, match="Runtime"):
        aws.deploy(template, "s", HOME)


def test_a_machine_runs_the_file_it_is_defined_in(
    aws: EmbeddedAws, deploy_function: DeployFunction, tmp_path: Path
) -> None:
    """DefinitionUri and its substitutions, through to the end of an execution."""
    (tmp_path / "m.asl.yaml").write_text(MACHINE)
    machine = {
        "Type": "AWS::Serverless::StateMachine",
        "Properties": {
            "Name": "machine",
            "Policies": [{"LambdaInvokePolicy": {"FunctionName": {"Ref": "Function"}}}],
            "DefinitionUri": str(tmp_path / "m.asl.yaml"),
            "DefinitionSubstitutions": {"Worker": {"Fn::GetAtt": ["Function", "Arn"]}},
        },
    }
    deploy_function("def handler(e, c):\n    return {'got': e}\n", resources={"Machine": machine})
    states = aws.client("stepfunctions", HOME)
    arn = states.list_state_machines()["stateMachines"][0]["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=arn, input='{"a": 1}')["executionArn"]
    aws.run(30)
    assert states.describe_execution(executionArn=execution)["status"] == "RUNNING"
    aws.run(60)
    assert states.describe_execution(executionArn=execution)["output"] == '{"got":{"a":1}}'
    assert [event["state"] for event in aws.log.of("state")] == ["Ask", "Rest"]


def test_a_second_deployment_updates_the_stack(aws: EmbeddedAws, tmp_path: Path) -> None:
    """A queue is added; the one that was there stays."""
    first = {"Resources": {"One": {"Type": "AWS::SQS::Queue"}}}
    second = {"Resources": {**first["Resources"], "Two": {"Type": "AWS::SQS::Queue"}}}
    before = aws.deploy(first, "s", HOME, folder=tmp_path)
    after = aws.deploy(second, "s", HOME, folder=tmp_path)
    assert after.resources["One"] == before.resources["One"]
    assert set(after.resources) == {"One", "Two"}
