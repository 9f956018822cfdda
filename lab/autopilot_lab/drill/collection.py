"""Gathers the evidence of a drill: from the event log, the ledger, the trails and the world."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from autopilot.domain.allocation import Allocation, VersionedAllocation
from autopilot.gate.ledger import LedgerView
from autopilot_lab.drill.checks.people import NoMarker
from autopilot_lab.drill.checks.trail import PersonReadable, TrailObjects
from autopilot_lab.drill.evidence import (
    AlarmChange,
    CallMade,
    Effect,
    Evidence,
    LedgerEnd,
    Note,
    Page,
    RefusedContain,
    ReleasedBy,
    Run,
    StateEntered,
    TrailCheck,
    Turned,
)
from autopilot_lab.drill.failover import measure_failover
from autopilot_lab.drill.installation import Installation
from autopilot_lab.drill.persons import Persons
from autopilot_lab.drill.reflex import measure
from autopilot_lab.drill.remains import dead_letters, records, remains
from autopilot_lab.drill.scenario import Scenario
from autopilot_lab.drill.simulation import start_allocation
from autopilot_lab.drill.trails import TrailRead, entries_of, read_trail, trail_objects
from autopilot_lab.drill.written import Strict
from autopilot_lab.emulator.event_log import Event, EventLog
from autopilot_lab.emulator.states import Execution
from autopilot_lab.emulator.world.faults import FaultKind
from autopilot_lab.emulator.world.series import Series
from autopilot_lab.emulator.world.service import SimulatedService


@dataclass(frozen=True, slots=True)
class OtherWorlds:
    """The same load and faults without automation, and under what others would do."""

    unautomated: Series
    peers: Mapping[str, Series]
    release_peers: Mapping[str, ReleasedBy]


def collect(
    installation: Installation,
    scenario: Scenario,
    service: SimulatedService,
    *,
    start: float,
    notes: Sequence[Note],
    others: OtherWorlds,
    taking_writes: Sequence[tuple[int, frozenset[str]]] = (),
) -> Evidence:
    """Everything that can be said about the drill that has just ended."""
    profile, log = installation.profile, installation.aws.log
    ledger = installation.gate.read()
    trails = [read_trail(installation, region) for region in installation.regions]
    entries = _entries(entries_of(trails), ledger)
    effects = [
        _effect(entry, ledger.allocation, start, log) for entry in entries if "after" in entry
    ]
    runs = _runs(installation, start)
    turned = [
        turned_of(entry["id"], entry, entry["cause"], start)
        for entry in entries
        if "switch" in entry
    ]
    return Evidence(
        seconds=scenario.horizon,
        fault_at=scenario.fault_at,
        objective_ppm=profile.objectives.error_rate_ppm,
        routes=profile.baseline().routes,
        start=VersionedAllocation(1, 1, start_allocation(scenario, profile)),
        series=service.series,
        unautomated=others.unautomated,
        peers=others.peers,
        release_peers=others.release_peers,
        ledger=LedgerEnd(
            ledger.lease.holder,
            ledger.fence,
            ledger.lever.engaged,
            ledger.versioned,
            ledger.turns.count,
        ),
        trail=_checked(trails),
        reflex=measure(
            installation.aws,
            _first_since(effects, scenario.fault_at),
            runs,
            service,
            start=start,
            fault_at=scenario.fault_at,
        ),
        alarms=_alarms(log, start),
        effects=effects,
        turned=turned,
        switches={**installation.releases.shown(), **installation.failover_switches()},
        runs=runs,
        pages=pages(log, start),
        refused_contains=refused_contains(log, f"{profile.service.name}-contain-route", start),
        calls=_calls(log, start),
        dead_letters=dead_letters(installation, start),
        records=records(installation),
        remains=list(remains(installation)) if _asks(scenario, NoMarker) else (),
        trail_objects=list(trail_objects(installation)) if _asks(scenario, TrailObjects) else (),
        readable=_readable(installation, scenario),
        notes=notes,
        taking_writes=taking_writes,
        failover=measure_failover(
            log, runs, turned, service.series, start=start, lost_at=_lost_at(scenario)
        ),
    )


def _asks(scenario: Scenario, check: type[Strict]) -> bool:
    return any(isinstance(expected, check) for expected in scenario.expect)


def _readable(installation: Installation, scenario: Scenario) -> dict[str, int]:
    """By person that an expectation asks for, how many entries can be read."""
    persons = Persons(installation, installation.regions[-1])
    return {
        expected.person: persons.readable(expected.person)
        for expected in scenario.expect
        if isinstance(expected, PersonReadable)
    }


def _lost_at(scenario: Scenario) -> int | None:
    """When a region is lost first; None when none is."""
    lost = [one.start_seconds for one in scenario.faults if one.kind is FaultKind.REGION_LOST]
    return min(lost, default=None)


def _first_since(effects: Sequence[Effect], instant: int | None) -> Effect | None:
    return next((effect for effect in effects if effect.at >= (instant or 0)), None)


# -- trail and effects -----------------------------------------------------------------------------


def _checked(trails: Sequence[TrailRead]) -> TrailCheck:
    """What the product's own verification says, of every byte and entry."""
    problems = [problem for trail in trails for problem in trail.problems]
    sealed = {entry["id"] for trail in trails for entry in trail.sealed}
    return TrailCheck(len(sealed), verified=not problems, problem="; ".join(problems))


