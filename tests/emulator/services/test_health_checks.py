"""Route 53 health checks follow the world."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.faults import Fault
from autopilot_lab.emulator.services.endpoints import Answer
from autopilot_lab.emulator.services.health_checkers import CHECKERS
from tests.emulator.conftest import HOME, STANDBY
from tests.emulator.services.conftest import API, Api, refusal

HTTPS: dict[str, Any] = {
    "Type": "HTTPS",
    "FullyQualifiedDomainName": API,
    "ResourcePath": "/health",
    "RequestInterval": 10,
    "FailureThreshold": 3,
}
FLAG_BUCKET = "flags-of-standby"


def create(aws: EmbeddedAws, name: str = "check", **config: Any) -> str:
    """Create a health check of the API, with changes; return its id."""
    made = aws.client("route53", "us-east-1").create_health_check(
        CallerReference=name, HealthCheckConfig={**HTTPS, **config}
    )
    return str(made["HealthCheck"]["Id"])


def healthy(aws: EmbeddedAws, check: str) -> bool:
    """The status now."""
    return aws.services.health_checks.healthy(check, aws.scheduler.now)


def became(aws: EmbeddedAws, check: str, *, after: float) -> float:
    """How many seconds after an instant the status changed last."""
    return float(aws.log.of("health", check=check)[-1]["t"]) - after


def test_an_endpoint_that_answers_is_healthy(aws: EmbeddedAws, api: Api) -> None:
    """Every checker sees 200."""
    check = create(aws)
    aws.run(60)
    found = aws.client("route53", "us-east-1").get_health_check_status(HealthCheckId=check)
    reports = {one["StatusReport"]["Status"] for one in found["HealthCheckObservations"]}
    assert healthy(aws, check)
    assert reports == {"Success: HTTP Status Code 200"}
    assert {probe.source for probe in api.probes} == set(CHECKERS.values())


@pytest.mark.parametrize("failure", ["down", "status", "slow"])
def test_an_endpoint_that_fails_is_unhealthy_within_the_budget(
    aws: EmbeddedAws, api: Api, failure: str
) -> None:
    """Three failures in a row at 10 s, for all but 18 % of the checkers: 45 s at most."""
    check = create(aws)
    aws.run(60)
    failed_at = aws.scheduler.now
    api.is_up = failure != "down"
    api.status = 503 if failure == "status" else 200
    api.seconds = 2.5 if failure == "slow" else 0.05
    aws.run(60)
    assert not healthy(aws, check)
    assert 20 <= became(aws, check, after=failed_at) <= 45


def test_an_interval_of_half_a_minute_takes_three_times_as_long(aws: EmbeddedAws, api: Api) -> None:
    """The default interval does not fit a failover budget of three minutes."""
    check = create(aws, RequestInterval=30)
    aws.run(120)
    failed_at = aws.scheduler.now
    api.is_up = False
    aws.run(180)
    assert 60 <= became(aws, check, after=failed_at) <= 115


@pytest.mark.parametrize("reaching, expected", [(1, False), (2, True)])
def test_more_than_18_percent_of_the_checkers_are_enough(
    aws: EmbeddedAws, reaching: int, *, expected: bool
) -> None:
    """Of eight checkers, two; one that still gets through does not keep an endpoint alive."""
    sources = sorted(CHECKERS.values())[:reaching]
    aws.services.endpoints.serve(
        API, lambda probe: Answer(200) if probe.source in sources else None
    )
    check = create(aws)
    aws.run(120)
    assert healthy(aws, check) is expected


def test_a_new_check_is_healthy_until_there_is_enough_data(aws: EmbeddedAws, api: Api) -> None:
    """Even if the endpoint is down."""
    api.is_up = False
    check = create(aws)
    aws.run(5)
    assert healthy(aws, check)
    aws.run(60)
    assert not healthy(aws, check)


def test_an_inverted_check_is_unhealthy_until_there_is_enough_data(
    aws: EmbeddedAws, api: Api
) -> None:
    """A record that takes on a new inverted check at once loses its traffic."""
    api.is_up = False
    check = create(aws, Inverted=True)
    aws.run(5)
    assert not healthy(aws, check)
    aws.run(60)
    assert healthy(aws, check)


def test_a_disabled_check_counts_as_healthy_and_inverted_as_unhealthy(
    aws: EmbeddedAws, api: Api
) -> None:
    """Disabling a check is a way to pin it."""
    api.is_up = False
    pinned = create(aws, "pinned", Disabled=True)
    evicted = create(aws, "evicted", Disabled=True, Inverted=True)
    aws.run(60)
    assert healthy(aws, pinned)
    assert not healthy(aws, evicted)
    assert not api.probes


def test_a_calculated_check_counts_its_healthy_children(aws: EmbeddedAws, api: Api) -> None:
    """With a threshold of two, one unhealthy child is enough; with one it is not."""
    api.is_up = True
    children = [create(aws, "up"), create(aws, "gone", FullyQualifiedDomainName="nowhere.test")]
    route53 = aws.client("route53", "us-east-1")
    calculated = {
        need: route53.create_health_check(
            CallerReference=f"needs {need}",
            HealthCheckConfig={
                "Type": "CALCULATED",
                "HealthThreshold": need,
                "ChildHealthChecks": children,
            },
        )["HealthCheck"]["Id"]
        for need in (0, 1, 2, 3)
    }
    aws.run(60)
    assert {need: healthy(aws, check) for need, check in calculated.items()} == {
        0: True,
        1: True,
        2: False,
        3: False,
    }


def flag_check(aws: EmbeddedAws, policy: dict[str, Any] | None) -> str:
    """An inverted check of a flag object in a bucket with this policy."""
    s3 = aws.client("s3", STANDBY)
    s3.create_bucket(Bucket=FLAG_BUCKET, CreateBucketConfiguration={"LocationConstraint": STANDBY})
    if policy:
        s3.put_bucket_policy(Bucket=FLAG_BUCKET, Policy=json.dumps(policy))
    host = f"{FLAG_BUCKET}.s3.{STANDBY}.amazonaws.com"
    check = create(aws, FullyQualifiedDomainName=host, ResourcePath="/leave", Inverted=True)
    aws.run(60)
    return check


def readable_from(*networks: str) -> dict[str, Any]:
    """A policy that lets anybody in these networks read the flag."""
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{FLAG_BUCKET}/leave",
        "Condition": {"IpAddress": {"aws:SourceIp": list(networks)}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_a_flag_object_makes_an_inverted_check_unhealthy(aws: EmbeddedAws) -> None:
    """Present reads as leave, and removing it as stay."""
    check = flag_check(aws, readable_from("54.0.0.0/8"))
    assert healthy(aws, check)
    s3 = aws.client("s3", STANDBY)
    s3.put_object(Bucket=FLAG_BUCKET, Key="leave", Body=b"leave")
    aws.run(60)
    assert not healthy(aws, check)
    s3.delete_object(Bucket=FLAG_BUCKET, Key="leave")
    aws.run(60)
    assert healthy(aws, check)


@pytest.mark.parametrize("policy", [None, readable_from("192.0.2.0/24")])
def test_a_flag_that_the_checkers_may_not_read_says_nothing(
    aws: EmbeddedAws, policy: dict[str, Any] | None
) -> None:
    """Without the published ranges in the policy, the flag is a switch without a wire."""
    check = flag_check(aws, policy)
    aws.client("s3", STANDBY).put_object(Bucket=FLAG_BUCKET, Key="leave", Body=b"leave")
    aws.run(120)
    assert healthy(aws, check)


def test_losing_the_region_of_a_flag_reads_as_stay(aws: EmbeddedAws) -> None:
    """An object that nobody can fetch is absent, so its own region's loss evicts nobody."""
    check = flag_check(aws, readable_from("54.0.0.0/8"))
    aws.client("s3", STANDBY).put_object(Bucket=FLAG_BUCKET, Key="leave", Body=b"leave")
    aws.run(60)
    assert not healthy(aws, check)
    aws.faults.add(Fault(region=STANDBY, kind="timeout"))
    aws.run(60)
    assert healthy(aws, check)


