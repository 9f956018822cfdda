"""An embedded AWS for each test, and a small application to deploy into it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autopilot_lab.emulator.cloud import EmbeddedAws

START = 1_700_000_000.0
HOME = "eu-central-1"
STANDBY = "eu-west-1"

TABLE: dict[str, Any] = {
    "Type": "AWS::DynamoDB::GlobalTable",
    "Properties": {
        "TableName": "ledger",
        "BillingMode": "PAY_PER_REQUEST",
        "MultiRegionConsistency": "STRONG",
        "GlobalTableWitnesses": [{"Region": "eu-west-3"}],
        "Replicas": [{"Region": HOME}, {"Region": STANDBY}],
        "KeySchema": [{"AttributeName": "service", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "service", "AttributeType": "S"}],
    },
}

#: Deploys a function of this source, with these extra properties; returns its name.
DeployFunction = Callable[..., str]


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    """A fresh embedded AWS."""
    with EmbeddedAws(START, seed=1) as running:
        yield running


@pytest.fixture
def table(aws: EmbeddedAws) -> str:
    """A strongly consistent global table named "ledger", of home and standby."""
    aws.deploy({"Resources": {"Table": TABLE}}, "tables", HOME)
    return "ledger"


@pytest.fixture
def deploy_function(aws: EmbeddedAws, tmp_path: Path) -> DeployFunction:
    """Deploys functions from source text."""

    def deploy(
        source: str,
        *,
        name: str = "worker",
        region: str = HOME,
        resources: dict[str, Any] | None = None,
        **properties: Any,
    ) -> str:
        folder = tmp_path / region / name
        folder.mkdir(parents=True)
        (folder / "app.py").write_text(textwrap.dedent(source))
        function = {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "FunctionName": name,
                "CodeUri": str(folder),
                "Handler": "app.handler",
                "Runtime": "python3.13",
                "Timeout": 10,
                **properties,
            },
        }
        template = {
            "Transform": "AWS::Serverless-2016-10-31",
            "Resources": {"Function": function, **(resources or {})},
        }
        aws.deploy(template, f"stack-of-{name}", region)
        return name

    return deploy


def messages(aws: EmbeddedAws, queue: str, region: str = HOME) -> list[dict[str, Any]]:
    """What lies in a queue, received as an operator would."""
    sqs = aws.client("sqs", region)
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    found: list[dict[str, Any]] = answer.get("Messages", [])
    return found
