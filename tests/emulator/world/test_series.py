"""The series answers when the error rate went under the objective and stayed there."""

from __future__ import annotations

from autopilot_lab.emulator.world.series import Series

OBJECTIVE_PPM = 1000


def series(*stretches: tuple[int, int]) -> Series:
    """Stretches of (seconds, failures in each second), at 1000 requests per second."""
    built = Series()
    for seconds, failures in stretches:
        for _ in range(seconds):
            built.count(1000, failures)
    return built


def mitigated(built: Series, after: int) -> int | None:
    """The mitigated second under an objective of 0.1 %."""
    return built.mitigated_second(after_seconds=after, objective_ppm=OBJECTIVE_PPM)


def test_mitigated_is_the_first_second_without_failures() -> None:
    """The failing minute before it does not count any more."""
    assert mitigated(series((100, 0), (60, 300), (400, 0)), 100) == 160


def test_failing_again_within_five_minutes_starts_over() -> None:
    """A short calm is not a mitigation."""
    assert mitigated(series((10, 300), (200, 0), (10, 300), (400, 0)), 0) == 220


def test_a_burst_that_falls_between_two_minutes_is_seen() -> None:
    """Twenty bad seconds are over the objective in some minute, wherever minutes begin.

    From second 59 on, fewer than twelve of them are left in a minute: less than the objective.
    """
    assert mitigated(series((50, 0), (20, 5), (400, 0)), 0) == 59


def test_a_run_that_ends_too_early_proves_nothing() -> None:
    """299 calm seconds are not five minutes."""
    assert mitigated(series((10, 300), (299, 0)), 0) is None


def test_an_error_rate_at_the_objective_is_not_under_it() -> None:
    """Under means under."""
    assert mitigated(series((10, 300), (400, 1)), 0) is None


def test_counts_between_two_seconds_are_cut_at_the_ends() -> None:
    """A window that reaches past what was counted gives what there is."""
    assert series((10, 1)).between(8, 100) == (2000, 2)
    assert series((10, 1)).between(-5, 3) == (3000, 3)