def test_the_status_is_a_metric_in_one_region(aws: EmbeddedAws, api: Api) -> None:
    """It is published in us-east-1, wherever the records are."""
    check = create(aws)
    api.is_up = False
    aws.run(180)
    dimensions = [{"Name": "HealthCheckId", "Value": check}]
    data = {
        region: aws.client("cloudwatch", region).get_metric_statistics(
            Namespace="AWS/Route53",
            MetricName="HealthCheckStatus",
            Dimensions=dimensions,
            StartTime=aws.scheduler.now - 180,
            EndTime=aws.scheduler.now,
            Period=60,
            Statistics=["Minimum"],
        )["Datapoints"]
        for region in ("us-east-1", HOME)
    }
    assert 0.0 in [point["Minimum"] for point in data["us-east-1"]]
    assert data[HOME] == []


# -- the API ---------------------------------------------------------------------------------------


def test_a_repeated_creation_gives_the_same_check_again(aws: EmbeddedAws) -> None:
    """The caller reference makes creation idempotent, but only for the same settings."""
    first = create(aws)
    assert create(aws) == first
    code, _ = refusal(lambda: create(aws, FailureThreshold=2))
    assert code == "HealthCheckAlreadyExists"


@pytest.mark.parametrize(
    "config, expected",
    [
        ({"RequestInterval": 20}, "RequestInterval must be 10 or 30"),
        ({"Type": "CLOUDWATCH_METRIC"}, "does not have checks of type CLOUDWATCH_METRIC"),
        ({"Type": "CALCULATED"}, "CALCULATED needs a HealthThreshold"),
        ({"FullyQualifiedDomainName": ""}, "needs a FullyQualifiedDomainName"),
        ({"FailureThreshold": 11}, "less than or equal to 10"),
    ],
)
def test_settings_that_do_not_fit_are_refused(
    aws: EmbeddedAws, config: dict[str, Any], expected: str
) -> None:
    """As InvalidInput, with the setting in the message."""
    code, message = refusal(lambda: create(aws, **config))
    assert code == "InvalidInput"
    assert expected in message


