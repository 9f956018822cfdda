"""What is known of the account, and the peak that quotas must carry."""

from __future__ import annotations

import pytest

from autopilot.domain.inventory import ANY_REGION, Minute, Peak, ProfileFacts, Use, together

_QUIET = Minute(requests=10, input_tokens=1_000, output_tokens=100)
_BUSY = Minute(requests=60, input_tokens=6_000, output_tokens=600)


def use(*minutes: Minute, latency_ms: float | None = None) -> Use:
    """Minutes of use without throttles."""
    return Use(minutes, throttled=None, invoked=None, latency_ms=latency_ms)


def test_the_busiest_minute_counts_with_output_burnt_down() -> None:
    """One token of output takes five of quota; the day is all minutes together."""
    peak = Peak.of(use(_QUIET, _BUSY, _QUIET), burndown=5, output_tokens_max=None)
    assert peak == Peak(requests=60, tokens=6_000 + 5 * 600, day_tokens=9_000 + 2 * 1_500)


def test_what_runs_at_once_is_reserved_in_full() -> None:
    """60 a minute that take 2 s each are 2 at once: both reserve all that they may write."""
    peak = Peak.of(use(_BUSY, latency_ms=2_000), burndown=5, output_tokens_max=512)
    assert peak.tokens == 9_000 + 2 * 512
    assert peak.day_tokens == 9_000


def test_the_estimate_counts_where_it_is_higher() -> None:
    """Cache writes are in the estimate of CloudWatch, and not in the tokens of input."""
    minute = Minute(requests=1, input_tokens=10, output_tokens=1, estimated_tokens=500)
    assert Peak.of(use(minute), burndown=5, output_tokens_max=None).tokens == 500


def test_no_metric_is_no_peak_of_zero() -> None:
    """That nothing was seen is said, and kept by the record's form."""
    peak = Peak.of(use(), burndown=5, output_tokens_max=512)
    assert not peak.has_metrics
    assert Peak.read(peak.to_item()) == peak


def test_a_day_is_its_last_minutes() -> None:
    """Of a window of two days only the last one is compared with the quota of a day."""
    minutes = [_BUSY] * 1_440 + [_QUIET] * 1_440
    assert Peak.of(use(*minutes), burndown=1, output_tokens_max=None).day_tokens == 1_440 * 1_100


def test_two_regions_are_added_minute_by_minute() -> None:
    """What moved from one to the other is there once; and the worse latency counts."""
    moved = [Minute(60, 6_000, 600, at_ms=at) for at in (0, 60_000)]
    before, after = use(moved[0], latency_ms=900.0), use(moved[1], latency_ms=400.0)
    both = together(before, after)
    assert (both.minutes, both.latency_ms) == ((moved[0], moved[1]), 900.0)
    assert Peak.of(both, burndown=5, output_tokens_max=None).requests == 60


def test_the_same_minute_of_two_regions_is_their_sum() -> None:
    """Both were busy at once, so that one region would have had to carry both."""
    both = together(use(_BUSY), use(_QUIET))
    assert both.minutes == (Minute(requests=70, input_tokens=7_000, output_tokens=700),)
    assert (both.throttled, both.invoked) == (None, None)


def test_peaks_can_be_added_and_compared() -> None:
    """Count by count; what nobody saw in one of them is seen in the other."""
    small, none = Peak(9, 900, 90_000), Peak(10, 0, 0, has_metrics=False)
    assert small.plus(none) == Peak(19, 900, 90_000)
    assert small.at_least(none) == Peak(10, 900, 90_000)


@pytest.mark.parametrize(
    "arns, destinations",
    [
        (
            (
                "arn:aws:bedrock:eu-west-1::foundation-model/m",
                "arn:aws:bedrock:eu-central-1::foundation-model/m",
            ),
            ("eu-central-1", "eu-west-1"),
        ),
        (("arn:aws:bedrock:::foundation-model/m",), (ANY_REGION,)),
    ],
    ids=["geographic", "global"],
)
def test_destinations_are_the_regions_of_the_models(
    arns: tuple[str, ...], destinations: tuple[str, ...]
) -> None:
    """An ARN without a region is any region: nothing is known to be left out."""
    assert ProfileFacts("arn", "ACTIVE", arns).destinations == destinations
