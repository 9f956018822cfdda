"""What a regional failover builds on: flags in buckets, health checks, ARC routing controls."""

from __future__ import annotations

from typing import Final

from autopilot_lab.conformance.belief import Belief, belief, documented
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import guide, model, operation
from autopilot_lab.conformance.verdicts import equal

BUCKET: Final = "1 bucket"
CLUSTER: Final = "route53-recovery-cluster"
_FLAG: Final = "admission/eu-central-1/leave"
ROTATION: Final = guide(
    "ARC developer guide, getting and updating routing control states",
    "r53recovery/latest/dg/routing-control.update.api.html",
)
SAFETY_RULES: Final = guide(
    "ARC developer guide, safety rules", "r53recovery/latest/dg/routing-control.safety-rules.html"
)


@belief(
    guide(
        "S3 user guide, the data consistency model",
        "AmazonS3/latest/userguide/Welcome.html",
        seen=False,
    ),
    breaks="a flag that was put would not be seen by whoever asks next",
    makes=BUCKET,
)
def a_list_shows_what_was_just_put_and_removed(sandbox: Sandbox) -> None:
    """ListObjectsV2 is strongly consistent after PutObject and DeleteObject."""
    name, client = sandbox.bucket(), sandbox.client("s3")

    def keys() -> list[str]:
        found = client.list_objects_v2(Bucket=name, Prefix="admission/", MaxKeys=10)
        return [str(each["Key"]) for each in found.get("Contents", ())]

    client.put_object(Bucket=name, Key=_FLAG, Body=b"leave\n")
    equal(keys(), [_FLAG], "the keys after PutObject")
    client.delete_object(Bucket=name, Key=_FLAG)
    client.delete_object(Bucket=name, Key=_FLAG)
    equal(keys(), [], "the keys after DeleteObject, twice")


@belief(
    model(CLUSTER, "2019-12-02", "UpdateRoutingControlStatesRequest"),
    breaks="two regions could be open, or none, between two calls",
)
def routing_controls_are_set_together(sandbox: Sandbox) -> None:
    """UpdateRoutingControlStates takes several entries in one call, and rules to override."""
    service = sandbox.client(CLUSTER).meta.service_model
    shape = service.operation_model("UpdateRoutingControlStates").input_shape
    entries = "UpdateRoutingControlStateEntries"
    equal(sorted(shape.members), ["SafetyRulesToOverride", entries], "the members")
    equal(shape.members[entries].type_name, "list", "the type of the entries")


@belief(
    model("route53", "2013-04-01", "HealthCheckConfig"),
    breaks="a flag could not mean leave by being there",
)
def a_health_check_can_be_turned_round(sandbox: Sandbox) -> None:
    """HealthCheckConfig has Inverted, and children for a calculated check."""
    service = sandbox.client("route53").meta.service_model
    shape = service.shape_for("HealthCheckConfig")
    missing = {"Inverted", "ChildHealthChecks", "HealthThreshold", "Regions"} - set(shape.members)
    equal(sorted(missing), [], "members that are missing")


_A_CLUSTER_IS_DEAR: Final = "a cluster costs by the hour and takes long to make and to remove"

#: What nothing here can try; the lab's cluster behaves so, tests/emulator/services says.
DOCUMENTED: Final[tuple[Belief, ...]] = (
    documented(
        "three-of-five-endpoints-answer",
        "At least three of a cluster's five Regional endpoints are available at any time, and a "
        "caller is to try each in rotation.",
        ROTATION,
        breaks="a failover would stop at the first endpoint that is being maintained",
        untried=_A_CLUSTER_IS_DEAR,
    ),
    documented(
        "a-safety-rule-judges-the-outcome",
        "An assertion rule judges the states that one UpdateRoutingControlStates leads to, all of "
        "its entries together; afterwards its wait period refuses another change.",
        SAFETY_RULES,
        breaks="a move would be refused because the source is closed before the target is open",
        untried=_A_CLUSTER_IS_DEAR,
    ),
    documented(
        "a-role-can-be-kept-from-overriding-safety-rules",
        "UpdateRoutingControlStates needs the right on each routing control that it names, and the "
        "key route53-recovery-cluster:AllowSafetyRulesOverrides is false where none is overridden.",
        guide(
            "Service authorization reference, Route 53 Recovery Cluster",
            "service-authorization/latest/reference/list_route53-recovery-cluster.html",
        ),
        breaks="the automation would be denied its own change, or be let past a safety rule",
        untried=_A_CLUSTER_IS_DEAR,
    ),
    documented(
        "fast-checks-see-a-flag-within-half-a-minute",
        "A health check with a RequestInterval of 10 s and a FailureThreshold of 3 changes within "
        "about 30 s of what it checks.",
        operation("route53", "CreateHealthCheck"),
        breaks="clients of a lost region would fail for longer than the budget says",
        untried="it takes a bucket that the checkers may read, and minutes",
    ),
)
