"""The own services behind the front door of the served lab."""

from __future__ import annotations

import json

import pytest
from botocore.credentials import Credentials

from autopilot_lab.emulator.cloud import OPERATOR_KEY, EmbeddedAws
from autopilot_lab.emulator.services.signatures import Scope, sign
from autopilot_lab.emulator.wire import Request, Response
from autopilot_lab.serve.front_door import FrontDoor
from tests.emulator.conftest import HOME, DeployFunction

HERE = "http://127.0.0.1:4566"
KEYS = Credentials(OPERATOR_KEY, "lab")


@pytest.fixture
def door(aws: EmbeddedAws) -> FrontDoor:
    """The front door of a lab."""
    return FrontDoor(
        aws.calls,
        endpoint=HERE,
        region=HOME,
        control=lambda _request: Response(404),
        urls=aws.services.url_invocations.answer,
    )


def signed(method: str, path: str, scope: Scope, headers: dict[str, str], body: bytes) -> Request:
    """A request as the listener hands it on: the path alone, and a Host header."""
    host = {"host": HERE.partition("//")[2]}
    made = sign(Request(method, f"{HERE}{path}", headers | host, body), scope, KEYS)
    return Request(method, path, made.headers, body)


def test_a_function_url_is_served_below_a_path(
    aws: EmbeddedAws, deploy_function: DeployFunction, door: FrontDoor
) -> None:
    """With the signature that a client makes for the address it uses."""
    source = "def handler(event, context):\n    return event\n"
    deploy_function(source, name="approve", FunctionUrlConfig={"AuthType": "AWS_IAM"})
    found = aws.client("lambda", HOME).get_function_url_config(FunctionName="approve")
    identifier = found["FunctionUrl"].split("//")[1].partition(".")[0]
    request = signed("POST", f"/_url/{identifier}/7", Scope(HOME, "lambda"), {}, b"yes")
    unsigned = Request("POST", request.url, {"host": request.headers["host"]}, b"yes")
    answer, refused = door.answer(request), door.answer(unsigned)
    assert answer is not None
    assert refused is not None
    assert json.loads(answer.body)["rawPath"] == "/7"
    assert refused.status == 403


@pytest.mark.parametrize(
    "service, region, target, expected",
    [
        ("servicequotas", HOME, "ServiceQuotasV20190624.ListServices", b"Amazon Bedrock"),
        ("route53-recovery-cluster", "us-east-1", "ToggleCustomerAPI.ListRoutingControls", b"[]"),
    ],
)
def test_an_own_service_is_found_by_its_signature(
    door: FrontDoor, service: str, region: str, target: str, expected: bytes
) -> None:
    """Whatever its clients call it; the lab's port stands for every routing control cluster."""
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": target}
    answer = door.answer(signed("POST", "/", Scope(region, service), headers, b"{}"))
    assert answer is not None
    assert (answer.status, expected in answer.body) == (200, True)
