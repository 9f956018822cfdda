"""People who decide on approvals in a drill: by the function URL, signed with their own session.

A person is written as `role/name`: a session of that name of a role that holds the policy which
the stack offers to approvers, and no other right.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from botocore.credentials import Credentials
from pydantic import Field

from autopilot.errors import Refused
from autopilot_lab.drill.events.event import Action
from autopilot_lab.drill.installation import Installation
from autopilot_lab.drill.stage import Stage
from autopilot_lab.drill.written import Duration, format_duration

OK: Final = 200
_EVERYBODY: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
Person = Annotated[str, Field(pattern="^[a-z][a-z-]*/[a-z][a-z.-]*$")]


class _Decides(Action):
    event: str
    at: Duration = Field(description="When the person decides, from the start of the drill.")
    by: Person = Field(description="The person, as role/name.")
    looked_at: Duration | None = Field(
        None, description="When the person read the plan; by default at once before."
    )
    reason: str = Field("", max_length=256)

    @property
    def begins(self) -> int:
        """When the person begins, by reading what is open."""
        return self.at if self.looked_at is None else min(self.looked_at, self.at)

    def play(self, stage: Stage, _number: int) -> None:
        """Begin when the person begins to read; what is refused is noted."""
        stage.do(self.begins, self.event, lambda: self._decide(stage.installation))

    def _decide(self, installation: Installation) -> None:
        """Read what is open, wait until the person decides, and decide."""
        caller = Caller(installation, self.by)
        listed = caller.send("GET")["approvals"]
        if not listed:
            message = "nothing waits for approval"
            raise Refused(message)
        installation.aws.scheduler.sleep(self.at - self.begins)
        oldest = listed[0]
        caller.send(
            "POST",
            {
                "decision": self.event,
                "id": oldest["id"],
                "digest": oldest["digest"],
                "reason": self.reason,
            },
        )

    def _words(self, verb: str) -> str:
        read = f", having read it at {format_duration(self.begins)}" if self.looked_at else ""
        because = f": {self.reason}" if self.reason else ""
        return f"{self.by} {verb} the plan that waits{read}{because}"


class Approve(_Decides):
    """A person approves the oldest request that is open."""

    event: Literal["approve"]

    def sentence(self) -> str:
        """What a person would say."""
        return self._words("approves")


class Deny(_Decides):
    """A person denies the oldest request that is open."""

    event: Literal["deny"]

    def sentence(self) -> str:
        """What a person would say."""
        return self._words("denies")


class BreakGlass(_Decides):
    """A person approves the oldest open request alone, and everybody is paged."""

    event: Literal["break_glass"]

    def sentence(self) -> str:
        """What a person would say."""
        return self._words("breaks glass for")


class Caller:
    """A person's session, and home's function URL; the standby's while home is lost."""

    def __init__(self, installation: Installation, person: str) -> None:
        """`person` is written as `role/name`."""
        self._invoke = installation.aws.services.url_invocations.invoke_url
        is_lost = installation.aws.outages.is_lost
        home, standby = installation.regions
        self._region = standby if is_lost(home) else home
        self._outputs: Mapping[str, str] = installation.stacks[self._region].outputs
        self._credentials = self._session(installation, person)

    def send(self, method: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """The answer; raise `Refused` for every status but 200."""
        response = self._invoke(
            self._outputs["ApprovalsUrl"],
            method,
            headers={"Content-Type": "application/json"},
            body=json.dumps(body).encode() if body else b"",
            credentials=self._credentials,
        )
        answer: dict[str, Any] = json.loads(response.body)
        if response.status != OK:
            raise Refused(str(answer.get("message") or answer.get("Message")))
        return answer

    def _session(self, installation: Installation, person: str) -> Credentials:
        role, _, name = person.partition("/")
        iam = installation.aws.client("iam", self._region)
        try:
            arn = iam.get_role(RoleName=role)["Role"]["Arn"]
        except iam.exceptions.NoSuchEntityException:
            trust = json.dumps(_EVERYBODY)
            made = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
            arn = made["Role"]["Arn"]
            iam.attach_role_policy(RoleName=role, PolicyArn=self._outputs["ApproveRunbooks"])
        sts = installation.aws.client("sts", self._region)
        got = sts.assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"]
        return Credentials(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])
