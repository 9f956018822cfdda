"""The embedded AWS as a whole: the same bytes from the same seed, no network, and speed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from time import perf_counter

import pytest

from autopilot_lab.emulator.cloud import EmbeddedAws
from tests.emulator.conftest import HOME, START

STORY = """
import json, tempfile, pathlib
from autopilot_lab.emulator.cloud import EmbeddedAws

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "app.py").write_text('''
import boto3, uuid

def handler(event, context):
    sns = boto3.client("sns")
    sns.publish(TopicArn=sns.list_topics()["Topics"][0]["TopicArn"], Message=str(uuid.uuid4()))
    return context.aws_request_id
''')
template = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Function": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "CodeUri": str(folder), "Handler": "app.handler", "Runtime": "python3.13",
                "Events": {"Tick": {"Type": "ScheduleV2", "Properties": {
                    "ScheduleExpression": "rate(1 minute)"}}},
            },
        },
    },
}
with EmbeddedAws(1_700_000_000, seed=3) as aws:
    stack = aws.deploy(template, "s", "eu-central-1")
    aws.run(300)
    print(json.dumps([stack.resources, list(aws.log)]))
"""


def tell(hash_seed: str) -> str:
    """What a process of its own says about the same story."""
    environment = {
        **os.environ,
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    return subprocess.run(
        [sys.executable, "-c", STORY],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_the_same_seed_gives_the_same_bytes_in_every_process() -> None:
    """Ids, latencies and order do not depend on the process or its hash seed."""
    assert tell("1") == tell("2")


def test_another_seed_gives_other_ids() -> None:
    """Or the seed would not be used."""
    queues_made = []
    for seed in (3, 4):
        with EmbeddedAws(START, seed=seed) as aws:
            queues = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
            queues_made.append(aws.deploy(queues, "s", HOME).resources["Queue"])
    assert queues_made[0] != queues_made[1]


@pytest.mark.usefixtures("aws")
def test_nothing_leaves_but_for_loopback() -> None:
    """Neither a look-up nor a connection."""
    with pytest.raises(urllib.error.URLError, match="reaches nothing but loopback"):
        urllib.request.urlopen("https://example.com", timeout=1)
    with socket.socket() as connection, pytest.raises(ConnectionRefusedError, match="loopback"):
        connection.connect(("192.0.2.1", 443))


@pytest.mark.usefixtures("aws")
def test_loopback_stays_open() -> None:
    """A server on this machine can be reached."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=1) as connection,
    ):
        assert connection.getpeername() == server.getsockname()


def test_only_one_can_run_at_a_time(aws: EmbeddedAws) -> None:
    """Because the state that moto holds is global."""
    assert aws.scheduler.now == START
    with pytest.raises(RuntimeError, match="one embedded AWS at a time"), EmbeddedAws(START):
        pass


def test_a_new_embedded_aws_knows_nothing_of_the_last_one() -> None:
    """State ends with the context."""
    for _ in range(2):
        with EmbeddedAws(START) as aws:
            sqs = aws.client("sqs", HOME)
            assert "QueueUrls" not in sqs.list_queues()
            sqs.create_queue(QueueName="q")


@pytest.mark.usefixtures("table")
def test_a_read_of_the_ledger_costs_few_milliseconds(aws: EmbeddedAws) -> None:
    """The bound leaves room for slow machines; about 1 ms is usual."""
    client = aws.client("dynamodb", HOME)
    client.put_item(TableName="ledger", Item={"service": {"S": "s"}})
    before = perf_counter()
    for _ in range(100):
        client.get_item(TableName="ledger", Key={"service": {"S": "s"}})
    assert (perf_counter() - before) / 100 < 0.010


def test_calls_cost_time_inside_tasks_only(aws: EmbeddedAws) -> None:
    """An operator who sets things up does not move the clock."""
    client = aws.client("sqs", HOME)
    client.create_queue(QueueName="q")
    assert aws.scheduler.now == START
    aws.scheduler.spawn(client.list_queues, name="test").wait()
    assert aws.scheduler.now > START


def test_every_call_is_on_record(aws: EmbeddedAws) -> None:
    """Who called what, where, and how it went."""
    aws.client("sqs", HOME).create_queue(QueueName="q")
    [call] = aws.log.of("call")
    assert (call["service"], call["operation"], call["region"]) == ("sqs", "CreateQueue", HOME)
    assert (call["caller"], call["result"]) == ("operator", "ok")
