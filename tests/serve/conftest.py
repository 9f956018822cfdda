"""A served lab in a process of its own, as a person starts it, for the tests of this folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from autopilot_lab.drill.project import ROOT

HOME = "eu-central-1"
STANDBY = "eu-west-1"
LEDGER_KEY = {"service": {"S": "hybrid-routing"}, "record": {"S": "ledger"}}
STOP_SECONDS = 20
_COMMAND = "from autopilot_cli.main import main; main()"


@dataclass(frozen=True)
class ServedLab:
    """A lab that runs, and how its clients reach it."""

    process: subprocess.Popen[str]
    endpoint: str
    clients: ExitStack = field(default_factory=ExitStack)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.endpoint.rsplit(":", 1)[1])

    @property
    def variables(self) -> dict[str, str]:
        """A process environment with what the lab says to export."""
        return {
            **project_environment(),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "lab",
            "AWS_SECRET_ACCESS_KEY": "lab",
            "AWS_REGION": HOME,
            "AWS_DEFAULT_REGION": HOME,
        }

    def client(self, service: str, region: str = HOME, **settings: Any) -> Any:
        """A boto3 client that knows nothing but the endpoint."""
        make: Any = boto3.client  # stubs know each service by its literal name only
        client = make(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id=settings.get("key", "lab"),
            aws_secret_access_key="lab",  # noqa: S106 - the lab has no secrets
            aws_session_token=settings.get("token"),
        )
        self.clients.callback(client.close)
        return client

    def control(self, operation: str, **given: Any) -> dict[str, Any]:
        """One of the lab's own operations."""
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.endpoint}/_lab/{operation}", json.dumps(given).encode()
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            told: dict[str, Any] = json.load(answer)
        return told

    def allocation(self) -> dict[str, int]:
        """The allocation in the ledger, as any client reads it."""
        item = self.client("dynamodb").get_item(
            TableName="hybrid-routing-ledger", Key=LEDGER_KEY, ConsistentRead=True
        )["Item"]
        return {route: int(share["N"]) for route, share in item["allocation"]["M"].items()}


def project_environment() -> dict[str, str]:
    """The environment of this process, in which our packages can be imported, without AWS's."""
    outside = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    folders = [ROOT / "layers" / "autopilot" / "python", ROOT / "lab", ROOT / "cli"]
    return {**outside, "PYTHONPATH": os.pathsep.join(map(str, folders))}


def autopilot(*arguments: str) -> list[str]:
    """The command line of `autopilot`, installed or not."""
    return [sys.executable, "-c", _COMMAND, *arguments]


@contextmanager
def started(*arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[ServedLab]:
    """`autopilot local` on a free port, from ready to stopped."""
    process = subprocess.Popen(
        autopilot("local", "--port", "0", *arguments),
        cwd=ROOT,
        env=dict(environment or project_environment()),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        try:
            lab = ServedLab(process, _endpoint(process))
            with lab.clients:
                yield lab
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)


def _endpoint(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    told = []
    for line in process.stdout:
        told.append(line)
        if line.startswith("Ready at "):
            return line.split()[-1]
    raise AssertionError("the lab never became ready: " + "".join(told))


@pytest.fixture(scope="session")
def lab() -> Iterator[ServedLab]:
    """A lab with traffic whose time stands still."""
    with started("--clock", "virtual", "--traffic") as running:
        yield running


@pytest.fixture(scope="session")
def aws_command() -> str:
    """The AWS CLI."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which("aws", path=places)
    if found is None:
        pytest.skip("the AWS CLI is not installed; it is in requirements/dev.txt")
    return found
