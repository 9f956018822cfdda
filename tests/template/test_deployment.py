"""samconfig.toml, and the static checks that need no account."""

from __future__ import annotations

import re
import tomllib
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from cfnlint.api import lint  # type: ignore[import-untyped]
from cfnlint.config import ManualArgs  # type: ignore[import-untyped]

from autopilot.domain.profile import Profile
from autopilot.signals.section import generate
from tests.template.sources import FOUNDATION, REGIONAL, ROOT, written

STAGES: Final = ("dev", "staging", "prod")
ROLES: Final = ("foundation", "home", "standby", "observer")
SECRET: Final = re.compile(r"\bAKIA|\bASIA|secret_access|password|\b\d{12}\b", re.IGNORECASE)
SECOND: Final = ROOT / "tests/fixtures/second_profile.toml"


@pytest.fixture
def environments() -> dict[str, Any]:
    """samconfig.toml, parsed."""
    return tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("stage, role", [*product(STAGES, ROLES)])
def test_every_stage_and_role_can_be_deployed(
    environments: dict[str, Any], stage: str, role: str
) -> None:
    """Each environment says stage, role and region, and validates with the linter."""
    profile = Profile.load((ROOT / "layers/profile/profile/profile.toml").read_text("utf-8"))
    deploy = environments[f"{stage}-{role}"]["deploy"]["parameters"]
    overrides = dict(pair.split("=") for pair in deploy["parameter_overrides"])
    home = profile.regions.home if role == "foundation" else getattr(profile.regions, role)

    assert deploy["region"] == home
    assert overrides == {"Stage": stage} | ({} if role == "foundation" else {"Role": role})
    assert deploy.get("template_file") == ("foundation.yaml" if role == "foundation" else None)
    assert environments[f"{stage}-{role}"]["validate"]["parameters"]["lint"] is True


def test_no_environment_asks_for_a_stage_that_the_templates_lack(
    environments: dict[str, Any],
) -> None:
    """The list of environments and the templates' allowed values are one list."""
    assert set(environments) - {"version", "default"} == {
        f"{stage}-{role}" for stage, role in product(STAGES, ROLES)
    }
    for template in (REGIONAL, FOUNDATION):
        assert written(template)["Parameters"]["Stage"]["AllowedValues"] == list(STAGES)


def test_only_dev_deploys_without_asking(environments: dict[str, Any]) -> None:
    """A change set of production is read by a person before it is carried out."""
    for stage, role in product(STAGES, ROLES):
        deploy = environments[f"{stage}-{role}"]["deploy"]["parameters"]
        assert deploy["confirm_changeset"] is (stage != "dev"), (stage, role)


def test_nothing_that_looks_like_a_secret_stands_in_the_deployment_files() -> None:
    """Account numbers and keys belong to the account, not to the repository."""
    for path in (REGIONAL, FOUNDATION, ROOT / "samconfig.toml"):
        text = path.read_text(encoding="utf-8")
        assert not SECRET.search(text), path


@pytest.mark.parametrize("path", [REGIONAL, FOUNDATION], ids=lambda path: path.name)
def test_cfn_lint_has_no_complaint(path: Path) -> None:
    """Types, properties, references and conditions, against AWS's own schemas."""
    assert _complaints(path.read_text(encoding="utf-8"), "eu-central-1") == []


def test_the_second_profile_makes_a_template_that_cfn_lint_accepts_too() -> None:
    """Nothing in the template knows the reference service's regions or paths."""
    second = Profile.load(SECOND.read_text(encoding="utf-8"))
    template = generate(REGIONAL.read_text(encoding="utf-8"), second)

    assert "FailingUsWest2Batch:" in template
    assert "FailingEuCentral1Direct:" not in template
    assert _complaints(template, "us-east-1") == []


def test_a_misspelt_property_is_found() -> None:
    """The linter is really asked."""
    broken = REGIONAL.read_text(encoding="utf-8").replace("Timeout: 20", "Timeuot: 20")

    assert any("Timeuot" in complaint for complaint in _complaints(broken, "eu-central-1"))


def _complaints(template: str, region: str) -> list[str]:
    return [str(match) for match in lint(template, config=ManualArgs(regions=[region]))]
