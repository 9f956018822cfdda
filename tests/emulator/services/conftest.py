"""Clients and worlds for the tests of the own services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from autopilot_lab.emulator.cloud import OPERATOR_KEY, EmbeddedAws
from autopilot_lab.emulator.services.endpoints import Answer, Probe

API = "api.matbakh.app"


class Api:
    """A service over the public path that can be switched off."""

    def __init__(self) -> None:
        self.is_up = True
        self.status = 200
        self.seconds = 0.05
        self.probes: list[Probe] = []

    def __call__(self, probe: Probe) -> Answer | None:
        """Answer a probe."""
        self.probes.append(probe)
        return Answer(self.status, b"all is well", self.seconds) if self.is_up else None


@pytest.fixture
def api(aws: EmbeddedAws) -> Api:
    """The service at `API`, up."""
    made = Api()
    aws.services.endpoints.serve(API, made)
    return made


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    """Code and message with which AWS refuses a call."""
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


def client_at(service: str, region: str, endpoint: str) -> Any:
    """A client of one endpoint, with the operator's credentials."""
    make: Any = boto3.client
    return make(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=OPERATOR_KEY,
        aws_secret_access_key="lab",  # noqa: S106 - signs requests that never leave
    )
