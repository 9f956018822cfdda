"""CloudWatch Logs: events are kept for one of these numbers of days."""

from __future__ import annotations

from typing import Final

from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.strict.layer import StrictLayer

#: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
DAYS: Final = frozenset(
    {
        *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
        *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
    }
)


def register(layer: StrictLayer) -> None:
    """Put the rules in force."""
    layer.refuse("logs", ("PutRetentionPolicy",), check_days)


def check_days(asked: Asked) -> None:
    """PutRetentionPolicy takes a number of the list and no other.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    """
    days = asked.params.get("retentionInDays")
    if days not in DAYS:
        raise AwsError(
            "InvalidParameterException",
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy "
            f"constraint: Member must satisfy enum value set: {sorted(DAYS)}",
        )
