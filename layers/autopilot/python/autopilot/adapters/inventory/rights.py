"""Asks IAM what a role may do, without doing it.

IAM API reference, SimulatePrincipalPolicy: the policies of the role and its boundary; its results
can differ from the live account. It is advice beside the canary, and says which of many resources
is the one that is denied, before AWS picks it as the destination of a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from autopilot.adapters.inventory.asking import Missing, asking
from autopilot.domain.inventory import Right

_INVOKE: Final = "bedrock:InvokeModel"
_ALLOWED: Final = "allowed"
_PAGES_MAX: Final = 5


class IamRights:
    """`client` answers with IAM's client; the service is global."""

    def __init__(self, client: Callable[[], Any], account: str) -> None:
        """`account`: the one that the role is in."""
        self._client = client
        self._account = account

    def invoke_rights(
        self, role: str, profile_arn: str, resources: Sequence[str]
    ) -> Sequence[Right] | None:
        """Whether a role may invoke each of `resources` through the profile; None: no such role."""
        given = {
            "PolicySourceArn": f"arn:aws:iam::{self._account}:role/{role}",
            "ActionNames": [_INVOKE],
            "ResourceArns": list(resources),
            "ContextEntries": [
                {
                    "ContextKeyName": "bedrock:InferenceProfileArn",
                    "ContextKeyValues": [profile_arn],
                    "ContextKeyType": "string",
                }
            ],
        }
        found: dict[str, Right] = {}
        try:
            for result in self._results(given):
                found.update((right.resource, right) for right in _rights(result))
        except Missing:
            return None
        return [found.get(each, Right(each, allowed=False, why="unanswered")) for each in resources]

    def _results(self, given: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        marker: dict[str, str] = {}
        for _ in range(_PAGES_MAX):
            with asking("iam:SimulatePrincipalPolicy"):
                answer = self._client().simulate_principal_policy(**given, **marker)
            yield from answer["EvaluationResults"]
            if not answer.get("IsTruncated"):
                return
            marker = {"Marker": answer["Marker"]}


def _rights(result: Mapping[str, Any]) -> Iterator[Right]:
    """Of one action: per resource when it says so, else of the one that it names."""
    by_organization = result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations")
    denied_above = by_organization is False
    specific = result.get("ResourceSpecificResults") or [
        {
            "EvalResourceName": result["EvalResourceName"],
            "EvalResourceDecision": result["EvalDecision"],
            "MissingContextValues": result.get("MissingContextValues", ()),
        }
    ]
    for each in specific:
        decision = str(each["EvalResourceDecision"])
        why = "denied by the organization" if denied_above else decision
        yield Right(
            resource=str(each["EvalResourceName"]),
            allowed=decision == _ALLOWED and not denied_above,
            why=why,
            missing=tuple(each.get("MissingContextValues", ())),
        )
