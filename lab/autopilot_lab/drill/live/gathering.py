"""Gathers, look by look, what the live view shows; reads only what is new in the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from autopilot.domain.allocation import VersionedAllocation
from autopilot.errors import Inconsistent
from autopilot.gate.ledger import LedgerView
from autopilot_lab.drill.checks.automation import Calls, DeadLetters, ReflexBounds
from autopilot_lab.drill.checks.ledger import Record, TrailVerified
from autopilot_lab.drill.checks.people import NoMarker
from autopilot_lab.drill.collection import page_of
from autopilot_lab.drill.evidence import AlarmChange, Evidence, LedgerEnd, Page, Reflex, TrailCheck
from autopilot_lab.drill.live.decisions import Decisions
from autopilot_lab.drill.live.ledger import look_at_ledger
from autopilot_lab.drill.live.moment import Moment
from autopilot_lab.drill.live.runs import Runs
from autopilot_lab.drill.live.scene import AlarmNow, Held, Outlook, Scene, Standing
from autopilot_lab.drill.simulation import start_allocation
from autopilot_lab.emulator.alarms import Alarm
from autopilot_lab.emulator.event_log import Event

_WRITES: Final = ("UpdateItem", "PutItem")
#: What these expect is measured, or read back, when the drill is over.
_TOLD_AT_THE_END: Final = (ReflexBounds, TrailVerified, Calls, DeadLetters, Record, NoMarker)


class Gathering:
    """What has been seen of one drill."""

    def __init__(self, first: Moment) -> None:
        """Begin at the first moment that is shown."""
        aws, service = first.installation.aws, first.installation.profile.service.name
        self._log = aws.log
        self._start = first.start
        self._read_events = 0
        self._invocations: list[Event] = []
        self._runs = Runs(aws.engine, service=service, start=first.start)
        self._decisions = Decisions(start=first.start)
        self._alarms: list[AlarmChange] = []
        self._pages: list[Page] = []
        self._changes = 0

    def look(self, moment: Moment) -> bool:
        """Take in what has happened; say whether there is news of the drill itself."""
        before = self._news()
        is_written = self._decisions.ledger is None
        for event in self._new_events():
            is_written |= event["kind"] == "call" and event["operation"] in _WRITES
            self._heed(event)
        self._heed_ended()
        self._decisions.hear(moment.notes)
        if is_written and (ledger := look_at_ledger(moment.installation)) is not None:
            self._decisions.look(ledger, moment.second)
        return self._news() != before

    def _news(self) -> tuple[int, ...]:
        return len(self._alarms), len(self._pages), len(self._decisions.made), self._changes

    def _new_events(self) -> Iterator[Event]:
        while self._read_events < len(self._log):
            yield self._log[self._read_events]
            self._read_events += 1

    def _heed(self, event: Event) -> None:
        at, kind = event["t"] - self._start, event["kind"]
        if kind == "invocation":
            self._invocations.append(event)
        elif kind == "alarm":
            change = AlarmChange(
                at, event["name"], event["region"], event["previous"], event["state"]
            )
            self._alarms.append(change)
        elif kind == "page":
            self._pages.append(page_of(event, at, self._start))
        elif kind in ("state", "execution"):
            self._runs.heed(event)
            if kind == "execution":
                self._changes = self._runs.changes

    def _heed_ended(self) -> None:
        for invocation in self._invocations:
            if invocation["ended"] is not None:
                self._decisions.heed(invocation)
        self._invocations = [one for one in self._invocations if one["ended"] is None]

    @property
    def is_run_open(self) -> bool:
        """Whether a run goes on that does more than look."""
        shown = self._runs.to_look_at()
        return shown is not None and shown[0].ended_at is None

    def scene(self, moment: Moment) -> Scene:
        """The moment, as it can be shown."""
        ledger = self._decisions.ledger
        if ledger is None:
            message = "the ledger has no item: install the product before a drill is shown"
            raise Inconsistent(message)
        evidence = self._evidence(moment, ledger)
        shown = self._runs.to_look_at()
        profile = moment.installation.profile
        return Scene(
            scenario=moment.read.scenario,
            seed=moment.seed,
            second=moment.second,
            evidence=evidence,
            latency_objective_ms=float(profile.objectives.p95_latency_ms),
            ledger=ledger.versioned,
            routers=[(r.region, r.held.version) for r in moment.service.routers],
            alarms=[*self._alarms_now(moment)],
            run=shown[0] if shown else None,
            machine=shown[1] if shown else None,
            routine_runs=self._runs.routine,
            decisions=tuple(self._decisions.made),
            held=_held(ledger, self._start),
            outlooks=[*_outlooks(moment, evidence)],
        )

    def _evidence(self, moment: Moment, ledger: LedgerView) -> Evidence:
        """What is known so far. The trail is read when the drill is over, the reflex measured."""
        scenario, profile = moment.read.scenario, moment.installation.profile
        return Evidence(
            seconds=scenario.horizon,
            fault_at=scenario.fault_at,
            objective_ppm=profile.objectives.error_rate_ppm,
            routes=ledger.allocation.routes,
            start=VersionedAllocation(1, 1, start_allocation(scenario, profile)),
            series=moment.service.series,
            unautomated=moment.unautomated,
            ledger=LedgerEnd(
                ledger.lease.holder, ledger.fence, ledger.lever.engaged, ledger.versioned
            ),
            trail=TrailCheck(0, verified=False),
            reflex=Reflex(0, 0, None),
            alarms=tuple(self._alarms),
            effects=tuple(self._decisions.effects),
            turned=tuple(self._decisions.turned),
            switches=moment.installation.releases.shown(),
            runs=self._runs.all,
            pages=tuple(self._pages),
            notes=tuple(moment.notes),
        )

    def _alarms_now(self, moment: Moment) -> Iterator[AlarmNow]:
        alarms = moment.installation.aws.alarms
        for region in moment.installation.regions:
            for alarm in alarms.of(region):
                condition = alarm.condition
                since = condition.since - self._start
                yield AlarmNow(alarm.name, region, str(condition.value), since, _route_of(alarm))


def _route_of(alarm: Alarm) -> str:
    """The route that a metric alarm watches; empty for every other alarm."""
    named = {one["Name"]: one["Value"] for one in alarm.settings.get("Dimensions", ())}
    return f"{named['Region']}/{named['Path']}" if {"Region", "Path"} <= named.keys() else ""


def _held(ledger: LedgerView, start: float) -> Held:
    lever, lease = ledger.lever, ledger.lease
    return Held(
        lease_holder=lease.holder,
        fence=lease.fence,
        lease_ends=lease.expires_ms / 1000 - start,
        lever=f"{lever.by}: {lever.reason}" if lever.engaged else "",
    )


def _outlooks(moment: Moment, evidence: Evidence) -> Iterator[Outlook]:
    """Each expectation, judged on what is known: what holds now may not hold at the end."""
    for expectation in moment.read.scenario.expect:
        if isinstance(expectation, _TOLD_AT_THE_END):
            standing = Standing.LATER
        elif moment.second >= 0 and expectation.judge(evidence).held:
            standing = Standing.HOLDS
        else:
            standing = Standing.OPEN
        yield Outlook(expectation.sentence, standing)
