"""A report as Markdown: for tickets, reviews and pull requests. Pictures become tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from autopilot.domain.allocation import Allocation
from autopilot.reports.model import Effect, Judgement, Peer, PlanMade, RateSample, Report, Run
from autopilot.reports.privacy import without_personal_data
from autopilot.reports.turns import SwitchPlanMade
from autopilot.reports.words import (
    NARROW,
    NO_BREAK,
    count,
    date,
    duration,
    offset,
    part_seconds,
    plural,
    ppm,
    share,
    times,
    utc,
    when,
    words,
)

#: What Markdown or HTML in it would take for markup. Slashes and full stops stay readable.
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_MARKS: Final = {True: "held", False: "**not held**"}


def to_markdown(report: Report) -> str:
    """The whole report; the same report always gives the same text."""
    report = without_personal_data(report)
    parts = (part for section in _SECTIONS for part in section(report))
    text = "\n\n".join(parts) + "\n"
    return text.replace(NARROW, " ").replace(NO_BREAK, " ")


def _plain(text: object) -> str:
    """Text that says itself, on one line: nothing in it is markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def _code(text: str) -> str:
    """A name to copy; what could end the code early is left out."""
    return f"`{' '.join(text.split()).replace('`', '')}`"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _first_screen(report: Report) -> Iterator[str]:
    yield f"# {_plain(report.headline)}"
    yield (
        f"**{report.outcome.value.capitalize()}.** {_plain(report.title)}. "
        f"{_plain(report.service)}, {_plain(report.kind)} of {date(report.started_ms)}, "
        f"{utc(0, report.started_ms)}, {duration(report.seconds)} observed."
    )
    yield _table(
        [_plain(fact.label) for fact in report.facts],
        [[f"**{_plain(fact.value)}**<br>{_plain(fact.note)}" for fact in report.facts]],
    )


def _arithmetic(report: Report) -> Iterator[str]:
    if not report.arithmetic:
        return
    total = sum(part.seconds for part in report.arithmetic)
    rows = [
        [_plain(part.label), part_seconds(part.seconds), _plain(part.meaning)]
        for part in report.arithmetic
    ]
    yield "## Where the time went"
    yield _table(["Part", "Seconds", ""], [*rows, ["**in all**", f"**{part_seconds(total)}**", ""]])


def _comparison(report: Report) -> Iterator[str]:
    compared = report.comparison
    if compared is None:
        return
    own = Peer(compared.own, compared.caused)
    said = any(peer.did for peer in compared.peers)
    yield f"## {compared.heading}"
    yield compared.lead
    yield _table(
        ["Strategy", compared.counted, "Times ours", *(["Rolled back"] if said else [])],
        [
            [
                _plain(peer.name),
                count(peer.caused),
                times(peer.caused, compared.caused),
                *([_plain(peer.did)] if said else []),
            ]
            for peer in (own, *compared.peers)
        ],
    )
    if compared.rates:
        lines = {compared.own: compared.rates.automated}
        lines |= {peer.name: peer.samples for peer in compared.rates.peers}
        yield f"{_plain(compared.rates.caption)}:"
        yield _rate_table(report, lines)


def _rates(report: Report) -> Iterator[str]:
    """The whole view, in a dozen lines."""
    if not report.rates:
        return
    whole = report.rates[-1]
    without = f"Without {report.left_out}"
    yield "## Failed requests"
    yield _rate_table(report, {"With automation": whole.automated, without: whole.unautomated})
    yield f"The objective is under {ppm(report.objective_ppm)}."


