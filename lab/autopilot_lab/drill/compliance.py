"""The product in the lab, for the compliance check: installed as docs/deploy.md says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from autopilot.domain.profile import Profile
from autopilot_lab.drill.installation import Installation, install
from autopilot_lab.emulator.cloud import EmbeddedAws


@contextmanager
def installed(profile_text: str, start: float | None = None) -> Iterator[Installation]:
    """The service of a profile, deployed in its three regions; `start` is now by default."""
    profile = Profile.load(profile_text)
    regions = (profile.regions.home, profile.regions.standby, profile.regions.observer)
    with (
        TemporaryDirectory() as folder,
        EmbeddedAws(start=time.time() if start is None else start, regions=regions) as aws,
    ):
        yield install(aws, profile, profile_text, profile.baseline(), Path(folder))
