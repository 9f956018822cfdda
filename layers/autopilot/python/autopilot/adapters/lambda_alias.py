"""The release switch of a region: the alias of a Lambda function, compared and set.

Its value is the version the alias points to, such as `7`; an alias that sends a share of the
requests to a second version shows both: `7+8@0.1`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from botocore import exceptions as aws

from autopilot.adapters.answers import code_of, translated
from autopilot.domain.permit import SwitchPermit
from autopilot.domain.switches import SwitchChange, SwitchState
from autopilot.errors import Refused

_MOVED: Final = "PreconditionFailedException"


class LambdaAlias:
    """A `Switch` over one alias.

    UpdateAlias with a RevisionId changes that revision or nothing
    (docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html).
    """

    def __init__(self, *, name: str, client: Any, function: str, alias: str) -> None:
        """`client`: of Lambda, in the region of `function`; `name` is the switch's."""
        self._name, self._client = name, client
        self._which = {"FunctionName": function, "Name": alias}
        self._said = f"alias {alias} of {function} in {client.meta.region_name}"

    def observe(self) -> SwitchState:
        """The version or versions it points to, and its revision."""
        with translated(self._said):
            return _state(self._client.get_alias(**self._which))

    def change(self, to: str, expected: SwitchState, permit: SwitchPermit) -> SwitchState:
        """Point it to `to`, if it is still of the revision that was observed."""
        permit.demand(SwitchChange(self._name, to, expected))
        version, weights = _versions(to)
        try:
            with translated(self._said):
                answer = self._client.update_alias(
                    **self._which,
                    FunctionVersion=version,
                    RoutingConfig={"AdditionalVersionWeights": weights},
                    RevisionId=expected.revision,
                )
        except aws.ClientError as error:
            if code_of(error) != _MOVED:
                raise
            message = (
                f"{self._said}: expected revision {expected.revision}, which is not the present "
                f"one: somebody else moved it. Plan again."
            )
            raise Refused(message) from error
        return _state(answer)


def _state(answer: Mapping[str, Any]) -> SwitchState:
    weights = (answer.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    extra = "".join(f"+{version}@{weight:g}" for version, weight in sorted(weights.items()))
    return SwitchState(f"{answer['FunctionVersion']}{extra}", str(answer["RevisionId"]))


def _versions(value: str) -> tuple[str, dict[str, float]]:
    version, _, extra = value.partition("+")
    if not extra:
        return version, {}
    second, _, weight = extra.partition("@")
    return version, {second: float(weight)}
