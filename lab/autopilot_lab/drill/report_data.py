"""What a drill left behind, as a report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import yaml

from autopilot.domain.allocation import Allocation
from autopilot.domain.profile import Profile
from autopilot.reports import execution, model, summary, words
from autopilot.reports.machine import machine_of
from autopilot.reports.turns import SwitchTurn
from autopilot_lab.drill.events.event import Fault
from autopilot_lab.drill.events.operators import EngageLever, Resume
from autopilot_lab.drill.events.releases import NewRelease
from autopilot_lab.drill.evidence import AlarmChange, Effect, Evidence, ReflexParts, Run, Turned
from autopilot_lab.drill.project import ROOT
from autopilot_lab.drill.report_rates import comparison_of, rates_of
from autopilot_lab.drill.result import DrillResult
from autopilot_lab.drill.runner import START
from autopilot_lab.drill.scenario import Scenario
from autopilot_lab.drill.storms import SHOWN, STORM_FROM, together
from autopilot_lab.drill.story import ROUTINE

STARTED_MS: Final = round(START * 1000)
_REFUSED: Final = "refused: "

_PARTS: Final = {
    "metric_period": ("first bad period", "until the routers' first bad ten seconds were over"),
    "evaluation": ("further periods", "until as many bad periods were over as the alarm wants"),
    "ingestion": ("alarm", "until the alarm had seen them and went off"),
    "start": ("function", "until the function that contains made its call"),
    "write": ("ledger", "until the one conditional write was applied"),
    "router_poll": ("routers", "until the last router had read the new allocation"),
}


def report_of(result: DrillResult, profile: Profile) -> model.Report:
    """The report of a drill that was played on `profile`."""
    evidence, scenario = result.evidence, result.scenario
    stones = _milestones(evidence)
    requests = _requests(evidence)
    compared = comparison_of(evidence, scenario.compare)
    rolled_out = compared if compared and compared.of_roll_out else None
    passages = {run.name: execution.read_history(run.history, STARTED_MS) for run in evidence.runs}
    notable = [run for run in evidence.runs if _notable(run, passages[run.name])]
    judged = [j for run in notable for j in execution.judgements(run.name, passages[run.name])]
    refusals = [*_refused_operators(evidence), *_refused_contains(evidence)]
    refusals += [r for run in notable for r in execution.refusals(run.name, passages[run.name])]
    return model.Report(
        title=scenario.title,
        kind="drill",
        service=profile.service.name,
        headline=summary.headline(
            _fault(scenario),
            stones,
            requests,
            len(evidence.effects) + len(evidence.turned),
            rolled_out,
        ),
        outcome=summary.outcome_of(stones),
        started_ms=STARTED_MS,
        seconds=evidence.seconds,
        milestones=stones,
        requests=requests,
        objective_ppm=evidence.objective_ppm,
        thresholds=profile.thresholds,
        facts=[
            *summary.facts(stones, requests, evidence.objective_ppm, evidence.seconds, rolled_out)
        ],
        comparison=compared,
        arithmetic=summary.arithmetic(_parts(evidence.reflex.parts), stones),
        rates=[*rates_of(evidence, stones)],
        allocations=_allocations(evidence),
        events=_events(evidence, notable, judged, refusals),
        plans=[p for run in notable for p in execution.plans(run.name, passages[run.name])],
        switch_plans=[
            p for run in notable for p in execution.switch_plans(run.name, passages[run.name])
        ],
        effects=[_effect(effect) for effect in evidence.effects],
        turns=[_turn(turn) for turn in evidence.turned],
        refusals=sorted(refusals, key=lambda refusal: refusal.at),
        judgements=judged,
        runs=[_run(run, passages[run.name]) for run in notable],
        routine=[*_routine(evidence.runs, notable)],
        pages=_pages(evidence),
        expectations=[
            model.Expectation(c.name, c.finding.held, c.finding.detail) for c in result.checked
        ],
        trail=model.Trail(evidence.trail.entries, evidence.trail.verified, evidence.trail.problem),
        people=_people(scenario),
        source=_source(result),
    )


def _milestones(evidence: Evidence) -> model.Milestones:
    effect = evidence.first_effect
    return model.Milestones(
        fault=evidence.fault_at,
        alarm=evidence.alarm_at,
        first_effect=effect.at if effect else None,
        mitigated=evidence.mitigated_at,
    )


def _requests(evidence: Evidence) -> model.Requests:
    seen, other = evidence.series, evidence.unautomated
    return model.Requests(seen.requests, seen.failures, other.requests, other.failures)


def _fault(scenario: Scenario) -> str:
    faults: list[Fault | NewRelease] = [e for e in scenario.timeline if isinstance(e, Fault)]
    faults += [release for release in scenario.releases if release.bad_percent]
    return min(faults, key=lambda event: event.at).sentence() if faults else ""


def _parts(parts: ReflexParts | None) -> list[model.Part]:
    if parts is None:
        return []
    return [
        model.Part(label, getattr(parts, name), meaning)
        for name, (label, meaning) in _PARTS.items()
    ]


def _people(scenario: Scenario) -> list[str]:
    """Those that the scenario names; "operator" is a role, not a name."""
    named = {event.by for event in scenario.timeline if isinstance(event, EngageLever | Resume)}
    return sorted(named - {"operator"})


def _source(result: DrillResult) -> list[model.Fact]:
    return [
        model.Fact("Scenario", result.scenario.name),
        model.Fact("Seed", str(result.seed), "the same seed gives the same drill"),
        model.Fact("Where", "the lab", "no account, no network: simulated AWS in virtual time"),
    ]


# -- effects and runs ------------------------------------------------------------------------------


def _allocations(evidence: Evidence) -> list[model.AllocationChange]:
    changes = [model.AllocationChange(effect.at, effect.after) for effect in evidence.effects]
    return [model.AllocationChange(0.0, evidence.start), *changes]


def _effect(effect: Effect) -> model.Effect:
    return model.Effect(
        at=effect.at,
        act=effect.act,
        by=effect.by,
        why=effect.why,
        before=effect.before,
        after=effect.after.allocation,
        entry=model.LedgerEntry(
            id=effect.entry_id,
            digest=effect.digest,
            epoch=effect.after.epoch,
            version=effect.after.version,
            fence=effect.fence,
        ),
    )


def _turn(turn: Turned) -> SwitchTurn:
    return SwitchTurn(
        at=turn.at,
        act=turn.act,
        switch=turn.switch,
        before=turn.before,
        after=turn.to,
        by=turn.by,
        entry=turn.entry_id,
    )


def _notable(run: Run, passage: execution.Passage) -> bool:
    """Whether a run is not routine, or did, or was to do, more than look."""
    if run.runbook not in ROUTINE:
        return True
    planned = [*execution.plans(run.name, passage), *execution.switch_plans(run.name, passage)]
    return bool(planned) or run.status != "SUCCEEDED" or bool(passage.failures)


def _run(run: Run, passage: execution.Passage) -> model.Run:
    said = run.output.get("summary", "") if isinstance(run.output, dict) else ""
    return model.Run(
        name=run.name,
        runbook=run.runbook,
        region=run.region,
        started=run.started_at,
        ended=run.ended_at,
        ending=run.ending,
        detail=run.cause or str(said),
        visits=passage.visits,
        machine=_machine(run.runbook),
    )


@cache
def _machine(runbook: str) -> model.Machine:
    """The graph of the machine that is deployed for the runbook."""
    text = (ROOT / "statemachines" / f"{runbook}.asl.yaml").read_text("utf-8")
    return machine_of(runbook, yaml.safe_load(text))


def _routine(runs: Sequence[Run], notable: Sequence[Run]) -> Iterator[model.Fact]:
    names = {run.name for run in notable}
    counted = Counter(run.runbook for run in runs if run.name not in names)
    for runbook, times in counted.items():
        yield model.Fact(
            words.words(runbook).capitalize(), words.plural(times, "run"), "all ended well"
        )


def _refused_operators(evidence: Evidence) -> Iterator[model.Refusal]:
    for note in evidence.notes:
        if note.text.startswith(_REFUSED):
            said = note.text.removeprefix(_REFUSED)
            yield model.Refusal(note.at, "an operator", "a command", said)


def _refused_contains(evidence: Evidence) -> Iterator[model.Refusal]:
    for one in evidence.refused_contains:
        asked = f"contain_route in {one.region}"
        yield model.Refusal(one.at, asked, f"contain {one.route}", one.detail)


def _pages(evidence: Evidence) -> list[model.Page]:
    """Pages of the drill itself; those of the time before it belong to nobody's story."""
    return [
        model.Page(page.at, page.region, page.subject or "(without a subject)", _said(page.text))
        for page in evidence.pages
        if page.at >= 0
    ]


