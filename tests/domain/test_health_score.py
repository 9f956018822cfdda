"""The health score: arithmetic that a person can check, and no points for what nobody saw."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autopilot.domain.health_score import Finding, score, standing, worst_first
from autopilot.domain.severity import Severity
from autopilot.domain.verdict import State

WEIGHTS = {"service": 50, "burn": 30, "queues": 20, "idle": 0}
states = st.sampled_from(State)
findings = st.lists(
    st.builds(
        Finding,
        check=st.sampled_from(sorted(WEIGHTS)),
        subject=st.sampled_from(["a", "b"]),
        state=states,
        said=st.just(""),
        severity=st.sampled_from(Severity),
    )
)


def finding(check: str, state: State, severity: Severity = Severity.P3) -> Finding:
    """One finding."""
    return Finding(check, "x", state, "said", severity)


def test_the_arithmetic_is_shown() -> None:
    """Each check with what it got and could get, what is unknown, and the division."""
    total = score(
        [
            finding("service", State.HEALTHY),
            finding("burn", State.UNHEALTHY),
            finding("queues", State.UNKNOWN),
        ],
        WEIGHTS,
    )
    assert total.value == 50
    assert total.arithmetic == (
        "burn 0/30 + queues ?/20 + service 50/50 = 50 of 100, 20 of them unknown; "
        "100 x 50 / 100 = 50"
    )


def test_a_check_is_as_well_as_its_worst_finding() -> None:
    """One full queue is not made good by an empty one."""
    both = [finding("queues", State.HEALTHY), finding("queues", State.UNHEALTHY)]
    assert score(both, WEIGHTS).value == 0
    assert score(both[:1], WEIGHTS).value == 100


def test_nothing_seen_is_nothing() -> None:
    """No finding and no weight: no score out of thin air."""
    assert score([], WEIGHTS).value == 0
    assert score([finding("idle", State.HEALTHY)], WEIGHTS).value == 0


@given(findings)
def test_unknown_never_counts_as_healthy(found: list[Finding]) -> None:
    """Had the unknown been unhealthy, the score would be the same."""
    worse = [
        Finding(f.check, f.subject, State.UNHEALTHY, f.said) if f.state is State.UNKNOWN else f
        for f in found
    ]
    assert score(found, WEIGHTS).value == score(worse, WEIGHTS).value <= 100


@given(findings)
def test_the_worst_comes_first(found: list[Finding]) -> None:
    """Unhealthy, unknown, healthy; within each the more urgent first."""
    order = [State.UNHEALTHY, State.UNKNOWN, State.HEALTHY]
    keys = [(order.index(f.state), f.severity.value) for f in worst_first(found)]
    assert keys == sorted(keys)


@given(findings)
def test_a_finding_survives_being_written_down(found: list[Finding]) -> None:
    """What the next step of the machine reads is what the first one found."""
    assert [Finding.of(one.to_dict()) for one in found] == found


def test_the_service_is_as_urgent_as_its_worst_finding() -> None:
    """Any unhealthy finding makes it so; the most urgent one says how loud."""
    found = [
        finding("service", State.HEALTHY),
        finding("queues", State.UNHEALTHY, Severity.P2),
        finding("burn", State.UNHEALTHY, Severity.P1),
    ]
    assert standing(found, ["service"]) == (State.UNHEALTHY, Severity.P1)


def test_without_its_verdict_the_service_is_not_healthy() -> None:
    """Other checks that are well do not stand in for the essential one."""
    others = [finding("queues", State.HEALTHY), finding("burn", State.UNKNOWN)]
    assert standing(others, ["service"])[0] is State.UNKNOWN
    assert standing([*others, finding("service", State.HEALTHY)], ["service"])[0] is State.HEALTHY
