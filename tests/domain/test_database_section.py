"""The profile's section `failover.database`: what it may hold, and what contradicts the rest."""

from __future__ import annotations

import pytest

from autopilot.domain.profile import Profile
from autopilot.errors import BadInput
from autopilot_lab.drill.profiles import profile_text, with_changes
from autopilot_lab.drill.project import REFERENCE_PROFILE, SCENARIOS

TEXT = profile_text(SCENARIOS / "profiles" / "database.toml")
_CLUSTERS = "failover.database.clusters"
_ARN = "arn:aws:rds:{}:123456789012:cluster:c"


def clusters(*places: tuple[str, str]) -> str:
    """Clusters, each of a region and with an ARN in one."""
    each = (f'{{region = "{region}", arn = "{_ARN.format(lies)}"}}' for region, lies in places)
    return f"{_CLUSTERS} = [{', '.join(each)}]"


def problems(changes: str) -> dict[str, tuple[str, str]]:
    """By key, what is wrong with the profile once it is changed so."""
    with pytest.raises(BadInput) as refused:
        Profile.load(with_changes(TEXT, changes))
    return {each.key: (each.expected, each.got) for each in refused.value.problems}


def test_the_reference_profile_has_no_database() -> None:
    """It is optional, and nothing of it is on by itself."""
    profile = Profile.load(REFERENCE_PROFILE.read_text("utf-8"))
    assert profile.failover is None or profile.failover.database is None


def test_each_region_that_serves_has_one_cluster() -> None:
    """A promotion would else go where nothing else goes."""
    change = clusters(("eu-central-1", "eu-central-1"), ("eu-west-3", "eu-west-3"))
    assert problems(change) == {
        _CLUSTERS: ("one each for eu-central-1 and eu-west-1", "eu-central-1, eu-west-3")
    }


def test_a_cluster_lies_where_it_is_said_to() -> None:
    """By its ARN, two of which are easily exchanged."""
    change = clusters(("eu-central-1", "eu-west-1"), ("eu-west-1", "eu-central-1"))
    assert problems(change) == {
        f"{_CLUSTERS}[0].arn": ("an ARN in eu-central-1", "eu-west-1"),
        f"{_CLUSTERS}[1].arn": ("an ARN in eu-west-1", "eu-central-1"),
    }


def test_no_more_is_given_up_unasked_than_the_objective_allows() -> None:
    """The limit of a database is part of the service's objective."""
    key = "lag_seconds_max"
    change = f"objectives.rpo_minutes = 1\nfailover.database.{key} = 61"
    assert problems(change)[f"failover.database.{key}"] == (
        "at most objectives.rpo_minutes, 60 s",
        "61 s",
    )


def test_the_wait_before_a_database_fits_into_lease_and_plan() -> None:
    """Nothing renews the lease meanwhile."""
    change = "failover.writer_seconds = 60\nfailover.skew_seconds = 1"
    assert problems(f"{change}\nfailover.plan_valid_seconds = 120") == {
        "failover.writer_seconds": (
            "with skew_seconds at most 60, for failover.database",
            "61",
        ),
        "failover.plan_valid_seconds": ("at least 121, for failover.database", "120"),
    }


@pytest.mark.parametrize(
    "change",
    [
        "seconds_max = 59",
        "seconds_max = 1801",
        "lag_seconds_max = 0",
        'identifier = "Upper"',
        "clusters = []",
        "other = 1",
    ],
)
def test_what_is_out_of_bounds_is_refused_by_its_key(change: str) -> None:
    """Before anything is deployed."""
    key = change.partition(" ")[0]
    assert f"failover.database.{key}" in problems(f"failover.database.{change}")
