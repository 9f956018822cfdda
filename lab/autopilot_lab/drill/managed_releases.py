"""What the service owns of its releases in the lab: functions with aliases, and parameters.

The product's templates do not deploy them, because they are the service's. What the world needs
of them each second is read from their stores, at no cost, as routers read the ledger.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from moto.awslambda.utils import get_backend
from moto.ssm.models import ssm_backends

from autopilot.domain.profile import Profile
from autopilot.domain.release_section import ReleaseSection
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.services.admin_endpoint import AdminEndpoint, Api

FIRST_CONFIGURATION: Final = "c1"
FIRST_SETTING: Final = "off"
_TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@dataclass(frozen=True, slots=True)
class RollOut:
    """What a pipeline of the service changes, and how bad it is."""

    software: bool
    configuration: str | None
    settings: Mapping[str, str]
    bad_percent: float  #: share of requests that fail while all that changed stands
    region: str | None  #: None: every region of the profile's section
    shows_after_seconds: float = 0  #: how long it serves well


@dataclass
class ManagedReleases:
    """The service's releases in every region; empty for a profile that does not describe them."""

    aws: EmbeddedAws
    profile: Profile
    admin: AdminEndpoint | None = None
    #: Region, what has to stand, share of requests that fail, and since when.
    _bad: list[tuple[str, Mapping[str, str], float, float]] = field(default_factory=list)
    _codes: int = 0

    def install(self) -> None:
        """The first release in every region, and the admin endpoint."""
        release = self.profile.release
        if release is None:
            return
        role = self._role(release)
        for region in release.regions:
            self._install_in(release, region, role)
        if release.emergency is not None:
            services = self.aws.services
            self.admin = AdminEndpoint(
                Api(release.emergency.region, release.emergency.api),
                scheduler=self.aws.scheduler,
                calls=self.aws.calls,
                access=self.aws.access,
                callers=services.callers,
            )
            services.public_hosts.serve(release.emergency.host, self.admin.answer)

    def roll_out(self, new: RollOut) -> None:
        """What a pipeline of the service does, in one region after the other."""
        release = self.profile.release
        if release is None:
            raise LookupError("expected a release section in the profile, got none")
        since = self.aws.scheduler.now + new.shows_after_seconds
        for region in [new.region] if new.region else release.regions:
            turned = self._roll_out_in(release, region, new)
            if new.bad_percent:
                self._bad.append((region, turned, new.bad_percent / 100, since))

    def failing(self, region: str) -> float:
        """Share of the requests served in `region` that its present release fails."""
        rates = [
            rate
            for where, turned, rate, since in self._bad
            if where == region
            and self.aws.scheduler.now >= since
            and turned.items() <= self._shown(region, turned).items()
        ]
        return max(rates, default=0.0)

    def shown(self) -> dict[str, str]:
        """What every switch shows, by name."""
        release = self.profile.release
        if release is None:
            return {}
        names = {name.partition("/")[2]: "" for name in self.profile.release_switches}
        found = {
            f"{region}/{kind}": value
            for region in release.regions
            for kind, value in self._shown(region, names).items()
        }
        mode = {"emergency": "on" if self.admin.enabled else "off"} if self.admin else {}
        return found | mode

    def _shown(self, region: str, kinds: Mapping[str, str]) -> dict[str, str]:
        release = self.profile.release
        if release is None:
            return {}
        return {
            kind: _version(release, region) if kind == "alias" else _value(release, region, kind)
            for kind in kinds
        }

    def _role(self, release: ReleaseSection) -> str:
        made = self.aws.client("iam", self.profile.regions.home).create_role(
            RoleName=f"{release.function}-role", AssumeRolePolicyDocument=json.dumps(_TRUST)
        )
        return str(made["Role"]["Arn"])

    def _install_in(self, release: ReleaseSection, region: str, role: str) -> None:
        functions = self.aws.client("lambda", region)
        functions.create_function(
            FunctionName=release.function,
            Runtime="python3.13",
            Role=role,
            Handler="app.handler",
            Code={"ZipFile": self._code()},
        )
        version = functions.publish_version(FunctionName=release.function)["Version"]
        functions.create_alias(
            FunctionName=release.function, Name=release.alias, FunctionVersion=version
        )
        parameters = self.aws.client("ssm", region)
        first = dict.fromkeys(release.settings, FIRST_SETTING)
        for kind, value in {**first, "configuration": FIRST_CONFIGURATION}.items():
            parameters.put_parameter(Name=_path(release, kind), Value=value, Type="String")

    def _roll_out_in(self, release: ReleaseSection, region: str, new: RollOut) -> dict[str, str]:
        """Parameters first, then the alias; return what was turned, by kind."""
        turned = dict(new.settings)
        if new.configuration is not None:
            turned["configuration"] = new.configuration
        parameters = self.aws.client("ssm", region)
        for kind, value in turned.items():
            parameters.put_parameter(Name=_path(release, kind), Value=value, Overwrite=True)
        if new.software:
            functions = self.aws.client("lambda", region)
            functions.update_function_code(FunctionName=release.function, ZipFile=self._code())
            version = functions.publish_version(FunctionName=release.function)["Version"]
            functions.update_alias(
                FunctionName=release.function, Name=release.alias, FunctionVersion=version
            )
            turned["alias"] = str(version)
        return turned

    def _code(self) -> bytes:
        """An archive that is not like the one before, as a new version needs."""
        self._codes += 1
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            entry = zipfile.ZipInfo("app.py", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, f"def handler(event, context):\n    return {self._codes}\n")
        return buffer.getvalue()


def _version(release: ReleaseSection, region: str) -> str:
    alias: Any = get_backend(ACCOUNT, region).get_alias(release.alias, release.function)
    return str(alias.function_version)


def _value(release: ReleaseSection, region: str, kind: str) -> str:
    found: Any = ssm_backends[ACCOUNT][region].get_parameter(_path(release, kind))
    return str(found.value)


def _path(release: ReleaseSection, kind: str) -> str:
    below = kind if kind == "configuration" else f"settings/{kind}"
    return f"{release.parameters}/{below}"
