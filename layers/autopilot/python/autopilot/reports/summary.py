"""The first screen in words: what happened, was it mitigated, how long it took, what it cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from autopilot.reports.model import Comparison, Fact, Milestones, Outcome, Part, Requests
from autopilot.reports.words import count, duration, plural, ppm, share

_HUNDREDTH_SECONDS: Final = 0.005  #: less than this is not shown

_NOTEWORTHY: Final = 10_000  #: a difference of less than one request in so many is chance


def outcome_of(milestones: Milestones) -> Outcome:
    """A fault that never brought the error rate over the objective harmed nobody."""
    if milestones.fault is None or milestones.time_to_mitigate == 0:
        return Outcome.UNHARMED
    return Outcome.NOT_MITIGATED if milestones.mitigated is None else Outcome.MITIGATED


def headline(
    fault: str,
    milestones: Milestones,
    requests: Requests,
    effects: int,
    comparison: Comparison | None = None,
) -> str:
    """One sentence; `fault` says what went wrong, "" when nothing did.

    A roll-out is measured by what it cost against the better preset: the day without automation is
    then a day without the roll-out, on which less fails whoever carries it out.
    """
    good = _cost(comparison) if comparison else _spared(requests)
    outcome = outcome_of(milestones)
    begin = f"{_capital(fault)}: " if fault else ""
    if outcome is Outcome.UNHARMED:
        said = "clients noticed nothing" if fault else "Nothing went wrong"
        changed = "nothing was changed" if not effects else f"{count(effects)} changes were made"
        return f"{begin}{said}, and {changed}{good if comparison else ''}."
    if milestones.time_to_mitigate is None:
        return f"{begin}not mitigated by the end{good}."
    return f"{begin}mitigated after {duration(milestones.time_to_mitigate)}{good}."


def _capital(fault: str) -> str:
    """The sentence with a capital, unless it begins with a name such as `eu-central-1/direct`."""
    name = fault.partition(" ")[0]
    return fault if "-" in name else fault[:1].upper() + fault[1:]


def _spared(requests: Requests) -> str:
    spared, without = requests.spared, requests.failed_without
    if not without or spared is None or spared <= 0:
        return ""
    return f", and {share(spared, without)} of the requests that would have failed were spared"


def _cost(comparison: Comparison) -> str:
    failed = plural(comparison.caused, "failed request")
    preset = comparison.better_preset
    said = f"; the roll-out cost {failed}"
    if preset is None:
        return said
    return f"{said}, against {count(preset.caused)} by the better preset, {preset.name}"


def facts(
    milestones: Milestones,
    requests: Requests,
    objective_ppm: int,
    seconds: float,
    comparison: Comparison | None = None,
) -> Iterator[Fact]:
    """The numbers that a manager asks for first."""
    yield _time_fact(milestones, objective_ppm, seconds)
    rate = share(requests.failed, requests.total)
    yield Fact("Failed requests", count(requests.failed), f"{rate} of {count(requests.total)}")
    if requests.failed_without is None or requests.total_without is None:
        return
    rate = share(requests.failed_without, requests.total_without)
    left_out = "the roll-out" if comparison else "automation"
    note = f"{rate} of {count(requests.total_without)}, same load and fault"
    yield Fact(f"Without {left_out}", count(requests.failed_without), note)
    yield _cost_fact(comparison) if comparison else _spared_fact(requests)


def _time_fact(milestones: Milestones, objective_ppm: int, seconds: float) -> Fact:
    note = f"from the fault until the error rate stayed under {ppm(objective_ppm)}"
    if milestones.fault is None:
        return Fact("Watched for", duration(seconds), "clients were not harmed")
    if milestones.time_to_mitigate is None:
        after = duration(seconds - milestones.fault)
        return Fact("Time to mitigate", f"over {after}", "not mitigated by the end")
    return Fact("Time to mitigate", duration(milestones.time_to_mitigate), note)


def _spared_fact(requests: Requests) -> Fact:
    spared, without = requests.spared or 0, requests.failed_without or 0
    if abs(spared) * _NOTEWORTHY < requests.total:
        return Fact("Difference", count(abs(spared)), "requests, under 0.01 % of all")
    if spared < 0:
        return Fact("More than without", count(-spared), "requests failed that would not have")
    return Fact("Spared", share(spared, without), f"{count(spared)} requests that did not fail")


def _cost_fact(comparison: Comparison) -> Fact:
    preset = comparison.better_preset
    note = "failed requests beyond the day without it"
    if preset and preset.caused:
        rate = share(comparison.caused, preset.caused)
        note = f"failed requests; {rate} of the {count(preset.caused)} by {preset.name}"
    return Fact("Cost of the roll-out", count(comparison.caused), note)


def arithmetic(parts: Sequence[Part], milestones: Milestones) -> list[Part]:
    """The parts with what is left up to the time to mitigate, so that they add up to it."""
    total = milestones.time_to_mitigate
    if total is None or not parts:
        return list(parts)
    rest = total - sum(part.seconds for part in parts)
    if abs(rest) < _HUNDREDTH_SECONDS:
        return list(parts)
    words = "until the last failures were over"
    if rest < 0:
        words = "the service was calm before the last router had taken the allocation up"
    return [*parts, Part("until calm", rest, words)]