def _entries(sealed: Iterator[Mapping[str, Any]], ledger: LedgerView) -> list[Mapping[str, Any]]:
    """Every entry in a trail or still in the journal, in the order the ledger saw them."""
    entries = {entry["id"]: entry for entry in sealed}
    causes = ledger.item["causes"]
    for _, entry_id, entry in ledger.journal():
        entries.setdefault(entry_id, {"id": entry_id, **entry, "cause": causes[entry_id]})
    return sorted(
        entries.values(),
        key=lambda entry: (entry["epoch"], entry["version"], entry.get("turn", 0)),
    )


def turned_of(
    entry_id: str, entry: Mapping[str, Any], cause: Mapping[str, Any], start: float
) -> Turned:
    """The turn of a switch that an intent in the ledger says."""
    return Turned(
        at=int(cause["at_ms"]) / 1000 - start,
        act=entry["act"],
        switch=entry["switch"],
        before=entry["from"],
        to=entry["to"],
        by=cause["by"],
        why=cause["why"],
        entry_id=entry_id,
    )


def _effect(entry: Mapping[str, Any], like: Allocation, start: float, log: EventLog) -> Effect:
    cause = entry["cause"]
    call = write_call(log, int(cause["at_ms"]))
    at = call["t"] if call else cause["at_ms"] / 1000
    return Effect(
        at=at - start,
        entry_id=entry["id"],
        act=entry["act"],
        runbook=entry["runbook"],
        by=cause["by"],
        why=cause["why"],
        before=Allocation.from_compact(entry["before"], like.routes),
        after=VersionedAllocation(
            int(entry["epoch"]),
            int(entry["version"]),
            Allocation.from_compact(entry["after"], like.routes),
        ),
        call=call,
        digest=entry["digest"],
        fence=int(entry["fence"]),
    )


def write_call(log: EventLog, at_ms: int) -> Event | None:
    """The write that began at that instant and reached the table, from the log of calls."""
    for call in log.of("call", service="dynamodb", operation="UpdateItem"):
        began_ms = round((call["t"] - call["seconds"]) * 1000)
        if abs(began_ms - at_ms) <= 1 and call["result"] in ("ok", "ReadTimedOut"):
            return call
    return None


# -- the log ---------------------------------------------------------------------------------------


def _alarms(log: EventLog, start: float) -> list[AlarmChange]:
    return [
        AlarmChange(e["t"] - start, e["name"], e["region"], e["previous"], e["state"])
        for e in log.of("alarm")
    ]


