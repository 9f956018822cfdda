"""Switches against the embedded stores: what they show, how they are turned, what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

from autopilot.adapters.clients import READ_ONLY, ChangeRefused
from autopilot.adapters.emergency_mode import EmergencyMode
from autopilot.adapters.lambda_alias import LambdaAlias
from autopilot.adapters.ssm_parameter import SsmParameter
from autopilot.domain.permit import SwitchPermit, issue_switch
from autopilot.domain.switches import SwitchChange, SwitchState
from autopilot.errors import Inconsistent, Refused, Transient

REGION = "eu-central-1"
PARAMETER = "/hybrid-routing/release/configuration"


def allowed(switch: str, to: str, expected: SwitchState) -> SwitchPermit:
    """A permit for this very change."""
    return issue_switch("switch", SwitchChange(switch, to, expected))


@pytest.fixture
def parameters() -> Iterator[Any]:
    """A client of Systems Manager, with the parameter at its first value."""
    with mock_aws():
        client = boto3.client("ssm", region_name=REGION)
        client.put_parameter(Name=PARAMETER, Value="c1", Type="String")
        yield client


def parameter(client: Any) -> SsmParameter:
    """The configuration switch."""
    return SsmParameter(name="configuration", client=client, parameter=PARAMETER)


def test_a_parameter_shows_its_value_and_version(parameters: Any) -> None:
    """And the next ones once it is turned."""
    switch = parameter(parameters)
    before = switch.observe()
    after = switch.change("c2", before, allowed("configuration", "c2", before))
    assert (before, after) == (SwitchState("c1", "1"), SwitchState("c2", "2"))
    assert switch.observe() == after


def test_a_parameter_that_somebody_else_wrote_meanwhile_is_noticed(parameters: Any) -> None:
    """Nothing compares for us: the version that was written tells."""
    switch = parameter(parameters)
    before = switch.observe()
    parameters.put_parameter(Name=PARAMETER, Value="theirs", Overwrite=True)
    with pytest.raises(Inconsistent, match="expected to write version 2, got 3"):
        switch.change("c2", before, allowed("configuration", "c2", before))


def test_a_parameter_that_is_too_long_or_absent_is_refused(parameters: Any) -> None:
    """A long one would not fit a journal entry; an absent one is not made."""
    parameters.put_parameter(Name=PARAMETER, Value="x" * 49, Overwrite=True)
    with pytest.raises(Inconsistent, match="expected 1 to 48 bytes, got 49"):
        parameter(parameters).observe()
    with pytest.raises(Inconsistent, match="is not there"):
        SsmParameter(name="x", client=parameters, parameter="/nothing").observe()


class Aliases:
    """Lambda's two operations on one alias."""

    def __init__(self, **weights: float) -> None:
        """Version 7, with weights of other versions."""
        self.alias: dict[str, Any] = {
            "FunctionVersion": "7",
            "RevisionId": "r1",
            "RoutingConfig": {"AdditionalVersionWeights": weights},
        }
        self.meta = type("Meta", (), {"region_name": REGION})

    def get_alias(self, **_: object) -> dict[str, Any]:
        """The alias."""
        return self.alias

    def update_alias(self, RevisionId: str, **asked: Any) -> dict[str, Any]:  # noqa: N803 - AWS's
        """Compare, then set."""
        if RevisionId != self.alias["RevisionId"]:
            raise ClientError({"Error": {"Code": "PreconditionFailedException"}}, "UpdateAlias")
        self.alias = {**self.alias, **asked, "RevisionId": "r2"}
        return self.alias


def alias(client: Any) -> LambdaAlias:
    """The alias switch."""
    return LambdaAlias(name="alias", client=client, function="service", alias="live")


def test_an_alias_is_turned_to_one_version_and_its_weights_go() -> None:
    """And back to the very mixture that it showed before."""
    client = Aliases(**{"8": 0.1})
    switch = alias(client)
    before = switch.observe()
    after = switch.change("6", before, allowed("alias", "6", before))
    back = switch.change("7+8@0.1", after, allowed("alias", "7+8@0.1", after))
    assert (before.value, after.value, back.value) == ("7+8@0.1", "6", "7+8@0.1")
    assert client.alias["RoutingConfig"] == {"AdditionalVersionWeights": {"8": 0.1}}


