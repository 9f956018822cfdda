"""A small made-up run: a fault at 60 s, contained at 84.5 s, ramped down, well again at 90 s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from autopilot.domain.allocation import Allocation, Route, VersionedAllocation
from autopilot.domain.plan import ActKind, Bounds, Plan, Step
from autopilot.domain.verdict import Thresholds, judge
from autopilot.reports import model, summary
from autopilot.reports.machine import machine_of

DIRECT, FAR = Route("eu-central-1", "direct"), Route("eu-west-1", "direct")
BASELINE = Allocation.of({DIRECT: 60, FAR: 40})
CONTAINED = BASELINE.move(DIRECT, {FAR: 50})
DRAINED = CONTAINED.move(DIRECT, {FAR: 10})
THRESHOLDS = Thresholds(guard_ppm=50_000, tolerance_ppm=10_000, sample_min=300, fresh_seconds=60)
STARTED_MS: Final = 1_767_600_000_000

DEFINITION: Final[Mapping[str, Any]] = {
    "StartAt": "Plan",
    "States": {
        "Plan": {"Type": "Task", "Comment": "Think first.", "Next": "Choose"},
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $outcome = 'planned' %}", "Next": "Under the lease"}],
            "Default": "Ended",
        },
        "Under the lease": {
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": "Step",
                    "States": {
                        "Step": {"Type": "Task", "Next": "Judge"},
                        "Judge": {
                            "Type": "Choice",
                            "Choices": [{"Condition": "{% $again %}", "Next": "Step"}],
                            "Default": "Verify",
                        },
                        "Verify": {"Type": "Task", "End": True},
                    },
                }
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Undo"}],
            "Next": "Ended",
        },
        "Undo": {"Type": "Task", "Next": "Ended"},
        "Ended": {"Type": "Succeed"},
    },
}
MACHINE = machine_of("traffic_ramp", DEFINITION)
WAY = ("Plan", "Choose", "Under the lease", "Step", "Judge", "Step", "Judge", "Verify", "Ended")
STONES = model.Milestones(fault=60.0, alarm=84.0, first_effect=84.5, mitigated=90.0)
REQUESTS = model.Requests(total=30_000, failed=540, total_without=30_000, failed_without=4_320)


def plan() -> Plan:
    """Ten points off the failing route in one step."""
    return Plan(
        runbook="traffic_ramp",
        service="hybrid-routing",
        kind=ActKind.RAMP_DOWN,
        route=DIRECT,
        base_epoch=1,
        base_version=2,
        before=CONTAINED,
        steps=(Step(0, DRAINED, 60, "ramp eu-central-1/direct down"),),
        undo=CONTAINED,
        guards=THRESHOLDS,
        bounds=Bounds(25, 300, 3, 3600),
    )


def rates(caption: str = "Error rate") -> model.Rates:
    """Thirty samples of ten seconds; 18 % fail from the fault on, with automation for 30 s."""
    ends = [float(end) for end in range(10, 310, 10)]
    return model.Rates(
        caption=caption,
        start=0.0,
        end=300.0,
        sample_seconds=10,
        automated=[model.RateSample(end, 1000, 180 if 60 < end <= 90 else 0) for end in ends],
        unautomated=[model.RateSample(end, 1000, 180 if end > 60 else 0) for end in ends],
    )


def comparison(caused: int = 45) -> model.Comparison:
    """The same roll-out by two presets and by nobody who watches."""
    whole = rates("Error rate under each strategy")
    seen = [
        model.RateSample(each.end, each.requests, each.failures * 2) for each in whole.automated
    ]
    lines = [
        model.PeerRates("LinearPresetOfTenPercent", seen),
        model.PeerRates("CanaryPreset", seen),
        model.PeerRates(
            "nobody watching", [replace(each, failures=950) for each in seen], cut=True
        ),
    ]
    peers = [
        model.Peer("LinearPresetOfTenPercent", 360),
        model.Peer("CanaryPreset", 324),
        model.Peer("nobody watching", 163_525, watched=False),
    ]
    return model.Comparison(caused, peers, replace(whole, unautomated=(), peers=lines))


def rolled_out(caused: int = 45) -> model.Report:
    """The report of a roll-out that known strategies were played for, too."""
    compared = comparison(caused)
    requests = model.Requests(30_000, 28 + caused, 30_000, 28)
    return report(
        headline=summary.headline("the release fails", STONES, requests, 2, compared),
        requests=requests,
        facts=[*summary.facts(STONES, requests, 1000, 300.0, compared)],
        comparison=compared,
    )


def effects() -> list[model.Effect]:
    """The contain, then the step of the plan."""
    digest = plan().digest()
    return [
        model.Effect(
            84.5, "contain", "contain_route", "alarm direct-failing", BASELINE, CONTAINED,
            model.LedgerEntry("entry2", "", 1, 2, 0),
        ),
        model.Effect(
            86.0, "advance", "down-1", "alarm direct-failing", CONTAINED, DRAINED,
            model.LedgerEntry("entry3", digest, 1, 3, 1),
        ),
    ]  # fmt: skip


def judgement() -> model.Judgement:
    """The last step proves itself."""
    seen = (
        model.RouteVerdict(str(DIRECT), judge(0, 0, THRESHOLDS, None)),
        model.RouteVerdict(str(FAR), judge(4000, 2, THRESHOLDS, 5)),
    )
    return model.Judgement(150.0, "down-1", "Judge", "finish", "The last step holds.", seen)


def report(**changes: Any) -> model.Report:
    """The report of it, with some of its parts replaced."""
    kind = model.EventKind
    parts = [model.Part("alarm", 24.0, "until it went off"), model.Part("function", 0.5, "cold")]
    made = model.Report(
        title="The direct path at home starts failing",
        kind="drill",
        service="hybrid-routing",
        headline=summary.headline("eu-central-1/direct fails 30 %", STONES, REQUESTS, 2),
        outcome=summary.outcome_of(STONES),
        started_ms=STARTED_MS,
        seconds=300.0,
        milestones=STONES,
        requests=REQUESTS,
        objective_ppm=1000,
        thresholds=THRESHOLDS,
        facts=[*summary.facts(STONES, REQUESTS, 1000, 300.0)],
        arithmetic=summary.arithmetic(parts, STONES),
        rates=[rates()],
        allocations=[
            model.AllocationChange(0.0, VersionedAllocation(1, 1, BASELINE)),
            model.AllocationChange(84.5, VersionedAllocation(1, 2, CONTAINED)),
            model.AllocationChange(86.0, VersionedAllocation(1, 3, DRAINED)),
        ],
        events=[
            model.TimelineEvent(60.0, kind.FAULT, "eu-central-1/direct fails 30 %"),
            model.TimelineEvent(84.0, kind.ALARM, "direct-failing: OK → ALARM"),
            model.TimelineEvent(84.5, kind.EFFECT, "contain: 50 points", "version 2"),
            model.TimelineEvent(90.0, kind.MITIGATED, "under 0.1 % from here"),
        ],
        plans=[model.PlanMade(85.0, "down-1", plan(), plan().digest())],
        effects=effects(),
        refusals=[model.Refusal(200.0, "up-1", "Take the lease", "lease held: down-1 holds it.")],
        judgements=[judgement()],
        runs=[
            model.Run(
                name="down-1",
                runbook="traffic_ramp",
                region="eu-central-1",
                started=84.6,
                ended=151.0,
                ending="done",
                detail="The last step holds.",
                visits=[model.Visit(85.0 + number, state) for number, state in enumerate(WAY)],
                machine=MACHINE,
            )
        ],
        routine=[model.Fact("Health sweep", "2 runs", "all ended well")],
        pages=[model.Page(151.0, "eu-central-1", "traffic ramp done", "The last step holds.")],
        expectations=[
            model.Expectation("the fault is mitigated within 5m", held=True, seen="after 30 s")
        ],
        trail=model.Trail(2, verified=True),
        source=[model.Fact("Scenario", "made-up"), model.Fact("Seed", "1", "same drill")],
    )
    return replace(made, **changes)
