"""Asks a model something tiny, as the service itself would, and says how that ended.

The role is assumed for it, with a session policy that allows nothing but to invoke: the only proof
of rights, of the organization's policies and of access to the model (see `availability`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from autopilot.adapters import clients
from autopilot.adapters.answers import code_of
from autopilot.adapters.inventory.asking import asking, is_fault_of_ours
from autopilot.domain.inventory import CanaryFacts

SESSION_NAME: Final = "autopilot-canary"
SESSION_SECONDS: Final = 900  #: the shortest that STS grants
OUTPUT_TOKENS_MAX: Final = 8
_THROTTLED: Final = "ThrottlingException"
_ASKED: Final = ({"role": "user", "content": [{"text": "Answer with the word ok."}]},)
_ONLY_INVOKE: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["bedrock:InvokeModel", "bedrock:ApplyGuardrail"],
                "Resource": "*",
            }
        ],
    }
)


class AwsCanaries:
    """`client` answers with the token service's client of a region."""

    def __init__(self, client: Callable[[str], Any], account: str) -> None:
        """`account`: the one that the execution role is in."""
        self._client = client
        self._account = account

    def canaries(
        self,
        region: str,
        model: str,
        *,
        count: int,
        role: str,
        guardrail: tuple[str, str] | None,
    ) -> Sequence[CanaryFacts]:
        """Invoke `count` times, one after the other, and stop at the first that fails.

        `role` is a role's name, `guardrail` an id and a version. Raises as `asking` does when the
        role cannot be assumed.
        """
        runtime = self._runtime(region, role)
        found: list[CanaryFacts] = []
        while len(found) < count and all(each.ok for each in found):
            found.append(_ask(runtime, model, guardrail))
        return found

    def _runtime(self, region: str, role: str) -> Any:
        with asking(f"sts:AssumeRole {role} in {region}"):
            answer = self._client(region).assume_role(
                RoleArn=f"arn:aws:iam::{self._account}:role/{role}",
                RoleSessionName=SESSION_NAME,
                DurationSeconds=SESSION_SECONDS,
                Policy=_ONLY_INVOKE,
            )
        given = answer["Credentials"]
        session = botocore.session.get_session()
        session.set_credentials(
            given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
        )
        return clients.client("bedrock-runtime", region, read_only=True, session=session)


def _ask(runtime: Any, model: str, guardrail: tuple[str, str] | None) -> CanaryFacts:
    named = {}
    if guardrail is not None:
        identifier, version = guardrail
        named = {
            "guardrailConfig": {"guardrailIdentifier": identifier, "guardrailVersion": version}
        }
    try:
        answer = runtime.converse(
            modelId=model,
            messages=list(_ASKED),
            inferenceConfig={"maxTokens": OUTPUT_TOKENS_MAX},
            **named,
        )
    except ClientError as error:
        code = code_of(error)
        return CanaryFacts(
            ok=False,
            milliseconds=0,
            error=code,
            is_configuration=is_fault_of_ours(error),
            is_throttled=code == _THROTTLED,
        )
    except BotoCoreError as error:
        return CanaryFacts(ok=False, milliseconds=0, error=type(error).__name__)
    return CanaryFacts(ok=True, milliseconds=int(answer["metrics"]["latencyMs"]))
