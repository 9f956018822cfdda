"""What moving the writer of an Aurora global database builds on. Optional, and never run on AWS."""

from __future__ import annotations

from typing import Final

from autopilot_lab.conformance.belief import Belief, belief, documented
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import guide, model, operation
from autopilot_lab.conformance.verdicts import equal

_VERSION: Final = "2014-10-31"
RECOVERY: Final = guide(
    "Aurora user guide, switchover or failover of a global database",
    "AmazonRDS/latest/AuroraUserGuide/aurora-global-database-disaster-recovery.html",
)
METRICS: Final = guide(
    "Aurora user guide, cluster-level CloudWatch metrics",
    "AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html",
    seen=False,
)


@belief(
    model("rds", _VERSION, "FailoverGlobalClusterMessage"),
    breaks="a planned move could give up data, or the loss of a region could not be answered",
)
def only_a_failover_can_give_up_data(sandbox: Sandbox) -> None:
    """SwitchoverGlobalCluster has no AllowDataLoss; FailoverGlobalCluster has."""
    service = sandbox.client("rds").meta.service_model
    takes = {
        name: "AllowDataLoss" in service.operation_model(name).input_shape.members
        for name in ("SwitchoverGlobalCluster", "FailoverGlobalCluster")
    }
    expected = {"SwitchoverGlobalCluster": False, "FailoverGlobalCluster": True}
    equal(takes, expected, "which of them takes AllowDataLoss")


@belief(
    model("rds", _VERSION, "FailoverState"),
    breaks="a move that is under way would be started again, or taken for one that is over",
)
def a_global_cluster_tells_its_writer_and_what_is_under_way(sandbox: Sandbox) -> None:
    """Members say IsWriter and SynchronizationStatus; FailoverState says from where to where."""
    service = sandbox.client("rds").meta.service_model
    wanted = {
        "GlobalClusterMember": {"DBClusterArn", "IsWriter", "SynchronizationStatus"},
        "FailoverState": {"FromDbClusterArn", "ToDbClusterArn", "IsDataLossAllowed", "Status"},
    }
    missing = {
        name: sorted(members - set(service.shape_for(name).members))
        for name, members in wanted.items()
    }
    equal(missing, {name: [] for name in wanted}, "members that are missing")


@belief(
    operation("rds", "SwitchoverGlobalCluster"),
    breaks="a cluster that is busy could not be told from a call that is wrong",
)
def a_busy_cluster_refuses_by_its_state(sandbox: Sandbox) -> None:
    """Both calls name InvalidGlobalClusterStateFault and InvalidDBClusterStateFault."""
    service = sandbox.client("rds").meta.service_model
    busy = {"InvalidDBClusterStateFault", "InvalidGlobalClusterStateFault"}
    for name in ("SwitchoverGlobalCluster", "FailoverGlobalCluster"):
        named = {shape.name for shape in service.operation_model(name).error_shapes}
        equal(sorted(busy - named), [], f"errors that {name} does not name")


_DEAR: Final = "a global database costs by the hour, and takes long to make and to remove"

DOCUMENTED: Final[tuple[Belief, ...]] = (
    documented(
        "a-switchover-loses-nothing-and-needs-both-regions",
        "A switchover is asked where the primary cluster is, waits until the copy misses nothing, "
        "and makes the old primary a secondary.",
        RECOVERY,
        breaks="a planned move would lose writes, or would be asked in the wrong region",
        untried=_DEAR,
    ),
    documented(
        "a-failover-is-asked-where-the-copy-is",
        "FailoverGlobalCluster with AllowDataLoss is asked in the region of the secondary, and "
        "does not wait for the one that is lost.",
        RECOVERY,
        breaks="the loss of a region would lock its database where it was",
        untried=_DEAR,
    ),
    documented(
        "a-failover-fences-the-old-primary-as-best-it-can",
        "A managed failover tries to stop the writes of the old primary; that is best effort, and "
        "its writes may be accepted for a moment.",
        RECOVERY,
        breaks="T would be waited out for nothing: two regions could not write in any case",
        untried="it shows only while a region is half lost",
    ),
    documented(
        "a-move-of-the-writer-takes-minutes",
        "Both calls answer at once; FailoverState is empty unless a move is pending or under way, "
        "and typically the chosen cluster is the primary within a few minutes.",
        guide(
            "RDS API reference, FailoverState",
            "AmazonRDS/latest/APIReference/API_FailoverState.html",
        ),
        breaks="the run would look too long, or too short",
        untried=_DEAR,
    ),
    documented(
        "a-global-cluster-is-described-in-every-region-of-a-member",
        "DescribeGlobalClusters tells of a global cluster in each region that has a member of it.",
        operation("rds", "DescribeGlobalClusters"),
        breaks="the target could not tell where the writer is once the other region is lost",
        untried=_DEAR,
    ),
    documented(
        "the-lag-of-a-copy-is-told-where-the-copy-is",
        "AuroraGlobalDBRPOLag, in milliseconds, is published for secondary clusters alone, by "
        "DBClusterIdentifier and SourceRegion.",
        METRICS,
        breaks="every pre-flight would say NO-GO, because nothing is told of the copy",
        untried=_DEAR,
    ),
    documented(
        "an-old-primary-is-made-again",
        "After a failover the old primary comes back as a secondary whose copy is made again, for "
        "minutes to hours; meanwhile it is pending-resync.",
        RECOVERY,
        breaks="a failback could be offered to a cluster that cannot be promoted yet",
        untried=_DEAR,
    ),
    documented(
        "moving-the-writer-needs-rights-on-both",
        "SwitchoverGlobalCluster and FailoverGlobalCluster need the right on the global cluster "
        "and on its clusters.",
        guide(
            "ARC developer guide, sample policy for Aurora global databases",
            "r53recovery/latest/dg/security_iam_region_switch_aurora.html",
        ),
        breaks="the automation would be denied the move, or be let at other databases",
        untried=_DEAR,
    ),
)
