"""Alarms that nobody answered: an event that was lost leaves an alarm on, and no incident.

While the ledger does not answer, an alarm can be claimed by nobody; its event ends in the queue of
failures, and CloudWatch sends no second one. So each sweep compares alarms that are on with the
claims of the incidents, and what it finds unanswered is opened as if the event had come now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.alarm import AlarmSignal, AlarmSource, AlarmState
from autopilot.domain.allocation import Route
from autopilot.domain.family import family_of
from autopilot.errors import Transient
from autopilot.procedures.cases import open_case

if TYPE_CHECKING:
    from autopilot.gate.incidents import IncidentClaim
    from autopilot.ports import AlarmFacts
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.health_sweep.scene import Scene

#: So long the alarm's own event may still be on its way, with its retries.
GRACE_SECONDS: Final = 60
_BY_AN_ALARM: Final = "Alarm"


def unanswered(
    scene: Scene, found: Sequence[AlarmFacts], dependencies: Dependencies
) -> list[dict[str, Any]]:
    """The newest alarm of each family that is on and no incident has seen; for the next step.

    Nothing when the ledger cannot be read: it could not be claimed either.
    """
    newest = {
        family_of(_signal(item), scene.service): item
        for item in (_item(alarm) for alarm in _ringing(scene, found))
    }
    if scene.view is None or not newest:
        return []
    reopen_ms = scene.profile.incident.reopen_minutes * 60_000
    try:
        return [
            item
            for family, item in newest.items()
            if not _has_seen(dependencies.gate.find_incident(family), item["changed_ms"], reopen_ms)
        ]
    except Transient:
        return []  # the next sweep reads again


def open_unanswered(sweep: Mapping[str, Any], dependencies: Dependencies) -> list[str]:
    """Open a case for each; the incidents that were opened, or joined."""
    cases = [
        open_case(
            _signal(item),
            service=dependencies.service,
            gate=dependencies.gate,
            runs=dependencies.runs,
            now_ms=dependencies.clock.now_ms(),
        )
        for item in sweep.get("unanswered", ())
    ]
    return [case.incident for case in cases]


def _ringing(scene: Scene, found: Sequence[AlarmFacts]) -> Iterable[AlarmFacts]:
    """Alarms that start incidents, on for a while and explained by no other; the newest last."""
    until_ms = scene.now_ms - GRACE_SECONDS * 1000
    for alarm in sorted(found, key=lambda each: each.since_ms):
        is_ours = alarm.name.startswith(f"{scene.service}-") and alarm.state == AlarmState.ALARM
        if is_ours and alarm.since_ms <= until_ms and alarm.suppressed_by != _BY_AN_ALARM:
            yield alarm


def _has_seen(claim: IncidentClaim | None, changed_ms: int, reopen_ms: int) -> bool:
    """Whether the family's incident is open, or was when the alarm went off.

    An incident that is open looks at everything, whichever alarm it was opened for.
    """
    if claim is None:
        return False
    closed_ms = claim.expires_ms - reopen_ms
    return claim.is_open or changed_ms <= closed_ms


def _item(alarm: AlarmFacts) -> dict[str, Any]:
    return {
        "name": alarm.name,
        "arn": alarm.arn,
        "changed_ms": alarm.since_ms,
        "route": str(alarm.route or ""),
        "namespaces": list(alarm.namespaces),
    }


def _signal(item: Mapping[str, Any]) -> AlarmSignal:
    """As `read_alarm` would have read the event."""
    _, _, _, region, account, *_ = str(item["arn"]).split(":")
    return AlarmSignal(
        name=str(item["name"]),
        arn=str(item["arn"]),
        state=AlarmState.ALARM,
        previous_state=None,
        changed_ms=int(item["changed_ms"]),
        reason="",
        region=region,
        account=account,
        service=None,
        route=Route.parse(item["route"]) if item["route"] else None,
        source=AlarmSource.DESCRIBED,
        dimensions={},
        namespaces=tuple(item["namespaces"]),
        rule="",
        suppressed_by="",
    )