def test_an_alias_of_another_revision_is_not_turned() -> None:
    """Somebody released meanwhile."""
    client = Aliases()
    stale = SwitchState("7", "r0")
    with pytest.raises(Refused, match="somebody else moved it"):
        alias(client).change("6", stale, allowed("alias", "6", stale))
    assert client.alias["FunctionVersion"] == "7"


class Admin:
    """What the admin endpoint answers, and what it was asked."""

    def __init__(self, status: int = 200, body: bytes = b'{"emergency": false}') -> None:
        """Always the same."""
        self.status, self.body = status, body
        self.asked: list[AWSPreparedRequest] = []

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """Answer."""
        self.asked.append(request)
        made: Any = AWSResponse
        response: AWSResponse = made(request.url, self.status, {}, BytesIO(self.body))
        return response


def mode(send: Any, *, read_only: bool = False) -> EmergencyMode:
    """The switch of emergency mode."""
    return EmergencyMode(
        name="emergency",
        host="admin.example.com",
        region=REGION,
        credentials=Credentials("AKID", "secret"),
        send=send,
        read_only=read_only,
    )


def test_emergency_mode_is_asked_for_over_https_with_a_signature() -> None:
    """For execute-api, in the region of the API, at the host of the profile."""
    admin = Admin()
    assert mode(admin.send).observe() == SwitchState("off")
    (request,) = admin.asked
    signature = str(request.headers["Authorization"])
    assert request.url == "https://admin.example.com/admin/emergency/status"
    assert f"/{REGION}/execute-api/aws4_request" in signature


def test_emergency_mode_is_turned_by_its_own_path() -> None:
    """The answer says what it is afterwards."""
    admin, off = Admin(body=b'{"emergency": true}'), SwitchState("off")
    assert mode(admin.send).change("on", off, allowed("emergency", "on", off)).value == "on"
    assert (admin.asked[0].method, admin.asked[0].url) == (
        "POST",
        "https://admin.example.com/admin/emergency/enable",
    )


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_endpoint_that_is_busy_may_be_asked_again(status: int) -> None:
    """It may answer otherwise in a moment."""
    with pytest.raises(Transient):
        mode(Admin(status).send).observe()


@pytest.mark.parametrize(
    "status, body",
    [(302, b""), (403, b"{}"), (200, b"<html>"), (200, b"{}"), (200, b'{"emergency": "yes"}')],
)
def test_an_answer_that_is_not_the_contracts_is_inconsistent(status: int, body: bytes) -> None:
    """A redirect is not followed, and nothing is guessed from another page."""
    admin = Admin(status, body)
    with pytest.raises(Inconsistent, match="service-contract"):
        mode(admin.send).observe()
    assert len(admin.asked) == 1


def test_no_answer_is_transient() -> None:
    """What became of the request nobody knows."""

    def silent(request: AWSPreparedRequest) -> AWSResponse:
        raise ReadTimeoutError(endpoint_url=request.url)

    with pytest.raises(Transient):
        mode(silent).observe()


def test_a_dry_run_cannot_turn_emergency_mode() -> None:
    """Nothing is sent at all."""
    admin, off = Admin(), SwitchState("off")
    with pytest.raises(ChangeRefused):
        mode(admin.send, read_only=True).change("on", off, allowed("emergency", "on", off))
    assert admin.asked == []


def test_a_dry_run_reads_switches_and_turns_none() -> None:
    """Of the switches' operations only the reads are listed."""
    assert "GetAlias" in READ_ONLY["lambda"]
    assert "GetParameter" in READ_ONLY["ssm"]
    assert "UpdateAlias" not in READ_ONLY["lambda"]
    assert "PutParameter" not in READ_ONLY["ssm"]
