"""Which routes may take traffic: the lowest ceiling binds, and none is ever raised."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autopilot.domain.allocation import Route
from autopilot.domain.fitness import Ceiling, fit_targets

A, B = Route("eu-central-1", "direct"), Route("eu-west-1", "direct")
PROVEN = {A: 100, B: 40}
ceilings = st.lists(
    st.dictionaries(st.sampled_from([A, B]), st.builds(Ceiling, st.integers(0, 100), st.just("")))
)


@given(ceilings)
def test_a_ceiling_only_lowers(found: list[dict[Route, Ceiling]]) -> None:
    """What is fit is within what is proven, and within every ceiling."""
    fit = fit_targets(PROVEN, found)
    assert fit.keys() == PROVEN.keys()
    for route, percent in fit.items():
        said = [each[route].percent for each in found if route in each]
        assert percent == min([PROVEN[route], *said])


def test_a_route_that_no_longer_exists_is_ignored() -> None:
    """A record may be older than the profile."""
    gone = Route("eu-west-3", "direct")
    assert fit_targets(PROVEN, [{gone: Ceiling(0, "")}]) == PROVEN
