"""Functions run under Lambda's contract."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from autopilot_lab.emulator.cloud import EmbeddedAws
from tests.emulator.conftest import HOME, STANDBY, DeployFunction, messages

ECHO = "def handler(event, context):\n    return event\n"
FAIL = (
    "def handler(event, context):\n    raise ValueError('expected a number, got ' + str(event))\n"
)
SLEEP = """
    import time

    def handler(event, context):
        left = context.get_remaining_time_in_millis()
        time.sleep(event["seconds"])
        return left
"""
ENVIRONMENT = "import os\n\ndef handler(event, context):\n    return dict(os.environ)\n"
QUEUE = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "failed"}}}


def test_events_and_answers_make_the_round_trip_through_json(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """A tuple comes back as a list, a number as a number."""
    name = deploy_function("def handler(event, context):\n    return {'a': (1, event['b'])}\n")
    assert aws.invoke(name, {"b": 2.5}, HOME).body() == {"a": [1, 2.5]}


def test_an_error_is_reported_by_type_message_and_stack(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """The caller sees what the runtime sends, and a function error."""
    outcome = aws.invoke(deploy_function(FAIL), 7, HOME)
    body = outcome.body()
    assert outcome.function_error == "Unhandled"
    assert body["errorType"] == "ValueError"
    assert body["errorMessage"] == "expected a number, got 7"
    assert "in handler" in body["stackTrace"][0]


def test_an_import_that_fails_is_the_runtimes_error(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """A module that is not in the package."""
    outcome = aws.invoke(deploy_function("import nothing_of_that_name\n"), {}, HOME)
    assert outcome.body()["errorType"] == "Runtime.ImportModuleError"


def test_an_answer_that_is_not_json_is_the_runtimes_error(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """A set has no JSON."""
    outcome = aws.invoke(deploy_function("def handler(e, c):\n    return {1}\n"), {}, HOME)
    assert outcome.body()["errorType"] == "Runtime.MarshalError"


def test_a_function_is_ended_at_its_time_out(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """Ten seconds after the handler began, in virtual time."""
    name = deploy_function(SLEEP)
    before = aws.scheduler.now
    outcome = aws.invoke(name, {"seconds": 60}, HOME)
    assert outcome.body()["errorType"] == "Sandbox.Timedout"
    assert outcome.body()["errorMessage"].endswith("Task timed out after 10.00 seconds")
    assert aws.scheduler.now - before == pytest.approx(10.4)


def test_a_cold_start_takes_longer_than_a_warm_one(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """The first invocation is cold, the next finds its environment."""
    name = deploy_function(ECHO)
    aws.invoke(name, {}, HOME)
    aws.invoke(name, {}, HOME)
    assert [event["cold"] for event in aws.log.of("invocation")] == [True, False]


def test_module_state_lives_as_long_as_the_environment_stays_warm(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """One environment counts on; the same function elsewhere has a module of its own."""
    source = "seen = []\n\ndef handler(event, context):\n    seen.append(1)\n    return len(seen)\n"
    for region in (HOME, STANDBY):
        deploy_function(source, region=region)
    answers = [aws.invoke("worker", {}, region).body() for region in (HOME, HOME, STANDBY)]
    assert answers == [1, 2, 1]


def test_a_function_sees_its_own_environment_and_nothing_else(
    aws: EmbeddedAws, deploy_function: DeployFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Region, name and declared variables; a variable of this process is not there."""
    monkeypatch.setenv("A_SECRET_OF_THIS_PROCESS", "1")
    name = deploy_function(ENVIRONMENT, Environment={"Variables": {"SERVICE": "s"}})
    seen = aws.invoke(name, {}, HOME).body()
    assert (seen["AWS_REGION"], seen["AWS_LAMBDA_FUNCTION_NAME"]) == (HOME, "worker")
    assert seen["SERVICE"] == "s"
    assert "A_SECRET_OF_THIS_PROCESS" not in seen


