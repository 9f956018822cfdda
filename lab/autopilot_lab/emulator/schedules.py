"""Schedules that fire: EventBridge Scheduler's, and EventBridge rules with a schedule.

A schedule fires within the minute that it names, not on its second
(https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html): each has an offset
of its own inside that minute, drawn from the seed.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.events.models import Rule, events_backends
from moto.scheduler.models import Schedule, scheduler_backends

from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.delivery import Delivery, Parcel
from autopilot_lab.emulator.event_bus import EventBus
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.targets import Sender
from autopilot_lab.emulator.timetable import Timetable

PRECISION_SECONDS = 60.0
PRINCIPAL = "scheduler.amazonaws.com"


@dataclass(eq=False)
class _Timer:
    """One schedule that is waited for."""

    timetable: Timetable
    created_at: float
    fire: Callable[[float], None]
    alive: bool = True


class Schedules:
    """Watches moto's schedules and scheduled rules, and fires them in virtual time."""

    def __init__(
        self, *, scheduler: Scheduler, delivery: Delivery, bus: EventBus, seed: int
    ) -> None:
        self._scheduler = scheduler
        self._delivery = delivery
        self._bus = bus
        self._seed = seed
        self._timers: dict[str, _Timer] = {}

    def look_again(self, region: str) -> None:
        """Take in schedules that were created, changed or deleted in a region."""
        found = dict(self._wanted(region))
        place = f":{region}:"
        for arn in [arn for arn in self._timers if place in arn and arn not in found]:
            self._timers.pop(arn).alive = False
        for arn, (timetable, fire) in found.items():
            old = self._timers.get(arn)
            if old is not None and old.timetable == timetable:
                old.fire = fire
                continue
            if old is not None:
                old.alive = False
            timer = self._timers[arn] = _Timer(timetable, self._scheduler.now, fire)
            self._arm(arn, timer, self._scheduler.now)

    def _wanted(
        self, region: str
    ) -> Iterator[tuple[str, tuple[Timetable, Callable[[float], None]]]]:
        for group in scheduler_backends[ACCOUNT][region].schedule_groups.values():
            for schedule in group.schedules.values():
                if schedule.state == "ENABLED":
                    yield schedule.arn, self._of_schedule(schedule)
        for bus in events_backends[ACCOUNT][region].event_buses.values():
            for rule in bus.rules.values():
                if rule.state == "ENABLED" and rule.scheduled_expression:
                    yield rule.arn, self._of_rule(rule, region)

    def _of_schedule(self, schedule: Schedule) -> tuple[Timetable, Callable[[float], None]]:
        timetable = Timetable(schedule.schedule_expression, schedule.schedule_expression_timezone)
        return timetable, lambda due: self._fire_schedule(schedule, due)

    def _of_rule(self, rule: Rule, region: str) -> tuple[Timetable, Callable[[float], None]]:
        timetable = Timetable(rule.scheduled_expression or "")
        return timetable, lambda _due: self._fire_rule(rule, region)

    def _arm(self, arn: str, timer: _Timer, after: float) -> None:
        due = timer.timetable.after(after, timer.created_at)
        if due is None:
            return
        offset = random.Random(f"schedule/{self._seed}/{arn}").uniform(0, PRECISION_SECONDS)

        def fire() -> None:
            if timer.alive:
                timer.fire(due)
                self._arm(arn, timer, due)

        self._scheduler.call_at(due + offset, fire)

    def _fire_schedule(self, schedule: Schedule, due: float) -> None:
        target: dict[str, Any] = schedule.target
        parcel = Parcel(
            target_arn=target["Arn"],
            body=_filled(str(target.get("Input") or "{}"), schedule, due),
            sender=Sender(PRINCIPAL, schedule.arn, target["RoleArn"], _group(schedule.arn)),
            retry_policy=target.get("RetryPolicy", {}),
            dead_letter_arn=target.get("DeadLetterConfig", {}).get("Arn", ""),
        )
        self._delivery.send(parcel)

    def _fire_rule(self, rule: Rule, region: str) -> None:
        event = self._bus.event(
            region,
            source="aws.events",
            detail_type="Scheduled Event",
            detail={},
            resources=[rule.arn],
        )
        self._bus.tell_targets(rule, event)


def _group(schedule_arn: str) -> str:
    """The ARN of a schedule's group: for it the Scheduler assumes the role of a target.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    head, _, path = schedule_arn.partition(":schedule/")
    return f"{head}:schedule-group/{path.split('/')[0]}"


def _filled(template: str, schedule: Schedule, due: float) -> str:
    """The input with the Scheduler's context attributes put in."""
    if "<aws.scheduler." not in template:
        return template
    moment = datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    known = {
        "schedule-arn": schedule.arn,
        "scheduled-time": moment,
        "execution-id": str(uuid.uuid4()),
        "attempt-number": "1",
    }
    for name, value in known.items():
        template = template.replace(f"<aws.scheduler.{name}>", json.dumps(value)[1:-1])
    return template
