"""A call to AWS, as the lab sees it, and the ways in which it can go unanswered."""

from __future__ import annotations

from dataclasses import dataclass

OPERATOR = "operator"


@dataclass(slots=True)
class Call:
    """One attempt of one AWS API call.

    `service` is the boto3 name, `operation` the API's (`UpdateItem`), `region` where it goes,
    `caller` a function's name, an execution's, a service principal or "operator"; `invocation` is
    the Lambda request id it is made in, or "". `role_arn` is the role it is made under, "" for an
    operator's. `body` is the request on the wire; the time-outs are the client's, in seconds.
    `session_policy` is the policy of the role's session, "" for none.
    `started` is when it was sent, in Unix seconds of virtual time.
    """

    service: str
    operation: str
    region: str
    caller: str = OPERATOR
    caller_region: str = ""
    invocation: str = ""
    role_arn: str = ""
    session_policy: str = ""
    body: bytes = b""
    connect_seconds: float = 60.0
    read_seconds: float = 60.0
    started: float = 0.0


class Unanswered(Exception):
    """No answer came. What became of the request, the caller cannot know."""


class ConnectTimedOut(Unanswered):
    """No connection within the client's bound: the service never saw the request."""


class ReadTimedOut(Unanswered):
    """A connection, but no answer within the client's bound."""
