"""The profile's section `failover`: how a region is left, and what says which regions are open."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from autopilot.domain.allocation import WHOLE
from autopilot.domain.plan import Bounds
from autopilot.domain.section import Points, Region, Section

ENDPOINTS: Final = 5  #: of every cluster of ARC routing controls, each in another region
_ENDPOINT: Final = r"^https://[a-z0-9.-]+\.amazonaws\.com(/v1)?$"
_CONTROL: Final = (
    r"^arn:aws[a-z-]*:route53-recovery-control::[0-9]{12}:controlpanel/[a-z0-9]+"
    r"/routingcontrol/[a-z0-9]+$"
)
_CLUSTER: Final = r"^arn:aws[a-z-]*:rds:[a-z0-9-]+:[0-9]{12}:cluster:[a-z][a-z0-9-]{0,62}$"


class ArcEndpoint(Section):
    """One of the five addresses of a cluster's data plane."""

    region: Region
    url: str = Field(pattern=_ENDPOINT)


class ArcControl(Section):
    """The routing control that lets clients into one region."""

    region: Region
    arn: str = Field(pattern=_CONTROL)


class Arc(Section):
    """A cluster of Application Recovery Controller, when there is one, in place of flags."""

    endpoints: tuple[ArcEndpoint, ...] = Field(
        min_length=ENDPOINTS, max_length=ENDPOINTS, description="All five, to be asked in rotation."
    )
    controls: tuple[ArcControl, ...] = Field(
        min_length=2, max_length=2, description="One for each region that serves."
    )


class DatabaseCluster(Section):
    """The cluster of an Aurora global database in one region."""

    region: Region
    arn: str = Field(pattern=_CLUSTER)

    @property
    def name(self) -> str:
        """Its identifier, as CloudWatch names it."""
        return self.arn.rpartition(":")[2]


class Database(Section):
    """An Aurora global database whose writer follows the writes. Optional."""

    identifier: str = Field(
        pattern="^[a-z][a-z0-9-]{0,62}$", description="Of the global cluster, in small letters."
    )
    clusters: tuple[DatabaseCluster, ...] = Field(
        min_length=2, max_length=2, description="One for each region that serves."
    )
    seconds_max: int = Field(
        600, ge=60, le=1_800, description="The writer has moved by then, or the run gives up."
    )
    lag_seconds_max: int = Field(
        60, ge=1, le=3_600, description="A copy further behind is not moved to unasked."
    )

    def cluster_in(self, region: str) -> DatabaseCluster:
        """The cluster of a region. Raises `StopIteration` for one that has none."""
        return next(each for each in self.clusters if each.region == region)


class FailoverSection(Section):
    """When and how a region is left, and when it may be come back to."""

    automatic: bool = Field(
        default=False,
        description="Whether the loss of a region is answered without asking anybody.",
    )
    writer_seconds: int = Field(
        15, ge=5, le=60, description="Whoever owns the writes renews this often, or stops."
    )
    skew_seconds: int = Field(5, ge=1, le=30, description="Most that clocks of regions differ.")
    dwell_minutes: int = Field(
        60, ge=5, le=1_440, description="A region answers this long before it is come back to."
    )
    step_points_max: Points = Field(25, description="Widest step of a planned move.")
    bake_seconds: Annotated[int, Field(ge=10, le=900)] = 60
    runs_max: int = Field(2, ge=1, le=10, description="Failovers in a window, of any kind.")
    window_minutes: int = Field(60, ge=1, le=1_440)
    plan_valid_seconds: int = Field(180, ge=60, le=900)
    verify_seconds_max: int = Field(
        300, ge=60, le=1_800, description="Clients and writes have followed by then."
    )
    arc: Arc | None = Field(None, description="None: flags in buckets say which regions are open.")
    database: Database | None = Field(None, description="None: no database changes its writer.")

    @property
    def hand_over_seconds(self) -> int:
        """From the hand-over of the writes until the new owner may take any."""
        return self.writer_seconds + self.skew_seconds

    def bounds(self, unknown_seconds_max: int) -> Bounds:
        """The most that one failover may do."""
        return Bounds(
            points_per_step_max=WHOLE,
            unknown_seconds_max=unknown_seconds_max,
            runs_max=self.runs_max,
            window_seconds=self.window_minutes * 60,
        )
