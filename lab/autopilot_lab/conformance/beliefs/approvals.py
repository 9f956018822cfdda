"""Who approved: what AWS proves of the caller of a function URL, and what it does not."""

from __future__ import annotations

import json
from typing import Any, Final

from autopilot_lab.conformance.belief import belief, documented
from autopilot_lab.conformance.sandbox import Sandbox, allow
from autopilot_lab.conformance.sources import guide, operation
from autopilot_lab.conformance.verdicts import check, equal

ECHO: Final = "def handler(event, context):\n    return event\n"
URLS_AUTH: Final = guide(
    "Lambda developer guide, control access to function URLs", "lambda/latest/dg/urls-auth.html"
)
URLS_INVOKE: Final = guide(
    "Lambda developer guide, invoking function URLs", "lambda/latest/dg/urls-invocation.html"
)
UNIQUE_IDS: Final = guide(
    "IAM user guide, unique identifiers", "IAM/latest/UserGuide/reference_identifiers.html"
)
NEEDS_PEOPLE: Final = "needs people who sign in, in an organization"
NEEDS_HTTP: Final = (
    "needs a signed HTTP request; the lab's answer is tested in tests/emulator/services"
)


@belief(
    operation("lambda", "GetFunctionUrlConfig"),
    breaks="the command could not find where to ask",
    makes="1 function, 1 function URL, 1 role",
)
def the_url_of_a_function_can_be_looked_up(sandbox: Sandbox) -> None:
    """GetFunctionUrlConfig names the URL, on lambda-url of the region, and its AuthType."""
    name, client = sandbox.function(ECHO), sandbox.client("lambda")
    client.create_function_url_config(FunctionName=name, AuthType="AWS_IAM")
    sandbox.cleaner.later(
        f"URL of {name}", lambda: client.delete_function_url_config(FunctionName=name)
    )
    found = client.get_function_url_config(FunctionName=name)
    equal(found["AuthType"], "AWS_IAM", "AuthType")
    host = f".lambda-url.{sandbox.regions.home}.on.aws/"
    check(found["FunctionUrl"].endswith(host), f"expected …{host}, got {found['FunctionUrl']}")


@belief(
    operation("lambda", "Invoke"),
    breaks="the right to invoke the function past its URL could be given to approvers",
    makes="1 function, 1 role",
)
def who_invokes_directly_writes_the_identity(sandbox: Sandbox) -> None:
    """A direct invocation hands its event on as it is, also one that looks like a URL's."""
    forged = {"requestContext": {"authorizer": {"iam": {"userArn": "arn:aws:iam::1:user/boss"}}}}
    answer = sandbox.client("lambda").invoke(
        FunctionName=sandbox.function(ECHO), Payload=json.dumps(forged)
    )
    equal(json.load(answer["Payload"]), forged, "the event that the function saw")


@belief(
    operation("sts", "AssumeRole"),
    breaks="two sessions of one role could not be told apart, or two roles of one session",
    makes="1 role",
)
def a_session_is_named_by_who_assumes_the_role(sandbox: Sandbox) -> None:
    """The caller of AssumeRole chooses the session's name; ARN and id both end with it."""
    role = _role_for_anybody_here(sandbox)
    users = [
        sandbox.client("sts").assume_role(RoleArn=role, RoleSessionName=name)["AssumedRoleUser"]
        for name in ("anna", "not-anna")
    ]
    names = [(one["Arn"].rpartition("/")[2], one["AssumedRoleId"].partition(":")) for one in users]
    equal([name for name, _ in names], ["anna", "not-anna"], "sessions in the ARNs")
    equal([ends[2] for _, ends in names], ["anna", "not-anna"], "sessions in the ids")
    equal(len({ends[0] for _, ends in names}), 1, "roles in the ids")


FUNCTION_URLS: Final = (
    documented(
        "a-url-needs-two-rights",
        "Since October 2025 the caller of a new function URL needs lambda:InvokeFunctionUrl and "
        "lambda:InvokeFunction.",
        URLS_AUTH,
        breaks="approvers with one of the rights would be answered 403",
        untried=NEEDS_HTTP,
    ),
    documented(
        "the-right-can-be-bound-to-the-url",
        "lambda:InvokedViaFunctionUrl limits lambda:InvokeFunction to calls that came by the URL, "
        "and lambda:FunctionUrlAuthType lambda:InvokeFunctionUrl to URLs that authenticate.",
        URLS_AUTH,
        breaks="an approver could invoke the function with any name in the event",
        untried=NEEDS_HTTP,
    ),
    documented(
        "a-url-proves-its-caller",
        "With AuthType AWS_IAM the event holds requestContext.authorizer.iam with accountId, "
        "callerId, userId and userArn of whoever signed; payload format 2.0, the body as text or "
        "in base64.",
        URLS_INVOKE,
        breaks="an approval could not be tied to a person",
        untried=NEEDS_HTTP,
    ),
    documented(
        "the-id-of-a-session-ends-with-its-name",
        "The unique id of an assumed role's session is the role's AROA… id, a colon and the "
        "session's name; a role made again under its name has another.",
        UNIQUE_IDS,
        breaks="principal id and session could not be compared",
        untried="what the id of a role made again is, no assertion here waits for",
    ),
    documented(
        "a-sign-in-names-the-session-after-the-user",
        "Sessions of IAM Identity Center have roles called AWSReservedSSO_… and are named after "
        "the user who signed in, who cannot choose the name.",
        guide(
            "IAM Identity Center user guide, referencing permission sets in policies",
            "singlesignon/latest/userguide/referencingpermissionsets.html",
            seen=False,
        ),
        breaks="two people of one permission set could not approve for each other, or one could",
        untried=NEEDS_PEOPLE,
    ),
)


def _role_for_anybody_here(sandbox: Sandbox) -> str:
    """A role without rights that the account's own principals may assume; its ARN."""
    name, client = sandbox.name(), sandbox.client("iam")
    trust: dict[str, Any] = allow("sts:AssumeRole", None, {"AWS": sandbox.account}, None)
    made = client.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    sandbox.cleaner.later(f"role {name}", lambda: client.delete_role(RoleName=name))
    sandbox.place.role_is_new()
    return str(made["Role"]["Arn"])
