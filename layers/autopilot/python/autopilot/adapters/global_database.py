"""Which region holds the writer of an Aurora global database, and how that moves.

A move takes minutes, and both calls only start it: `DescribeGlobalClusters` shows in
`FailoverState` what is under way, and which member is the writer. It answers in every region that
has a member, and is asked in the one that this runs in, never in one that may be lost. A switchover
is asked where the writer is, a failover where it shall be
(https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database-disaster-recovery.html).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from botocore import exceptions as aws

from autopilot.adapters.answers import code_of, is_transient
from autopilot.domain.inventory import DatabaseFacts
from autopilot.domain.switches import DATABASE_LOSS, SwitchChange, SwitchState
from autopilot.errors import Inconsistent, NotYet, Transient

if TYPE_CHECKING:
    from autopilot.domain.failover_section import Database
    from autopilot.domain.permit import SwitchPermit

SERVICE: Final = "rds"
#: The cluster is busy with something that ends: another move, a change, being made again.
_BUSY: Final = frozenset({"InvalidDBClusterStateFault", "InvalidGlobalClusterStateFault"})
_MISSING: Final = frozenset({"DBClusterNotFoundFault", "GlobalClusterNotFoundFault"})
_REGION: Final = 3  #: arn:partition:service:region:…


class GlobalDatabase:
    """A `Switch` over the writer of a global database; its value is the region of the writer."""

    def __init__(
        self, *, name: str, database: Database, client: Callable[..., Any], region: str
    ) -> None:
        """`client` makes one of a service in a region; `region` is where this runs.

        By the name `database-loss` the move gives up what was not copied, and needs no source.
        """
        self._name, self._database = name, database
        self._client, self._region = client, region

    def observe(self) -> SwitchState:
        """The region of the writer, and where it is on its way to."""
        client = self._client(SERVICE, self._region)
        with _answered(self._database, self._region):
            return _state(facts_of(client.describe_global_clusters(**self._named())))

    def change(self, to: str, expected: SwitchState, permit: SwitchPermit) -> SwitchState:
        """Start the move of the writer to `to`, unless it is there or on its way.

        Raises `NotYet` while the writer is on its way elsewhere, or the cluster refuses.
        """
        permit.demand(SwitchChange(self._name, to, expected))
        if expected.heading not in ("", to, expected.value):
            message = (
                f"{self._database.identifier} is on its way to {expected.heading}, expected to "
                f"{to} or nowhere. Wait until it is there, then start again."
            )
            raise NotYet(message)
        if to in (expected.value, expected.heading):
            return expected
        return self._started(to, expected)

    def _started(self, to: str, expected: SwitchState) -> SwitchState:
        loses = self._name == DATABASE_LOSS
        region = to if loses else expected.value
        client = self._client(SERVICE, region)
        named = self._named() | {"TargetDbClusterIdentifier": self._database.cluster_in(to).arn}
        with _answered(self._database, region):
            try:
                if loses:
                    answer = client.failover_global_cluster(**named, AllowDataLoss=True)
                else:
                    answer = client.switchover_global_cluster(**named)
            except aws.ClientError as error:
                if code_of(error) not in _BUSY:
                    raise
                return self._after_refusal(to, error)
        return _state(_facts(answer["GlobalCluster"]))

    def _after_refusal(self, to: str, error: aws.ClientError) -> SwitchState:
        """A cluster that is on its way to `to` refuses to be sent there again."""
        shows = self.observe()
        if to in (shows.value, shows.heading):
            return shows
        message = (
            f"{self._database.identifier} shows {shows.value} and was refused {to}: {error}. "
            f"Expected an available cluster; look at it in the RDS console, then start again."
        )
        raise NotYet(message) from error

    def _named(self) -> dict[str, Any]:
        return {"GlobalClusterIdentifier": self._database.identifier}


def facts_of(answer: Mapping[str, Any]) -> DatabaseFacts:
    """What `DescribeGlobalClusters` says of the one cluster that it was asked for."""
    found = answer["GlobalClusters"]
    if len(found) != 1:
        message = f"DescribeGlobalClusters told of {len(found)} clusters, expected one"
        raise Inconsistent(message)
    return _facts(found[0])


def _facts(cluster: Mapping[str, Any]) -> DatabaseFacts:
    members = cluster.get("GlobalClusterMembers", ())
    writers = [_region(each["DBClusterArn"]) for each in members if each.get("IsWriter")]
    moving = cluster.get("FailoverState") or {}
    return DatabaseFacts(
        status=str(cluster.get("Status", "")),
        writer=writers[0] if len(writers) == 1 else "",
        heading=_heading(moving),
        members={
            str(each["DBClusterArn"]): str(each.get("SynchronizationStatus", ""))
            for each in members
        },
    )


def _heading(moving: Mapping[str, Any]) -> str:
    """Where a move leads; one that is being cancelled leads back."""
    end = "FromDbClusterArn" if moving.get("Status") == "cancelling" else "ToDbClusterArn"
    return _region(str(moving.get(end) or ""))


def _region(arn: str) -> str:
    return arn.split(":")[_REGION] if arn else ""


def _state(facts: DatabaseFacts) -> SwitchState:
    return SwitchState(facts.writer or "nowhere", heading=facts.heading)


@contextmanager
def _answered(database: Database, region: str) -> Iterator[None]:
    try:
        yield
    except (aws.ConnectionError, aws.HTTPClientError) as error:
        message = f"rds in {region} did not answer ({type(error).__name__}): try again in a moment"
        raise Transient(message) from error
    except aws.ClientError as error:
        if is_transient(error):
            message = f"rds in {region} answered {code_of(error)}: try again in a moment"
            raise Transient(message) from error
        if code_of(error) in _MISSING:
            message = (
                f"rds in {region} answered {code_of(error)}, expected {database.identifier} with "
                f"the clusters of failover.database. Correct the profile."
            )
            raise Inconsistent(message) from error
        raise
