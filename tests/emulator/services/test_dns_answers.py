"""What names resolve to, by policy and health."""

from __future__ import annotations

from typing import Any

import pytest

from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.services.dns_answers import NotResolved
from tests.emulator.services.conftest import API, Api
from tests.emulator.services.test_health_checks import create

HOME_ADDRESS, STANDBY_ADDRESS = "192.0.2.1", "192.0.2.2"


def put(aws: EmbeddedAws, *records: dict[str, Any]) -> None:
    """Put records of the API's name into a zone."""
    route53 = aws.client("route53", "us-east-1")
    zones = route53.list_hosted_zones()["HostedZones"]
    zone = zones or [
        route53.create_hosted_zone(Name="matbakh.app", CallerReference="zone")["HostedZone"]
    ]
    changes = [
        {"Action": "CREATE", "ResourceRecordSet": {"Name": API, "Type": "A", **record}}
        for record in records
    ]
    route53.change_resource_record_sets(
        HostedZoneId=zone[0]["Id"], ChangeBatch={"Changes": changes}
    )


def record(address: str, name: str, **more: Any) -> dict[str, Any]:
    """A record with one address."""
    values = [{"Value": address}]
    return {"SetIdentifier": name, "TTL": 30, "ResourceRecords": values, **more}


def shares(aws: EmbeddedAws, at: float | None = None) -> dict[str, float]:
    """The shares of the API's addresses."""
    instant = aws.scheduler.now if at is None else at
    return dict(aws.services.name_servers.resolve(API, instant).shares)


@pytest.fixture
def leaving(aws: EmbeddedAws) -> Api:
    """A world in which the health check of home asks a host of its own."""
    host = Api()
    aws.services.endpoints.serve("home.test", host)
    return host


def test_weights_share_the_queries(aws: EmbeddedAws) -> None:
    """Three to one, with the TTL of the records."""
    put(
        aws,
        record(HOME_ADDRESS, "home", Weight=75),
        record(STANDBY_ADDRESS, "standby", Weight=25),
    )
    resolved = aws.services.name_servers.resolve(API, aws.scheduler.now)
    assert dict(resolved.shares) == {HOME_ADDRESS: 0.75, STANDBY_ADDRESS: 0.25}
    assert resolved.ttl_seconds == 30


def test_an_unhealthy_record_gets_no_queries(aws: EmbeddedAws, leaving: Api) -> None:
    """And gets them back when it is healthy again; the past stays what it was."""
    check = create(aws, FullyQualifiedDomainName="home.test")
    put(
        aws,
        record(HOME_ADDRESS, "home", Weight=75, HealthCheckId=check),
        record(STANDBY_ADDRESS, "standby", Weight=25),
    )
    aws.run(60)
    before = aws.scheduler.now
    leaving.is_up = False
    aws.run(60)
    assert shares(aws) == {STANDBY_ADDRESS: 1.0}
    leaving.is_up = True
    aws.run(60)
    assert shares(aws) == shares(aws, before) == {HOME_ADDRESS: 0.75, STANDBY_ADDRESS: 0.25}


def test_when_none_is_healthy_all_count_as_healthy(aws: EmbeddedAws) -> None:
    """DNS must answer something."""
    check = create(aws, FullyQualifiedDomainName="nowhere.test")
    put(
        aws,
        record(HOME_ADDRESS, "home", Weight=1, HealthCheckId=check),
        record(STANDBY_ADDRESS, "standby", Weight=1, HealthCheckId=check),
    )
    aws.run(60)
    assert shares(aws) == {HOME_ADDRESS: 0.5, STANDBY_ADDRESS: 0.5}


def test_a_weight_of_zero_is_the_last_resort(aws: EmbeddedAws) -> None:
    """It is looked at when no other record is healthy."""
    check = create(aws, FullyQualifiedDomainName="nowhere.test")
    put(
        aws,
        record(HOME_ADDRESS, "home", Weight=100, HealthCheckId=check),
        record(STANDBY_ADDRESS, "standby", Weight=0),
    )
    assert shares(aws) == {HOME_ADDRESS: 1.0}
    aws.run(60)
    assert shares(aws) == {STANDBY_ADDRESS: 1.0}


@pytest.mark.parametrize("status, expected", [(200, HOME_ADDRESS), (503, STANDBY_ADDRESS)])
def test_failover_records_answer_with_the_primary_while_it_is_healthy(
    aws: EmbeddedAws, leaving: Api, status: int, expected: str
) -> None:
    """And with the secondary otherwise."""
    leaving.status = status
    check = create(aws, FullyQualifiedDomainName="home.test")
    put(
        aws,
        record(HOME_ADDRESS, "home", Failover="PRIMARY", HealthCheckId=check),
        record(STANDBY_ADDRESS, "standby", Failover="SECONDARY"),
    )
    aws.run(60)
    assert shares(aws) == {expected: 1.0}


def test_an_alias_may_follow_the_health_of_its_target(aws: EmbeddedAws) -> None:
    """EvaluateTargetHealth looks at the records that the alias leads to."""
    check = create(aws, FullyQualifiedDomainName="nowhere.test")
    zone = {"HostedZoneId": "Z1", "EvaluateTargetHealth": True}
    put(
        aws,
        record(HOME_ADDRESS, "home", Name="home.matbakh.app", Weight=1, HealthCheckId=check),
        record(STANDBY_ADDRESS, "standby", Name="standby.matbakh.app", Weight=1),
        *(
            {
                "SetIdentifier": name,
                "Weight": 1,
                "AliasTarget": {"DNSName": f"{name}.matbakh.app", **zone},
            }
            for name in ("home", "standby")
        ),
    )
    assert shares(aws) == {HOME_ADDRESS: 0.5, STANDBY_ADDRESS: 0.5}
    aws.run(60)
    assert shares(aws) == {STANDBY_ADDRESS: 1.0}


def test_a_name_without_records_does_not_resolve(aws: EmbeddedAws) -> None:
    """It says which name and type."""
    with pytest.raises(NotResolved, match="no record of type A"):
        aws.services.name_servers.resolve("nowhere.test", aws.scheduler.now)


def test_latency_routing_is_refused_by_name(aws: EmbeddedAws) -> None:
    """Rather than answered as if it were something else."""
    put(aws, record(HOME_ADDRESS, "home", Region="eu-central-1"))
    with pytest.raises(NotResolved, match="no latency or geolocation routing"):
        shares(aws)
