"""Configuration version and feature settings of a region: parameters in Parameter Store."""

from __future__ import annotations

from typing import Any

from autopilot.adapters.answers import translated
from autopilot.domain.permit import SwitchPermit
from autopilot.domain.switches import VALUE_BYTES_MAX, SwitchChange, SwitchState
from autopilot.errors import Inconsistent


class SsmParameter:
    """A `Switch` over one parameter.

    PutParameter cannot compare and set; the caller makes the change only while its lease outlives
    the call. The version that it answers shows whether somebody wrote in between all the same
    (docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html).
    """

    def __init__(self, *, name: str, client: Any, parameter: str) -> None:
        """`client`: of Systems Manager, in the parameter's region; `name` is the switch's."""
        self._name, self._client, self._parameter = name, client, parameter
        self._said = f"parameter {parameter} in {client.meta.region_name}"

    def observe(self) -> SwitchState:
        """Its value and version; raise `Inconsistent` for a value too long to be on record."""
        with translated(self._said):
            found = self._client.get_parameter(Name=self._parameter)["Parameter"]
        value = str(found["Value"])
        if not 1 <= len(value.encode()) <= VALUE_BYTES_MAX:
            message = (
                f"{self._said}: expected 1 to {VALUE_BYTES_MAX} bytes, got {len(value.encode())}. "
                f"Keep the configuration itself elsewhere, and its version here."
            )
            raise Inconsistent(message)
        return SwitchState(value, str(found["Version"]))

    def change(self, to: str, expected: SwitchState, permit: SwitchPermit) -> SwitchState:
        """Write `to`; raise `Inconsistent` when somebody else wrote since it was observed."""
        permit.demand(SwitchChange(self._name, to, expected))
        with translated(self._said):
            answer = self._client.put_parameter(Name=self._parameter, Value=to, Overwrite=True)
        version = int(answer["Version"])
        if version != int(expected.revision) + 1:
            message = (
                f"{self._said}: expected to write version {int(expected.revision) + 1}, got "
                f"{version}: somebody else writes it too. Find out who, then plan again."
            )
            raise Inconsistent(message)
        return SwitchState(to, str(version))
