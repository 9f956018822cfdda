"""Function URLs: who calls is proven by a signature, and needs two rights."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
from botocore.credentials import Credentials

from autopilot_lab.emulator.cloud import OPERATOR_KEY, EmbeddedAws
from autopilot_lab.emulator.services.signatures import Scope, sign
from autopilot_lab.emulator.wire import Request, Response
from tests.emulator.conftest import HOME, STANDBY, DeployFunction
from tests.emulator.services.conftest import refusal

ECHO = "def handler(event, context):\n    return event\n"
OPERATOR = Credentials(OPERATOR_KEY, "lab")
BOTH = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")


@pytest.fixture
def url(deploy_function: DeployFunction, aws: EmbeddedAws) -> str:
    """The URL of a function that echoes, with IAM authentication."""
    deploy_function(ECHO, name="approve", FunctionUrlConfig={"AuthType": "AWS_IAM"})
    found = aws.client("lambda", HOME).get_function_url_config(FunctionName="approve")
    return str(found["FunctionUrl"])


def send(aws: EmbeddedAws, url: str, **more: Any) -> Response:
    """Send a request to a function URL."""
    return aws.services.url_invocations.invoke_url(url, **more)


def session(aws: EmbeddedAws, *actions: str, name: str = "anna") -> Credentials:
    """The credentials of a person who assumed a role with these rights."""
    iam = aws.client("iam", "us-east-1")
    account = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(
        RoleName="approver",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [account]}),
    )["Role"]["Arn"]
    for number, action in enumerate(actions):
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        iam.put_role_policy(
            RoleName="approver",
            PolicyName=f"right-{number}",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
    got = aws.client("sts", HOME).assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"]
    return Credentials(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])


def test_a_function_learns_who_signed(aws: EmbeddedAws, url: str) -> None:
    """Principal and session, which no caller can declare for itself."""
    event = json.loads(send(aws, url, credentials=session(aws, *BOTH)).body)
    identity = event["requestContext"]["authorizer"]["iam"]
    assert identity["userArn"] == "arn:aws:sts::123456789012:assumed-role/approver/anna"
    assert identity["callerId"] == identity["userId"]
    assert identity["callerId"].startswith("AROA")
    assert identity["callerId"].endswith(":anna")
    assert identity["accountId"] == "123456789012"


def test_the_event_has_payload_format_two(aws: EmbeddedAws, url: str) -> None:
    """Path, query, headers, body, and the URL's own names."""
    answer = send(
        aws,
        f"{url}approvals/7?as=dry&as=run",
        method="POST",
        headers={"Content-Type": "application/json", "Cookie": "a=1; b=2"},
        body=b'{"why": "drill"}',
        credentials=OPERATOR,
    )
    event = json.loads(answer.body)
    context = event["requestContext"]
    assert (event["version"], event["rawPath"]) == ("2.0", "/approvals/7")
    assert event["rawQueryString"] == "as=dry&as=run"
    assert event["queryStringParameters"] == {"as": "dry,run"}
    assert event["cookies"] == ["a=1", "b=2"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"why": "drill"}', False)
    assert context["http"]["method"] == "POST"
    assert url == f"https://{context['domainPrefix']}.lambda-url.{HOME}.on.aws/"


@pytest.mark.parametrize(
    "credentials", [None, Credentials(OPERATOR_KEY, "guessed"), Credentials("AKIANOBODY", "lab")]
)
def test_a_request_that_nobody_signed_is_refused(
    aws: EmbeddedAws, url: str, credentials: Credentials | None
) -> None:
    """No signature, one with a wrong secret, or one of an unknown key: 403, and nothing runs."""
    assert send(aws, url, credentials=credentials).status == 403
    assert not aws.log.of("invocation", function="approve")


@pytest.mark.parametrize(
    "headers", [{}, {"x-amz-content-sha256": sha256(b"approve 7").hexdigest()}]
)
def test_a_changed_body_does_not_fit_its_signature(
    aws: EmbeddedAws, url: str, headers: dict[str, str]
) -> None:
    """What was approved is what was signed, whether or not the client sent its hash along."""
    host = {"host": url.split("/")[2]}
    unsigned = Request("POST", url, headers | host, b"approve 7")
    sent = sign(unsigned, Scope(HOME, "lambda"), OPERATOR)
    forged = Request(sent.method, sent.url, sent.headers, b"approve 8")
    answers = [aws.services.url_invocations.answer(one) for one in (sent, forged)]
    assert [one.status for one in answers if one] == [200, 403]