def test_paths_under_opt_lead_to_the_layers_folder(
    aws: EmbeddedAws, deploy_function: DeployFunction, tmp_path: Path
) -> None:
    """PROFILE=/opt/profile/p.toml is the file in the layer."""
    (tmp_path / "layer" / "profile").mkdir(parents=True)
    (tmp_path / "layer" / "profile" / "p.toml").write_text("a = 1")
    layer = {
        "Type": "AWS::Serverless::LayerVersion",
        "Properties": {"LayerName": "profile", "ContentUri": str(tmp_path / "layer")},
    }
    name = deploy_function(
        "import os, pathlib\n\ndef handler(e, c):\n"
        "    return pathlib.Path(os.environ['PROFILE']).read_text()\n",
        resources={"Layer": layer},
        Layers=[{"Ref": "Layer"}],
        Environment={"Variables": {"PROFILE": "/opt/profile/p.toml"}},
    )
    assert aws.invoke(name, {}, HOME).body() == "a = 1"


def test_two_invocations_interleave_at_their_calls(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """Both are running at once, each in an environment of its own."""
    name = deploy_function(SLEEP)
    lambda_ = aws.client("lambda", HOME)
    for seconds in (5, 3):
        payload = json.dumps({"seconds": seconds})
        lambda_.invoke(FunctionName=name, Payload=payload, InvocationType="Event")
    aws.run(30)
    first, second = aws.log.of("invocation")
    assert first["cold"]
    assert second["cold"]
    assert first["t"] < second["ended"] < first["ended"]


def test_what_a_handler_prints_belongs_to_its_invocation(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """Lines are kept whole."""
    name = deploy_function("def handler(e, c):\n    print('one', 1)\n    print('two')\n")
    aws.invoke(name, {}, HOME)
    assert aws.log.of("invocation")[0]["lines"] == ["one 1", "two"]


def test_a_payload_above_six_megabytes_is_refused(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """Synchronous requests are limited before the function runs."""
    name = deploy_function(ECHO)
    with pytest.raises(ClientError, match="RequestTooLarge"):
        aws.client("lambda", HOME).invoke(FunctionName=name, Payload=b'"%s"' % (b"x" * 6_291_456))
    assert not aws.log.of("invocation")


def test_an_event_above_one_megabyte_is_refused(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """Asynchronous requests have the smaller limit."""
    name = deploy_function(ECHO)
    with pytest.raises(ClientError, match="RequestTooLarge"):
        aws.client("lambda", HOME).invoke(
            FunctionName=name, Payload=b'"%s"' % (b"x" * 1_048_576), InvocationType="Event"
        )


def test_an_unknown_function_is_not_found(aws: EmbeddedAws) -> None:
    """As the API says it."""
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.client("lambda", HOME).invoke(FunctionName="nobody")


def test_reserved_concurrency_throttles_the_one_too_many(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """One place, taken by an invocation that sleeps."""
    name = deploy_function(SLEEP, ReservedConcurrentExecutions=1)
    lambda_ = aws.client("lambda", HOME)
    lambda_.invoke(FunctionName=name, Payload=b'{"seconds": 5}', InvocationType="Event")
    aws.run(2)
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        aws.scheduler.spawn(lambda: _invoke_once(name), name="other").wait()


def test_a_failing_event_is_tried_three_times_and_then_sent_to_its_destination(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """At once, after one minute, after two more."""
    destination = {"Type": "SQS", "Destination": {"Fn::GetAtt": ["Queue", "Arn"]}}
    name = deploy_function(
        FAIL,
        resources=QUEUE,
        EventInvokeConfig={"DestinationConfig": {"OnFailure": destination}},
    )
    aws.client("lambda", HOME).invoke(
        FunctionName=name, Payload=b'{"a": 1}', InvocationType="Event"
    )
    aws.run(300)
    starts = [event["t"] for event in aws.log.of("invocation")]
    assert [round(later - first) for first, later in pairwise(starts)] == [60, 120]
    record = json.loads(messages(aws, "failed")[0]["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestPayload"] == {"a": 1}


def test_a_throttled_event_waits_its_turn(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """Throttling does not use up the retries."""
    name = deploy_function(
        SLEEP, ReservedConcurrentExecutions=1, EventInvokeConfig={"MaximumRetryAttempts": 0}
    )
    for _ in range(3):
        aws.client("lambda", HOME).invoke(
            FunctionName=name, Payload=b'{"seconds": 4}', InvocationType="Event"
        )
    aws.run(60)
    assert [event["error"] for event in aws.log.of("invocation")] == ["", "", ""]


def _invoke_once(name: str) -> Any:
    retries: Any = {"total_max_attempts": 1, "mode": "standard"}
    client: Any = boto3.client("lambda", region_name=HOME, config=Config(retries=retries))
    return client.invoke(FunctionName=name)