def _said(text: str) -> str:
    """What a page says to a person, when it says it to each protocol in its own way."""
    try:
        forms = json.loads(text)
    except ValueError:
        return text
    return str(forms.get("default", text)) if isinstance(forms, dict) else text


# -- timeline --------------------------------------------------------------------------------------


def _events(
    evidence: Evidence,
    runs: Sequence[Run],
    judged: Sequence[model.Judgement],
    refusals: Sequence[model.Refusal],
) -> list[model.TimelineEvent]:
    kind = model.EventKind
    found = [
        *_written(evidence),
        *_alarms(evidence),
        *(_effect_event(effect) for effect in evidence.effects),
        *(_turn_event(turn) for turn in evidence.turned),
        *_run_events(runs),
        *_decisions(judged),
        *(
            model.TimelineEvent(r.at, kind.REFUSAL, f"{r.who}: {r.what}", r.reason)
            for r in refusals
        ),
        *(model.TimelineEvent(p.at, kind.PAGE, p.subject, p.region) for p in _pages(evidence)),
    ]
    if evidence.mitigated_at is not None and evidence.fault_at is not None:
        said = f"the error rate stays under {words.ppm(evidence.objective_ppm)} from here"
        found.append(model.TimelineEvent(evidence.mitigated_at, kind.MITIGATED, said))
    return sorted(found, key=lambda event: event.at)


