"""Which family of incidents an alarm belongs to: one incident of a family is open at a time. Pure.

An incident belongs to a family and not to an alarm, so that an alarm and its composite, the other
region's alarm and all that one cause sets off end in one incident.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from autopilot.domain.alarm import AlarmSignal


class Family(StrEnum):
    """What an incident is about."""

    TRAFFIC = "traffic"  #: requests of clients fail, or may
    AUTOMATION = "automation"  #: what should help does not run
    DATA = "data"  #: what is kept is at risk
    SECURITY = "security"  #: somebody may do what they must not


#: The first word of an alarm's name that is in here says the family.
_WORDS: Final = {
    "security": Family.SECURITY,
    "access": Family.SECURITY,
    "login": Family.SECURITY,
    "trail": Family.DATA,
    "ledger": Family.DATA,
    "vault": Family.DATA,
    "backup": Family.DATA,
    "archive": Family.DATA,
    "replication": Family.DATA,
    "automation": Family.AUTOMATION,
    "sweep": Family.AUTOMATION,
    "queue": Family.AUTOMATION,
    "dlq": Family.AUTOMATION,
}
#: Metrics of AWS services say it too, when the name does not.
_NAMESPACES: Final = {
    "AWS/DynamoDB": Family.DATA,
    "AWS/S3": Family.DATA,
    "AWS/KMS": Family.DATA,
    "AWS/Backup": Family.DATA,
    "AWS/SQS": Family.AUTOMATION,
    "AWS/Lambda": Family.AUTOMATION,
    "AWS/States": Family.AUTOMATION,
    "AWS/Events": Family.AUTOMATION,
    "AWS/Scheduler": Family.AUTOMATION,
    "AWS/SNS": Family.AUTOMATION,
    "AWS/WAFV2": Family.SECURITY,
    "AWS/GuardDuty": Family.SECURITY,
}


def family_of(signal: AlarmSignal, service: str) -> Family:
    """The family of an alarm: a route's is traffic, then words of its name, then its metrics.

    What says nothing of itself is traffic: the family that somebody looks at soonest.
    """
    if signal.route is not None:
        return Family.TRAFFIC
    for word in signal.name.removeprefix(f"{service}-").lower().split("-"):
        if word in _WORDS:
            return _WORDS[word]
    known = [_NAMESPACES[each] for each in signal.namespaces if each in _NAMESPACES]
    return known[0] if known else Family.TRAFFIC
