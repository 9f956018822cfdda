"""What the lab prints when it is ready: where it is, what to set, what to try."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autopilot_lab.drill.installation import Installation
from autopilot_lab.serve.settings import DEFAULT_PORT, Clock, Settings


def greeting(installation: Installation, settings: Settings, endpoint: str) -> Iterator[str]:
    """The lines, ready to print and to copy."""
    regions = installation.profile.regions
    yield f"The embedded AWS listens at {endpoint}, on this machine only. Ctrl-C stops it."
    yield f"Regions: {regions.home} (home), {regions.standby} (standby), {regions.observer}"
    yield from _time_and_traffic(settings, int(endpoint.rsplit(":", 1)[1]))
    yield ""
    yield "In another terminal, once:"
    yield f"  export AWS_ENDPOINT_URL={endpoint}"
    yield "  export AWS_ACCESS_KEY_ID=lab AWS_SECRET_ACCESS_KEY=lab"
    yield f"  export AWS_REGION={regions.home} AWS_DEFAULT_REGION={regions.home}"
    yield ""
    yield "Then the service, and each runbook as a dry run, which changes nothing:"
    yield "  autopilot status"
    for machine in machines(installation):
        yield (
            f"  aws stepfunctions start-execution --state-machine-arn {machine} "
            "--input '{}'"  # an empty object is always safe
        )
    yield ""
    yield f"Ready at {endpoint}"


def machines(installation: Installation) -> Sequence[str]:
    """The ARNs of the runbooks' machines at home."""
    home = installation.profile.regions.home
    return [machine.arn for machine in installation.aws.engine.machines(home)]


def _time_and_traffic(settings: Settings, port: int) -> Iterator[str]:
    lab = "autopilot local" if port == DEFAULT_PORT else f"autopilot local --port {port}"
    if settings.clock is Clock.VIRTUAL:
        yield f"Time stands still; it passes when you say: {lab} pass 10m"
    if settings.traffic:
        yield f"Clients send requests; break a route with: {lab} break direct"
        yield f"                          and mend it with: {lab} mend"
