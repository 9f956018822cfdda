"""The alarms on regions that do not answer, made from the profile."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from autopilot.adapters import cloudwatch_probes
from autopilot.domain.profile import Profile
from autopilot.ports import ProbePoint
from autopilot.signals import catalogue
from autopilot.signals.probe_alarms import probe_alarms

ROOT: Final = Path(__file__).resolve().parents[2]
PROFILES: Final = ("layers/profile/profile/profile.toml", "tests/fixtures/second_profile.toml")
every_profile: Final = pytest.mark.parametrize("path", PROFILES, ids=["reference", "second"])


class Published:
    """A CloudWatch client that keeps what it is given."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.calls: list[dict[str, Any]] = []

    def put_metric_data(self, **arguments: Any) -> None:
        """Keep it."""
        self.calls.append(arguments)


@every_profile
def test_each_region_that_serves_has_one_alarm_for_those_who_look_at_it(path: str) -> None:
    """Named after the region, with the profile's number of probes and their interval."""
    profile = Profile.load((ROOT / path).read_text(encoding="utf-8"))
    alarms = {name: alarm["Properties"] for name, alarm in probe_alarms(profile).items()}

    assert {name: alarm["AlarmName"]["Fn::Sub"] for name, alarm in alarms.items()} == {
        "HomeUnreachable": f"${{Service}}-{profile.regions.home}-unreachable",
        "StandbyUnreachable": f"${{Service}}-{profile.regions.standby}-unreachable",
    }
    for alarm in alarms.values():
        assert alarm["EvaluationPeriods"] == alarm["DatapointsToAlarm"] == profile.probes.failures
        assert alarm["Period"] == profile.probes.interval_seconds
        assert alarm["TreatMissingData"] == "missing"


def test_an_alarm_reads_the_metric_that_probes_publish() -> None:
    """Namespace, name, dimensions and resolution are those of the published points."""
    profile = Profile.load((ROOT / PROFILES[0]).read_text(encoding="utf-8"))
    client, home = Published(), profile.regions.home
    cloudwatch_probes.CloudWatchProbes(client=client, service="s").publish(
        [ProbePoint(home, 1_790_000_000_000, failed=True)]
    )

    (call,) = client.calls
    (datum,) = call["MetricData"]
    alarm = probe_alarms(profile)["HomeUnreachable"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (call["Namespace"], datum["MetricName"])
    assert [each["Name"] for each in datum["Dimensions"]] == [*catalogue.PROBE_DIMENSIONS]
    assert alarm["Dimensions"][1] == datum["Dimensions"][1] == {"Name": "Target", "Value": home}
    assert (datum["Value"], datum["StorageResolution"]) == (1.0, 1)
    assert datum["Timestamp"].timestamp() == 1_790_000_000