def pages(log: EventLog, start: float) -> list[Page]:
    """Everything that went through a page topic, in order."""
    return [page_of(event, event["t"] - start, start) for event in log.of("page")]


def page_of(event: Event, at: float, start: float = 0.0) -> Page:
    """The page that an event of the log tells of; `start` is the drill's, in Unix seconds."""
    message = str(event["message"])
    due = _due(message)
    return Page(
        at,
        event["region"],
        str(event["subject"]) or _alarm_in(message),
        message,
        severity=str(event["attributes"].get("severity", {}).get("Value", "")),
        due=None if due is None else due - start,
    )


def _alarm_in(message: str) -> str:
    """What CloudWatch's own notification is about; nothing for any other message."""
    try:
        said = json.loads(message)
        return f"{said['NewStateValue']}: {said['AlarmName']}"
    except (ValueError, KeyError, TypeError):
        return ""


def _due(message: str) -> float | None:
    """When the first response is due, in Unix seconds, as the card or the incident event says."""
    try:
        forms = json.loads(message)
        if "payload" in forms:
            due_at = forms["payload"]["custom_details"]["due_at"]
        else:
            due_at = json.loads(forms["https"])["metadata"]["additionalContext"]["dueAt"]
        return datetime.fromisoformat(due_at).timestamp()
    except (ValueError, KeyError, TypeError):
        return None


def _calls(log: EventLog, start: float) -> list[CallMade]:
    invoked = {event["invocation"]: str(event["caller"]) for event in log.of("invocation")}
    return [
        CallMade(
            at=e["t"] - start,
            service=e["service"],
            operation=e["operation"],
            region=e["region"],
            caller=e["caller"],
            invoked_by=invoked.get(e["invocation"], ""),
        )
        for e in log.of("call")
    ]


def refused_contains(log: EventLog, function: str, start: float) -> list[RefusedContain]:
    """What that function answered no to, in order, from the log of invocations."""
    refused = [
        RefusedContain(
            at=event["ended"] - start,
            region=event["region"],
            route=str(event["answer"]["route"]),
            detail=str(event["answer"]["detail"]),
        )
        for event in log.of("invocation", function=function)
        if _refused(event.get("answer"))
    ]
    return sorted(refused, key=lambda one: one.at)


def _refused(answer: object) -> bool:
    return isinstance(answer, Mapping) and answer.get("outcome") == "refused"


def _runs(installation: Installation, start: float) -> list[Run]:
    """Every execution of every machine, in order of its start."""
    engine, prefix = installation.aws.engine, f"{installation.profile.service.name}-"
    entered = _states_entered(installation.aws.log, start)
    executions = [
        execution
        for region in installation.regions
        for machine in engine.machines(region)
        for execution in engine.list(machine.arn)
    ]
    ordered = sorted(executions, key=lambda one: (one.started_at, one.arn))
    return [_run(execution, entered, prefix, start) for execution in ordered]


def _states_entered(log: EventLog, start: float) -> dict[str, list[StateEntered]]:
    """By machine and execution, in order."""
    entered: dict[str, list[StateEntered]] = {}
    for event in log.of("state"):
        key = f"{event['region']} {event['machine']} {event['execution']}"
        state = StateEntered(event["t"] - start, event["execution"], event["state"])
        entered.setdefault(key, []).append(state)
    return entered


def _run(
    execution: Execution, entered: Mapping[str, list[StateEntered]], prefix: str, start: float
) -> Run:
    machine, ended = execution.machine, execution.stopped_at
    return Run(
        name=execution.name,
        runbook=machine.name.removeprefix(prefix).replace("-", "_"),
        region=machine.region,
        started_at=execution.started_at - start,
        ended_at=None if ended is None else ended - start,
        status=execution.status,
        error=execution.error or "",
        cause=execution.cause or "",
        output=execution.output.value if execution.output else None,
        states=entered.get(f"{machine.region} {machine.name} {execution.name}", []),
        history=execution.history.events(),
    )
