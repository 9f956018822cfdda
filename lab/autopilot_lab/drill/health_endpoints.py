"""The health endpoints of the simulated service, as docs/service-contract.md describes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from autopilot.domain.profile import Profile
from autopilot.procedures.health_sweep.checks.endpoints import COMPONENTS, DETAILED, SUPPORT
from autopilot_lab.drill.public_path import ServedPath
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.services.endpoints import OK, Answer, Probe

NOT_FOUND = 404
TOOLS = "3f1c9a52"  #: digest of the names of the tools behind a path


def serve_health(
    aws: EmbeddedAws,
    profile: Profile,
    path: ServedPath | None = None,
    *,
    components: Mapping[str, str] | None = None,
    status: int = OK,
) -> None:
    """Let the service answer for itself under its public name, and by `path` in each region.

    Every path is healthy; `components` says what those of Support Mode are, if not healthy.
    """
    healthy: dict[str, str] = {"status": "healthy", "tools": TOOLS}
    said = {name: {"status": (components or {}).get(name, "healthy")} for name in COMPONENTS}
    bodies: dict[str, Any] = {
        DETAILED: {"status": "healthy", "paths": dict.fromkeys(profile.paths, healthy)},
        SUPPORT: {"status": "healthy", "components": said},
    }
    if path is not None:
        path.say(bodies[DETAILED])

    def answer(probe: Probe) -> Answer:
        if probe.path not in bodies:
            return Answer(NOT_FOUND)
        return Answer(status, json.dumps(bodies[probe.path]).encode())

    aws.services.endpoints.serve(urlsplit(profile.service.endpoint).hostname or "", answer)
