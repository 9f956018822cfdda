"""Writes the generated section of template.yaml anew: `python -m autopilot.signals`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from autopilot.domain.profile import Profile
from autopilot.signals.section import generate

TEMPLATE: Final = Path("template.yaml")
PROFILE: Final = Path("layers/profile/profile/profile.toml")


def main(root: Path) -> bool:
    """Write the template below `root`; whether that changed it."""
    template = root / TEMPLATE
    before = template.read_text(encoding="utf-8")
    profile = Profile.load((root / PROFILE).read_text(encoding="utf-8"))
    after = generate(before, profile)
    template.write_text(after, encoding="utf-8")
    return after != before


if __name__ == "__main__":
    changed = main(Path.cwd())
    sys.stdout.write(f"{TEMPLATE} {'written' if changed else 'is up to date'}\n")