def _rate_table(report: Report, lines: Mapping[str, Sequence[RateSample]]) -> str:
    """One column for each line; `_RATE_ROWS` rows at most, which add samples up."""
    first = next(iter(lines.values()))
    size = max(1, -(-len(first) // _RATE_ROWS))
    rows = []
    for at in range(0, len(first), size):
        until = offset(first[at : at + size][-1].end, report.zero)
        rows.append([f"until {until}", *(_rate(each[at : at + size]) for each in lines.values())])
    return _table(["When", *map(_plain, lines)], rows)


def _rate(samples: Sequence[RateSample]) -> str:
    if not samples:
        return "not known"
    return share(sum(s.failures for s in samples), sum(s.requests for s in samples))


_RATE_ROWS: Final = 12


def _allocations(report: Report) -> Iterator[str]:
    if not report.allocations:
        return
    routes = report.allocations[0].held.allocation.routes
    rows = [
        [
            when(report, change.at),
            f"{change.held.epoch}.{change.held.version}",
            *(f"{percent} %" for _, percent in change.held.allocation.shares),
        ]
        for change in report.allocations
    ]
    yield "## Allocation"
    yield _table(["When", "Version", *map(str, routes)], rows)


def _turns(report: Report) -> Iterator[str]:
    if not report.turns:
        return
    yield "## Release"
    yield _table(
        ["When", "Act", "Switch", "Before", "After", "Entry"],
        [
            [
                when(report, turn.at),
                _plain(words(turn.act)),
                _plain(turn.switch),
                _plain(turn.before),
                _plain(turn.after),
                _code(turn.entry),
            ]
            for turn in report.turns
        ],
    )


def _timeline(report: Report) -> Iterator[str]:
    yield "## Timeline"
    lines = []
    for event in report.events:
        detail = f" ({_plain(event.detail)})" if event.detail else ""
        said = f"{_plain(event.title)}{detail}"
        lines.append(f"- **{when(report, event.at)}** {event.kind.value}: {said}")
    yield "\n".join(lines) or "Nothing happened."


def _effects(report: Report) -> Iterator[str]:
    yield "## Effects, each with its ledger entry"
    for effect in report.effects:
        yield _effect(report, effect)
    if not report.effects:
        yield "The allocation was not changed."
    if report.trail:
        said = "the chain holds" if report.trail.verified else f"**{_plain(report.trail.problem)}**"
        entries = plural(report.trail.entries, "exported entry", "exported entries")
        yield f"Trail: {entries} read back, {said}."


def _effect(report: Report, effect: Effect) -> str:
    entry = effect.entry
    lease = f"fence {entry.fence}" if entry.fence else "none needed"
    because = f", because of {_plain(effect.why)}" if effect.why else ""
    by = f"by {_plain(effect.by)}{because}"
    lines = [
        f"**{_plain(words(effect.act))}**, {when(report, effect.at)}, {by}",
        f"- {_shares(effect.before)} → {_shares(effect.after)} ({plural(effect.points, 'point')})",
        f"- entry {_code(entry.id)}, version {entry.epoch}.{entry.version}, lease: {lease}",
        f"- plan digest {_code(entry.digest or 'not kept')}",
    ]
    return "\n".join(lines).replace("\n- ", "\n\n- ", 1)


def _shares(allocation: Allocation) -> str:
    return _code(allocation.compact())


def _refusals(report: Report) -> Iterator[str]:
    yield "## Refused"
    if not report.refusals:
        yield "Nothing was refused."
        return
    yield _table(
        ["When", "Who asked", "For what", "Why not"],
        [
            [when(report, each.at), _plain(each.who), _plain(each.what), _plain(each.reason)]
            for each in report.refusals
        ],
    )


def _plans(report: Report) -> Iterator[str]:
    yield "## Plans"
    if not report.plans and not report.switch_plans:
        yield "No run made a plan."
    for made in report.plans:
        yield from _plan(report, made)
    for planned in report.switch_plans:
        yield from _switch_plan(report, planned)


def _switch_plan(report: Report, made: SwitchPlanMade) -> Iterator[str]:
    plan = made.plan
    yield (
        f"**{words(plan.runbook)}**, {when(report, made.at)}, by {_plain(made.run)}, "
        f"to release {_code(plan.goal)}"
    )
    yield _table(
        ["Step", "Switch", "Before", "After", "For"],
        [
            [str(s.index + 1), _plain(s.switch), _plain(s.before), _plain(s.to), s.span.value]
            for s in plan.steps
        ],
    )
    yield _digest(made)


def _plan(report: Report, made: PlanMade) -> Iterator[str]:
    plan = made.plan
    about = f" of {plan.route}" if plan.route else ""
    yield (
        f"**{words(plan.kind.value)}{about}**, {when(report, made.at)}, by {_plain(made.run)}, "
        f"for version {plan.base_epoch}.{plan.base_version}"
    )
    yield _table(
        ["Step", "Allocation", "Bakes for", "Reason"],
        [
            ["before", _shares(plan.before), "", f"undo: {_shares(plan.undo)}"],
            *(
                [str(s.index + 1), _shares(s.target), duration(s.bake_seconds), _plain(s.reason)]
                for s in plan.steps
            ),
        ],
    )
    yield _digest(made)


def _digest(made: PlanMade | SwitchPlanMade) -> str:
    same = "recomputed, the same" if made.digest_holds else "**recomputed, another**"
    return f"Digest {_code(made.digest)} ({same})."


def _judgements(report: Report) -> Iterator[str]:
    yield "## Verdicts and their evidence"
    if not report.judgements:
        yield "No run judged anything."
    for judged in report.judgements:
        yield from _judgement(report, judged)


def _judgement(report: Report, judged: Judgement) -> Iterator[str]:
    said = f"{_plain(words(judged.decision))}. {_plain(judged.summary)}"
    yield f"**{when(report, judged.at)}** {said}"
    rows = [
        [
            _plain(seen.route),
            seen.verdict.state.value,
            f"{count(seen.verdict.failures)} of {count(seen.verdict.requests)}",
            f"{ppm(seen.verdict.lower_ppm)} to {ppm(seen.verdict.upper_ppm)}",
        ]
        for seen in judged.verdicts
    ]
    if rows:
        yield _table(["Route", "Verdict", "Failed", "Surely between"], rows)


def _runs(report: Report) -> Iterator[str]:
    yield "## Runs"
    for run in report.runs:
        yield _run(report, run)
    if not report.runs:
        yield "No run did more than look."
    for fact in report.routine:
        yield f"{_plain(fact.label)}: {_plain(fact.value)}, {_plain(fact.note)}."


def _run(report: Report, run: Run) -> str:
    until = f" to {when(report, run.ended)}" if run.ended is not None else ""
    way = " → ".join(_plain(visit.state) for visit in run.visits)
    return (
        f"**{_plain(words(run.runbook))}** in {_plain(run.region)}, {_code(run.name)}, "
        f"{when(report, run.started)}{until}: {_plain(words(run.ending))}. {_plain(run.detail)}\n\n"
        f"Way taken: {way or 'none'}."
    )


def _pages(report: Report) -> Iterator[str]:
    if report.pages:
        yield "## Who was told what"
    for page in report.pages:
        said = f"{_plain(page.subject)}: {_plain(page.text)}"
        yield f"- **{when(report, page.at)}** through {_plain(page.region)}: {said}"


def _expectations(report: Report) -> Iterator[str]:
    if not report.expectations:
        return
    yield "## What was expected"
    rows = [[_MARKS[e.held], _plain(e.sentence), _plain(e.seen)] for e in report.expectations]
    yield _table(["", "Expected", "Seen"], rows)


def _source(report: Report) -> Iterator[str]:
    for fact in report.source:
        note = f" ({_plain(fact.note)})" if fact.note else ""
        yield f"{_plain(fact.label)}: {_plain(fact.value)}{note}"


_SECTIONS: Final[tuple[Callable[[Report], Iterator[str]], ...]] = (
    _first_screen,
    _comparison,
    _arithmetic,
    _rates,
    _allocations,
    _turns,
    _timeline,
    _effects,
    _refusals,
    _plans,
    _judgements,
    _runs,
    _pages,
    _expectations,
    _source,
)