@pytest.mark.parametrize("right", BOTH)
def test_one_of_the_two_rights_is_not_enough(aws: EmbeddedAws, url: str, right: str) -> None:
    """Since October 2025 a caller needs both."""
    answer = send(aws, url, credentials=session(aws, right))
    missing = next(one for one in BOTH if one != right)
    assert answer.status == 403
    assert [one["action"] for one in aws.log.of("denied")] == [missing]
    assert b"urls-auth" in answer.body


def test_a_signature_for_another_region_is_refused(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """The scope of a credential holds one region."""
    deploy_function(ECHO, name="other", region=STANDBY, FunctionUrlConfig={"AuthType": "AWS_IAM"})
    other = aws.client("lambda", STANDBY).get_function_url_config(FunctionName="other")
    unsigned = Request("GET", other["FunctionUrl"], {}, b"")
    answer = aws.services.url_invocations.answer(sign(unsigned, Scope(HOME, "lambda"), OPERATOR))
    assert answer is not None
    assert answer.status == 403


def test_a_public_url_needs_the_functions_policy(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """AuthType NONE authenticates nobody, but the resource policy still decides."""
    deploy_function(ECHO, name="open", FunctionUrlConfig={"AuthType": "NONE"})
    functions = aws.client("lambda", HOME)
    url = functions.get_function_url_config(FunctionName="open")["FunctionUrl"]
    assert send(aws, url).status == 200
    statements = json.loads(functions.get_policy(FunctionName="open")["Policy"])["Statement"]
    for statement in statements:
        functions.remove_permission(FunctionName="open", StatementId=statement["Sid"])
    assert send(aws, url).status == 403


def test_a_response_is_what_the_function_returns(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """Status, headers and body; a failing function is a bad gateway."""
    source = """
        def handler(event, context):
            if event["rawPath"] == "/fail":
                raise ValueError("no")
            return {"statusCode": 202, "headers": {"X-Case": "7"}, "body": "accepted"}
        """
    deploy_function(source, name="answer", FunctionUrlConfig={"AuthType": "AWS_IAM"})
    url = aws.client("lambda", HOME).get_function_url_config(FunctionName="answer")["FunctionUrl"]
    good, bad = (send(aws, f"{url}{path}", credentials=OPERATOR) for path in ("", "fail"))
    assert (good.status, good.headers["x-case"], good.body) == (202, "7", b"accepted")
    assert bad.status == 502


def test_a_url_also_answers_below_a_path(aws: EmbeddedAws, url: str) -> None:
    """For clients of the served lab, who sign what they send to localhost."""
    identifier = url.split("//")[1].partition(".")[0]
    host = {"host": "localhost:4566"}
    local = Request("GET", f"http://localhost:4566/_url/{identifier}/approvals", host, b"")
    signed = sign(local, Scope(HOME, "lambda"), OPERATOR)
    answer = aws.services.url_invocations.answer(signed)
    assert answer is not None
    assert json.loads(answer.body)["rawPath"] == "/approvals"


def test_other_requests_are_not_for_a_function_url(aws: EmbeddedAws) -> None:
    """They are left to whoever else listens."""
    request = Request("GET", "/2015-03-31/functions", {"host": "localhost:4566"}, b"")
    assert aws.services.url_invocations.answer(request) is None


def test_the_configuration_of_a_url_can_be_changed_and_taken_away(
    aws: EmbeddedAws, url: str
) -> None:
    """One URL for a function, the same address for as long as it exists."""
    functions = aws.client("lambda", HOME)
    code, _ = refusal(
        lambda: functions.create_function_url_config(FunctionName="approve", AuthType="NONE")
    )
    assert code == "ResourceConflictException"
    changed = functions.update_function_url_config(FunctionName="approve", AuthType="NONE")
    assert (changed["AuthType"], changed["FunctionUrl"]) == ("NONE", url)
    functions.delete_function_url_config(FunctionName="approve")
    assert functions.list_function_url_configs(FunctionName="approve")["FunctionUrlConfigs"] == []
    assert send(aws, url).status == 404
