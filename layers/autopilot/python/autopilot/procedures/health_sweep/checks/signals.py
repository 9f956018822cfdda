"""What should have told somebody: alarms that are on, blind or muted, and events nobody took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from autopilot.domain.health_score import Finding
from autopilot.domain.severity import Severity
from autopilot.domain.verdict import State

if TYPE_CHECKING:
    from autopilot.ports import AlarmFacts
    from autopilot.procedures.health_sweep.scene import Scene

_MINUTE_MS: Final = 60_000


def alarms(scene: Scene, found: Sequence[AlarmFacts]) -> Iterator[Finding]:
    """Which alarms are on (they tell by themselves), and which could not tell anything."""
    if not found:
        said = "no alarm was found: expected those of the template"
        yield Finding("alarms", scene.region, State.UNKNOWN, said)
        return
    on = [_on(scene, one) for one in found if one.state == "ALARM" and _tells(scene, one)]
    useless = [finding for alarm in found for finding in _useless(scene, alarm)]
    quiet = Finding("alarms", scene.region, State.HEALTHY, f"none of {len(found)} is on")
    able = Finding("watch", scene.region, State.HEALTHY, f"{len(found)} alarms see and may act")
    yield from on or [quiet]
    yield from useless or [able]


def _tells(scene: Scene, alarm: AlarmFacts) -> bool:
    """Whether anybody is told of it: what a composite looks at counts through the composite.

    An incident's alarm has a rule for an action, which takes it by its name.
    """
    return alarm.has_action or alarm.name.startswith(f"{scene.service}-")


def _on(scene: Scene, alarm: AlarmFacts) -> Finding:
    said = f"in ALARM for {_minutes(scene, alarm)} min"
    return Finding("alarms", alarm.name, State.UNHEALTHY, said, Severity.P2)


def _useless(scene: Scene, alarm: AlarmFacts) -> Iterator[Finding]:
    if not alarm.acts:
        said = "its actions are disabled: it would tell nobody"
        yield Finding("watch", alarm.name, State.UNHEALTHY, said, Severity.P2)
    minutes = _minutes(scene, alarm)
    if alarm.state == "INSUFFICIENT_DATA" and _is_blind(scene, alarm, minutes):
        said = f"without data for {minutes} min: it would not see a failure"
        yield Finding("watch", alarm.name, State.UNHEALTHY, said, Severity.P3)


def _minutes(scene: Scene, alarm: AlarmFacts) -> int:
    return max(0, scene.now_ms - alarm.since_ms) // _MINUTE_MS


def _is_blind(scene: Scene, alarm: AlarmFacts, minutes: int) -> bool:
    """A route that is sent nothing publishes nothing, and its alarm may be silent."""
    unused = alarm.route is not None and not scene.is_used(alarm.route)
    return not unused and minutes >= scene.profile.sweep.blind_alarm_minutes


def queues(waiting: Mapping[str, int]) -> Iterator[Finding]:
    """Every queue of failures should be empty."""
    for name, messages in sorted(waiting.items()):
        state = State.UNHEALTHY if messages else State.HEALTHY
        said = f"{messages} events wait that nobody acted on" if messages else "empty"
        yield Finding("queues", name, state, said, Severity.P2, {"messages": messages})