def _written(evidence: Evidence) -> Iterator[model.TimelineEvent]:
    """What the scenario's own timeline says; refusals have a kind of their own."""
    for note in evidence.notes:
        if not note.text.startswith(_REFUSED):
            yield model.TimelineEvent(note.at, model.EventKind(note.kind), note.text)


def _alarms(evidence: Evidence) -> Iterator[model.TimelineEvent]:
    """Alarms going off or ending one by one, but for a storm; what is merely silent, together."""
    kind = model.EventKind.ALARM
    for group in together([alarm for alarm in evidence.alarms if alarm.at >= 0]):
        first = group[0]
        if "ALARM" in (first.old, first.new) and len(group) <= STORM_FROM:
            for alarm in group:
                said = f"{alarm.name} in {alarm.region}: {alarm.old} → {alarm.new}"
                yield model.TimelineEvent(alarm.at, kind, said)
            continue
        said = f"{words.plural(len(group), 'alarm')}: {first.old} → {first.new}"
        yield model.TimelineEvent(first.at, kind, said, _named(group))


def _named(group: Sequence[AlarmChange]) -> str:
    names = [f"{alarm.name} in {alarm.region}" for alarm in group]
    if len(names) <= STORM_FROM:
        return ", ".join(names)
    return f"{', '.join(names[:SHOWN])} and {len(names) - SHOWN} more"


def _effect_event(effect: Effect) -> model.TimelineEvent:
    after: Allocation = effect.after.allocation
    moved = words.plural(effect.moved_percent, "point")
    said = f"{words.words(effect.act)}: {moved} moved, version {effect.after.version}"
    return model.TimelineEvent(effect.at, model.EventKind.EFFECT, said, f"now {after.compact()}")


def _turn_event(turn: Turned) -> model.TimelineEvent:
    said = f"{words.words(turn.act)}: {turn.switch} {turn.before} → {turn.to}"
    return model.TimelineEvent(turn.at, model.EventKind.EFFECT, said)


def _run_events(runs: Sequence[Run]) -> Iterator[model.TimelineEvent]:
    for run in runs:
        name = words.words(run.runbook)
        yield model.TimelineEvent(
            run.started_at, model.EventKind.RUN, f"{name} begins in {run.region}", run.name
        )
        if run.ended_at is not None:
            said = f"{name} ends: {words.words(run.ending)}"
            yield model.TimelineEvent(run.ended_at, model.EventKind.RUN, said, run.cause)


def _decisions(judged: Sequence[model.Judgement]) -> Iterator[model.TimelineEvent]:
    """What runs decided; that a step goes on baking is none, unless it is paused."""
    last: dict[str, str] = {}
    for each in judged:
        decision = "paused" if each.summary.startswith("Paused") else each.decision
        if decision not in ("bake_on", last.get(each.run)):
            said = words.words(decision)
            yield model.TimelineEvent(each.at, model.EventKind.DECISION, said, each.summary)
        last[each.run] = decision