def test_an_update_of_another_version_is_refused(aws: EmbeddedAws) -> None:
    """HealthCheckVersion makes an update a compare-and-set."""
    check, route53 = create(aws), aws.client("route53", "us-east-1")
    changed = route53.update_health_check(
        HealthCheckId=check, HealthCheckVersion=1, FailureThreshold=2
    )["HealthCheck"]
    assert (changed["HealthCheckVersion"], changed["HealthCheckConfig"]["FailureThreshold"]) == (
        2,
        2,
    )
    code, _ = refusal(
        lambda: route53.update_health_check(HealthCheckId=check, HealthCheckVersion=1)
    )
    assert code == "HealthCheckVersionMismatch"


def test_a_deleted_check_is_gone(aws: EmbeddedAws, api: Api) -> None:
    """And its checkers stop asking."""
    check, route53 = create(aws), aws.client("route53", "us-east-1")
    route53.delete_health_check(HealthCheckId=check)
    aws.run(60)
    code, _ = refusal(lambda: route53.get_health_check(HealthCheckId=check))
    assert code == "NoSuchHealthCheck"
    assert not api.probes


def test_a_template_makes_a_check_that_works(aws: EmbeddedAws, api: Api) -> None:
    """AWS::Route53::HealthCheck is the lab's own, Inverted and all."""
    resource = {
        "Type": "AWS::Route53::HealthCheck",
        "Properties": {"HealthCheckConfig": {**HTTPS, "Inverted": True}},
    }
    stack = aws.deploy({"Resources": {"Check": resource}}, "checks", HOME)
    aws.run(60)
    assert stack is not None
    check = aws.client("route53", "us-east-1").list_health_checks()["HealthChecks"][0]["Id"]
    assert api.probes
    assert not healthy(aws, check)


def test_the_same_seed_probes_at_the_same_instants() -> None:
    """Phases of checkers come from the seed, not from the process."""

    def instants() -> list[float]:
        with EmbeddedAws(1_700_000_000.0, seed=4) as aws:
            seen: list[float] = []
            aws.services.endpoints.serve(API, lambda _probe: seen.append(aws.scheduler.now))
            create(aws)
            aws.run(60)
            return seen

    assert instants() == instants()
