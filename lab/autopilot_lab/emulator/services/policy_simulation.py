"""IAM's SimulatePrincipalPolicy for roles, by the evaluation that decides every call of the lab.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html: nothing is
called, no resource's policy is looked at, and condition keys have the values that the caller gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autopilot_lab.emulator.access.access import Access
from autopilot_lab.emulator.access.evaluation import Decision, Reason
from autopilot_lab.emulator.access.needs import Need
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import Operation

NOT_FOUND = 404
_DENIED = frozenset({Reason.IDENTITY_DENY, Reason.RESOURCE_DENY})


class PolicySimulation:
    """One method: parameters and region in, result out."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def operations(self) -> Mapping[str, Operation]:
        """The operation by its API name."""
        return {"SimulatePrincipalPolicy": self.simulate}

    def simulate(self, params: dict[str, Any], _region: str) -> dict[str, Any]:
        """Each action on each resource, "*" when none is named."""
        role = str(params["PolicySourceArn"])
        context = {
            str(each["ContextKeyName"]).lower(): tuple(map(str, each["ContextKeyValues"]))
            for each in params.get("ContextEntries") or ()
        }
        results = [
            self._result(role, Need(str(action), str(resource), context))
            for action in params["ActionNames"]
            for resource in params.get("ResourceArns") or ["*"]
        ]
        return {"EvaluationResults": results, "IsTruncated": False}

    def _result(self, role: str, need: Need) -> dict[str, Any]:
        decision = self._access.simulate(role, need)
        if decision is None:
            message = f"The role with name {role.rsplit('/', 1)[-1]} cannot be found."
            raise AwsError("NoSuchEntity", message, NOT_FOUND)
        return {
            "EvalActionName": need.action,
            "EvalResourceName": need.resource,
            "EvalDecision": _worded(decision),
            "MatchedStatements": [],
            "MissingContextValues": [],
        }


def _worded(decision: Decision) -> str:
    if decision.allowed:
        return "allowed"
    return "explicitDeny" if decision.reason in _DENIED else "implicitDeny"
