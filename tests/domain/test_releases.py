"""The register of releases: what counts as good, and what a rollback goes back to."""

from __future__ import annotations

from autopilot.domain.releases import (
    RELEASES_MAX,
    Register,
    Release,
    judged_bad,
    last_good,
    looked,
    release_suspect,
)
from autopilot.domain.verdict import State

MINUTE_MS = 60_000
LOOK_MS = 5 * MINUTE_MS
GOOD_MS_MIN = 30 * MINUTE_MS
FIRST, SECOND, THIRD = (Release({"home/alias": each, "home/flag": "off"}) for each in "123")


def served(*stretches: tuple[Release, int, State]) -> Register:
    """A register after so many looks at each release, five minutes apart."""
    register, now_ms = Register(), 0
    for release, looks, state in stretches:
        for _ in range(looks):
            now_ms += LOOK_MS
            register = looked(register, release, state, now_ms, look_ms_max=2 * LOOK_MS)
    return register


def good(register: Register, present: Release) -> str:
    """The alias that a rollback would go back to."""
    found = last_good(register, present, GOOD_MS_MIN)
    return found.release.switches["home/alias"] if found else ""


def test_the_release_that_served_well_last_is_the_good_one() -> None:
    """Newest by when it served, not by its number."""
    register = served((FIRST, 9, State.HEALTHY), (SECOND, 9, State.HEALTHY))
    assert good(register, THIRD) == "2"
    assert good(register, SECOND) == "1"


def test_a_release_that_served_too_briefly_is_not_known_to_be_good() -> None:
    """Seven looks are six stretches of five minutes; the first proves nothing."""
    assert good(served((FIRST, 7, State.HEALTHY)), THIRD) == "1"
    assert good(served((FIRST, 6, State.HEALTHY)), THIRD) == ""


def test_time_that_nobody_watched_proves_nothing() -> None:
    """A day between two looks counts for two looks at most."""
    once = looked(Register(), FIRST, State.HEALTHY, 0, look_ms_max=2 * LOOK_MS)
    late = looked(once, FIRST, State.HEALTHY, 86_400_000, look_ms_max=2 * LOOK_MS)
    assert late.served[FIRST.id].healthy_ms == 2 * LOOK_MS


def test_unknown_is_not_healthy() -> None:
    """However long it lasts."""
    assert good(served((FIRST, 50, State.UNKNOWN)), THIRD) == ""


def test_an_unhealthy_release_is_never_gone_back_to() -> None:
    """Unless it was one look among many: a regional fault is not a bad release."""
    bad = served((FIRST, 9, State.HEALTHY), (FIRST, 3, State.UNHEALTHY))
    once = served((FIRST, 20, State.HEALTHY), (FIRST, 1, State.UNHEALTHY))
    assert good(bad, THIRD) == ""
    assert good(once, THIRD) == "1"


def test_a_release_that_was_judged_bad_stays_bad() -> None:
    """Looks that find it healthy later do not wash it clean."""
    register = served((FIRST, 9, State.HEALTHY), (SECOND, 9, State.HEALTHY))
    marked = Register.of(
        {**register.to_fields(), "bad": judged_bad(register, SECOND.id, "rolled back")}
    )
    later = looked(marked, SECOND, State.HEALTHY, 10**9, look_ms_max=LOOK_MS)
    assert good(later, THIRD) == "1"


def test_a_mixture_of_two_versions_has_no_verdict_of_its_own() -> None:
    """While an alias has weights, health is that of two releases at once."""
    mixture = Release({"home/alias": "1+2@0.1", "home/flag": "off"})
    assert good(served((mixture, 9, State.HEALTHY)), THIRD) == ""


def test_a_release_with_other_switches_cannot_be_put_back() -> None:
    """A setting that was added since has no value in it."""
    older = Release({"home/alias": "1"})
    assert good(served((older, 9, State.HEALTHY)), THIRD) == ""


def test_the_register_forgets_what_served_longest_ago() -> None:
    """It is one item: bounded."""
    many = [Release({"home/alias": str(number)}) for number in range(RELEASES_MAX + 3)]
    register = served(*((each, 1, State.HEALTHY) for each in many))
    assert len(register.served) == RELEASES_MAX
    assert many[0].id not in register.served
    assert many[-1].id in register.served


def test_a_register_is_read_back_as_it_was_written() -> None:
    """To plain JSON and back."""
    register = served((FIRST, 2, State.HEALTHY), (SECOND, 1, State.UNKNOWN))
    assert Register.of(register.to_fields()) == register
    assert Register.of(None) == Register()


def test_a_change_that_precedes_the_fault_is_suspect() -> None:
    """Within the minutes that count, and not when it is older."""
    register = served((FIRST, 9, State.HEALTHY), (SECOND, 1, State.HEALTHY))
    seen_ms = register.since_ms
    near, far = seen_ms + 10 * MINUTE_MS, seen_ms + 90 * MINUTE_MS
    assert release_suspect(register, SECOND, near, within_minutes=30)
    assert not release_suspect(register, SECOND, far, within_minutes=30)


def test_a_change_that_no_look_has_seen_yet_is_suspect() -> None:
    """It is newer than the last look."""
    register = served((FIRST, 9, State.HEALTHY))
    fault_ms = register.looked_ms + 4 * MINUTE_MS
    assert release_suspect(register, SECOND, fault_ms, within_minutes=30)


def test_without_any_change_no_release_is_suspect() -> None:
    """The first release that was ever seen did not follow another."""
    register = served((FIRST, 9, State.HEALTHY))
    assert not release_suspect(register, FIRST, register.since_ms, within_minutes=30)
    assert not release_suspect(Register(), FIRST, 0, within_minutes=30)
