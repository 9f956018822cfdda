"""Alarms that keep quiet, so that nothing answers but the run that a case starts by hand."""

from __future__ import annotations

from autopilot_lab.assurance.bench import Bench


def keep_the_service_quiet(bench: Bench) -> None:
    """Take the alarms of the service away; those about the automation itself stay.

    Their events alone would not do: a sweep opens a case for an alarm that is on and that nobody
    answered.
    """
    profile = bench.installation.profile
    of_the_service = f"{profile.service.name}-"
    for region in (*bench.installation.regions, profile.regions.observer):
        named = [alarm.name for alarm in bench.aws.alarms.of(region)]
        ours = [name for name in named if name.startswith(of_the_service)]
        bench.aws.alarms.delete(ours, region)
