"""Every switch of a service's releases, as its profile describes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from autopilot.adapters.lambda_alias import LambdaAlias
from autopilot.adapters.ssm_parameter import SsmParameter

if TYPE_CHECKING:
    from autopilot.domain.profile import Profile
    from autopilot.ports import Switch


def release_switches(profile: Profile, client: Callable[[str, str], Any]) -> Mapping[str, Switch]:
    """By name; `client` makes one of a service in a region. Empty where nothing is described."""
    release = profile.release
    if release is None:
        return {}
    switches: dict[str, Switch] = {}
    for region in release.regions:
        functions, parameters = client("lambda", region), client("ssm", region)
        paths = {each: f"settings/{each}" for each in release.settings}
        for kind, path in {**paths, "configuration": "configuration"}.items():
            name = f"{region}/{kind}"
            switches[name] = SsmParameter(
                name=name, client=parameters, parameter=f"{release.parameters}/{path}"
            )
        name = f"{region}/alias"
        switches[name] = LambdaAlias(
            name=name, client=functions, function=release.function, alias=release.alias
        )
    return switches
