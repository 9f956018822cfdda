"""Writes the generated sections of both templates anew: `python -m autopilot.signals`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from autopilot.domain.profile import Profile
from autopilot.signals.dashboards import generate_dashboards
from autopilot.signals.section import generate

TEMPLATE: Final = Path("template.yaml")
FOUNDATION: Final = Path("foundation.yaml")
PROFILE: Final = Path("layers/profile/profile/profile.toml")


def main(root: Path) -> list[Path]:
    """Write the templates below `root`; which of them that changed."""
    profile = Profile.load((root / PROFILE).read_text(encoding="utf-8"))
    made = {TEMPLATE: generate, FOUNDATION: generate_dashboards}
    return [path for path, make in made.items() if _write(root / path, make, profile)]


def _write(path: Path, make: Callable[[str, Profile], str], profile: Profile) -> bool:
    before = path.read_text(encoding="utf-8")
    after = make(before, profile)
    path.write_text(after, encoding="utf-8")
    return after != before


if __name__ == "__main__":
    written = main(Path.cwd())
    for path in (TEMPLATE, FOUNDATION):
        sys.stdout.write(f"{path} {'written' if path in written else 'is up to date'}\n")
