"""Reads the alarms of one region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from autopilot.domain.allocation import Route
from autopilot.errors import Transient
from autopilot.ports import AlarmFacts

_PAGE: Final = 100  #: the most that DescribeAlarms gives at once
_PAGES_MAX: Final = 20


class CloudWatchAlarms:
    """`Alarms` over one CloudWatch client."""

    def __init__(self, *, client: Any) -> None:
        """`client`: of this region."""
        self._client = client

    def begin_with(self, prefix: str) -> Sequence[AlarmFacts]:
        """Metric and composite alarms; only metric ones unless both types are asked for."""
        given: dict[str, Any] = {
            "AlarmNamePrefix": prefix,
            "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
            "MaxRecords": _PAGE,
        }
        found: list[AlarmFacts] = []
        for _ in range(_PAGES_MAX):
            answer = self._describe(given)
            found += [_facts(one) for one in answer.get("MetricAlarms", ())]
            found += [_facts(one) for one in answer.get("CompositeAlarms", ())]
            if not answer.get("NextToken"):
                return found
            given["NextToken"] = answer["NextToken"]
        message = f"more than {_PAGE * _PAGES_MAX} alarms begin with {prefix!r}"
        raise Transient(message)

    def _describe(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = self._client.describe_alarms(**given)
        except (BotoCoreError, ClientError) as error:
            message = f"CloudWatch did not describe its alarms: {error}"
            raise Transient(message) from error
        return answer


def _facts(alarm: Mapping[str, Any]) -> AlarmFacts:
    since = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
    dimensions = {one["Name"]: one["Value"] for one in alarm.get("Dimensions", ())}
    is_route = {"Region", "Path"} <= dimensions.keys()
    return AlarmFacts(
        name=alarm["AlarmName"],
        state=alarm["StateValue"],
        since_ms=int(since.timestamp() * 1000),
        acts=bool(alarm.get("ActionsEnabled", True)),
        route=Route(dimensions["Region"], dimensions["Path"]) if is_route else None,
        arn=alarm["AlarmArn"],
        namespaces=_namespaces(alarm),
        suppressed_by=alarm.get("ActionsSuppressedBy", ""),
        has_action=bool(alarm.get("AlarmActions")),
    )


def _namespaces(alarm: Mapping[str, Any]) -> tuple[str, ...]:
    """Of the one metric, or of all that an expression reads."""
    queries = (one.get("MetricStat", {}).get("Metric", {}) for one in alarm.get("Metrics", ()))
    return tuple(sorted({one["Namespace"] for one in (alarm, *queries) if "Namespace" in one}))
