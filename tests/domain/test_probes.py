"""From the outcome of single probes to what is said of a region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopilot.domain.probes import (
    Outcome,
    ProbeObservation,
    ProbeResult,
    ProbeRules,
    TargetState,
    Track,
    dark_vantages,
    observer_suspect,
    region_verdict,
    resumed,
)
from autopilot.domain.verdict import State
from autopilot.errors import BadInput

RULES: Final = ProbeRules(failures=6, interval_seconds=10)
START_MS: Final = 1_790_000_000_000
NOW_MS: Final = START_MS + 600_000
FRESH_SECONDS: Final = 150
GOOD: Final = ProbeResult(Outcome.GOOD)
FAILED: Final = ProbeResult(Outcome.FAILED, "answered 503")
REFUSED: Final = ProbeResult(Outcome.REFUSED, "resolves to 10.0.0.1, which is not public")
HOME, STANDBY, OBSERVER = "eu-central-1", "eu-west-1", "eu-west-3"
WELL: Final = TargetState(State.HEALTHY, 0, 6, START_MS, "0 of 6 probes failed")
DEAD: Final = TargetState(State.UNHEALTHY, 6, 6, START_MS, "6 of 6 probes failed: answered 503")
UNKNOWN: Final = TargetState(State.UNKNOWN, 3, 6, START_MS, "3 of 6 probes failed: answered 503")


def followed(
    results: Sequence[ProbeResult], *, track: Track | None = None, first_ms: int = START_MS
) -> Track:
    """The track after these probes, one every ten seconds."""
    track = track or Track()
    for number, result in enumerate(results):
        track = track.after(result, first_ms + number * 10_000, RULES)
    return track


def of_letters(letters: str) -> list[ProbeResult]:
    """`g` is a good probe, `f` a failed one."""
    return [GOOD if letter == "g" else FAILED for letter in letters]


@pytest.mark.parametrize(
    "letters, state",
    [
        ("", State.UNKNOWN),
        ("ggggg", State.UNKNOWN),
        ("gggggg", State.HEALTHY),
        ("fffff", State.UNKNOWN),
        ("ffffff", State.UNHEALTHY),
        ("fgfgfgfg", State.UNKNOWN),
        ("ggggggf", State.HEALTHY),
        ("ggggggff", State.HEALTHY),
        ("ggggggfff", State.UNKNOWN),
        ("ggggggfffff", State.UNKNOWN),
        ("ggggggffffff", State.UNHEALTHY),
        ("ggggggfffggg", State.UNKNOWN),
        ("ggggggfffgggggg", State.HEALTHY),
        ("ffffffg", State.UNKNOWN),
        ("ffffffgggggg", State.HEALTHY),
        ("ffffffgffffff", State.UNHEALTHY),
    ],
)  # fmt: skip
def test_six_probes_in_a_row_decide_and_a_healthy_target_has_some_patience(
    letters: str, state: State
) -> None:
    """A lost packet is no news; one good answer ends a verdict that would move traffic."""
    assert followed(of_letters(letters)).known.state is state


@given(st.text("gf", max_size=40))
def test_no_verdict_contradicts_the_last_six_probes(letters: str) -> None:
    """Unhealthy is six failures and nothing else; healthy never has half of them failing."""
    known = followed(of_letters(letters)).known
    last = letters[-6:]

    assert (known.state is State.UNHEALTHY) == (last == "ffffff")
    assert known.state is not State.HEALTHY or last.count("f") < 3
    assert (known.failed, known.sent) == (last.count("f"), len(last))


def test_a_state_says_since_when_it_holds_and_why() -> None:
    """The instant of the probe that decided, and the words of the newest failure."""
    known = followed(of_letters("ggggggffffffff")).known

    assert known.since_ms == START_MS + 11 * 10_000
    assert known.reason == "6 of 6 probes failed: answered 503"


def test_a_good_probe_keeps_the_words_of_the_failures_that_still_count() -> None:
    """And drops them with the last of these."""
    track = followed(of_letters("fgg"))
    assert track.known.reason == "1 of 3 probes failed: answered 503"
    assert followed(of_letters("gggggg"), track=track).known.reason == "0 of 6 probes failed"


def test_a_probe_that_our_rules_forbid_says_nothing_of_its_target() -> None:
    """A name that leads into a private network is no outage, and what came before is forgotten."""
    known = followed([*of_letters("ffffff"), REFUSED]).known

    assert (known.state, known.sent) == (State.UNKNOWN, 0)
    assert known.reason == REFUSED.reason
    assert followed([*of_letters("fffff"), REFUSED, FAILED]).known.state is State.UNKNOWN


def test_after_a_gap_everything_is_counted_anew() -> None:
    """Five failures before a silence and one after it are not six in a row."""
    track = followed(of_letters("fffff"))
    late = track.after(FAILED, track.newest_ms + RULES.window_ms + 1, RULES)

    assert (late.known.state, late.known.sent) == (State.UNKNOWN, 1)


def test_a_record_reads_back_as_it_was_written() -> None:
    """Also as DynamoDB gives it, with members in another order."""
    observation = ProbeObservation({HOME: DEAD, STANDBY: WELL}, UNKNOWN, NOW_MS)
    record = {"service": "s", "record": "probes/eu-west-3", **observation.to_record()}

    assert ProbeObservation.from_record(dict(reversed(record.items()))) == observation


@pytest.mark.parametrize(
    "change, key",
    [
        ({"observed_ms": "now"}, "observed_ms"),
        ({"targets": {}}, "targets"),
        ({"targets": None}, "targets"),
        ({"targets": {HOME: {**WELL.to_record(), "state": "fine"}}}, "targets.eu-central-1.state"),
        ({"control": {**WELL.to_record(), "failed": -1}}, "control.failed"),
        ({"control": "answers"}, "control"),
    ],
)
def test_a_record_that_is_wrong_is_refused_with_the_field_named(
    change: dict[str, Any], key: str
) -> None:
    """What cannot be read must not pass for a healthy region."""
    record = ProbeObservation({HOME: WELL}, WELL, NOW_MS).to_record() | change

    with pytest.raises(BadInput) as refused:
        ProbeObservation.from_record(record)
    assert key in {problem.key for problem in refused.value.problems}


@pytest.mark.parametrize("letters, state", [("ffffff", "unhealthy"), ("gggggg", "healthy")])
def test_after_a_cold_start_the_count_goes_on(letters: str, state: str) -> None:
    """A new process neither forgets a verdict nor needs a minute to reach it again."""
    known = followed(of_letters(letters)).known
    record = ProbeObservation({HOME: known}, known, START_MS + 50_000)

    tracks = resumed(record, START_MS + 60_000, RULES)
    going_on = followed(of_letters(letters[0]), track=tracks[HOME], first_ms=START_MS + 60_000)

    assert going_on.known.state == state
    assert going_on.known.since_ms == known.since_ms


def test_after_a_cold_start_an_old_record_counts_for_nothing() -> None:
    """Nor does one of the future, which a wrong clock wrote."""
    record = ProbeObservation({HOME: DEAD}, WELL, START_MS)

    assert resumed(record, START_MS + RULES.window_ms + 1, RULES) == {}
    assert resumed(record, START_MS - 1, RULES) == {}


def seen(home: TargetState, standby: TargetState, control: TargetState = WELL) -> ProbeObservation:
    """What a vantage saw a minute ago."""
    return ProbeObservation({HOME: home, STANDBY: standby}, control, NOW_MS - 60_000)


def judged(region: str = HOME, **observations: ProbeObservation) -> tuple[State, tuple[str, ...]]:
    """State and vantages of the verdict on a region."""
    names = {"home": HOME, "standby": STANDBY, "observer": OBSERVER}
    by_vantage = {names[role]: each for role, each in observations.items()}
    verdict = region_verdict(by_vantage, region, NOW_MS, FRESH_SECONDS)
    assert verdict.reason
    return verdict.state, verdict.vantages


def test_two_vantages_make_a_region_unhealthy_whatever_it_thinks_of_itself() -> None:
    """From inside, a region that nobody reaches may well look healthy."""
    outside = seen(DEAD, WELL)

    assert judged(home=seen(WELL, WELL), standby=outside, observer=outside) == (
        State.UNHEALTHY,
        (STANDBY, OBSERVER),
    )


def test_two_vantages_make_a_region_healthy_if_none_objects() -> None:
    """One that cannot tell does not object; one that sees it dead does."""
    assert judged(standby=seen(WELL, WELL), observer=seen(WELL, WELL))[0] is State.HEALTHY
    assert judged(
        home=seen(WELL, WELL), standby=seen(UNKNOWN, WELL), observer=seen(WELL, WELL)
    ) == (
        State.HEALTHY,
        (HOME, OBSERVER),
    )
    objecting = judged(home=seen(WELL, WELL), standby=seen(WELL, WELL), observer=seen(DEAD, WELL))
    assert objecting[0] is State.UNKNOWN


@pytest.mark.parametrize("said", [WELL, DEAD])
def test_one_vantage_alone_proves_nothing(said: TargetState) -> None:
    """Neither health nor the lack of it."""
    assert judged(standby=seen(said, WELL))[0] is State.UNKNOWN


@pytest.mark.parametrize(
    "doubtful",
    [
        replace(seen(DEAD, WELL), observed_ms=NOW_MS - FRESH_SECONDS * 1000 - 1),
        replace(seen(DEAD, WELL), observed_ms=NOW_MS + FRESH_SECONDS * 1000 + 1),
        seen(DEAD, WELL, control=DEAD),
        seen(DEAD, WELL, control=UNKNOWN),
        seen(DEAD, DEAD),
        ProbeObservation({STANDBY: WELL}, WELL, NOW_MS),
    ],
    ids=["stale", "of the future", "control dead", "control unknown", "all dead", "not looked at"],
)
def test_a_vantage_that_cannot_be_believed_does_not_count(doubtful: ProbeObservation) -> None:
    """One other that says the same is then one alone."""
    assert judged(standby=seen(DEAD, WELL), observer=doubtful)[0] is State.UNKNOWN


def test_a_region_is_not_lost_because_nobody_looked() -> None:
    """No observation at all is unknown."""
    assert judged() == (State.UNKNOWN, ())


def test_suspects_are_named_with_the_reason() -> None:
    """A dead control target, or all regions at once; an old observation accuses nobody."""
    observations = {
        HOME: seen(DEAD, WELL),
        STANDBY: seen(DEAD, DEAD),
        OBSERVER: seen(WELL, WELL, control=DEAD),
        "eu-west-2": replace(seen(DEAD, DEAD), observed_ms=0),
    }

    suspects = observer_suspect(observations, NOW_MS, FRESH_SECONDS)

    assert suspects.keys() == {STANDBY, OBSERVER}
    assert "every region" in suspects[STANDBY]
    assert "control target" in suspects[OBSERVER]


def test_all_is_dark_only_to_everybody_who_looked() -> None:
    """One that sees a region, or did not look of late, and none that looked: not dark."""
    dark, stale = seen(DEAD, DEAD), replace(seen(WELL, WELL), observed_ms=0)
    for observations, expected in (
        ({HOME: dark, STANDBY: dark}, (HOME, STANDBY)),
        ({HOME: dark, STANDBY: stale}, (HOME,)),
        ({HOME: dark, STANDBY: seen(DEAD, WELL)}, ()),
        ({HOME: stale}, ()),
        ({HOME: seen(WELL, WELL, control=DEAD)}, ()),
    ):
        assert dark_vantages(observations, NOW_MS, FRESH_SECONDS) == expected


@given(st.dictionaries(st.sampled_from([HOME, STANDBY, OBSERVER]), st.builds(
    seen,
    st.sampled_from([WELL, DEAD, UNKNOWN]),
    st.sampled_from([WELL, DEAD, UNKNOWN]),
    st.sampled_from([WELL, DEAD, UNKNOWN]),
)))  # fmt: skip
def test_unhealthy_always_rests_on_two_that_see_the_control_target(
    observations: dict[str, ProbeObservation],
) -> None:
    """Whatever the vantages say, and never for every region of one of them."""
    verdict = region_verdict(observations, HOME, NOW_MS, FRESH_SECONDS)
    if verdict.state is State.UNHEALTHY:
        assert len(verdict.vantages) >= 2
        for vantage in verdict.vantages:
            assert observations[vantage].control.state is State.HEALTHY
            assert observations[vantage].targets[STANDBY].state is not State.UNHEALTHY
