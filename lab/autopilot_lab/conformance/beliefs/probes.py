"""What probes build on: events that cross regions, metrics of seconds, calls that wait."""

from __future__ import annotations

import json
from typing import Final

from autopilot_lab.conformance.belief import belief, documented
from autopilot_lab.conformance.sandbox import RULE_SETTLES_SECONDS, Sandbox
from autopilot_lab.conformance.sources import guide, operation
from autopilot_lab.conformance.verdicts import equal

CROSS_REGION: Final = guide(
    "EventBridge user guide, sending and receiving events between Regions",
    "eventbridge/latest/userguide/eb-cross-region.html",
)
SCHEDULE_TYPES: Final = guide(
    "EventBridge Scheduler user guide, schedule types",
    "scheduler/latest/UserGuide/schedule-types.html",
)
ASYNC_ERRORS: Final = guide(
    "Lambda developer guide, errors and retries of asynchronous invocations",
    "lambda/latest/dg/invocation-async-error-handling.html",
)
CLOUDWATCH_RIGHTS: Final = guide(
    "CloudWatch user guide, condition keys to limit access to namespaces",
    "AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html",
    seen=False,
)


@belief(
    CROSS_REGION,
    breaks="the regions that act would never hear of the observer's alarms",
    makes="2 rules, 1 role, 1 queue",
)
def a_rule_sends_to_the_default_bus_of_another_region(sandbox: Sandbox) -> None:
    """With a role that may put events there, a rule's event arrives on that bus as it was."""
    url, name = _received_at_home(sandbox)
    role = sandbox.role("events.amazonaws.com", {"events:PutEvents": _bus(sandbox)})
    _forwarded(sandbox, name, {"RoleArn": role})
    body = sandbox.received(url, within_seconds=60)
    equal((body["source"], body["region"]), (name, sandbox.regions.standby), "source and region")


@belief(
    CROSS_REGION,
    breaks="the rule's role would be a right that nothing needs",
    makes="2 rules, 1 role, 1 queue",
)
def a_role_that_may_not_put_events_forwards_none(sandbox: Sandbox) -> None:
    """The right decides: a role without events:PutEvents on the other bus lets nothing through."""
    url, name = _received_at_home(sandbox)
    role = sandbox.role("events.amazonaws.com", {"events:PutEvents": f"{_bus(sandbox)}-other"})
    _forwarded(sandbox, name, {"RoleArn": role})
    sandbox.nothing_comes(url, within_seconds=30)


def _received_at_home(sandbox: Sandbox) -> tuple[str, str]:
    """A queue for events of a new source on home's default bus; its address, and the source."""
    url, queue = sandbox.queue()
    name = sandbox.name()
    sandbox.rule({"source": [name]}, queue)
    return url, name


def _bus(sandbox: Sandbox) -> str:
    return f"arn:aws:events:{sandbox.regions.home}:{sandbox.account}:event-bus/default"


def _forwarded(sandbox: Sandbox, name: str, target: dict[str, str]) -> None:
    """Forward standby's events of that source to home, and put one."""
    client = sandbox.client("events", sandbox.regions.standby)
    client.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    sandbox.cleaner.later(f"rule {name}", lambda: client.delete_rule(Name=name))
    client.put_targets(Rule=name, Targets=[{"Id": "home", "Arn": _bus(sandbox), **target}])
    sandbox.cleaner.later(
        f"targets of {name}", lambda: client.remove_targets(Rule=name, Ids=["home"])
    )
    sandbox.wait(RULE_SETTLES_SECONDS)
    event = {"Source": name, "DetailType": "trial", "Detail": "{}"}
    client.put_events(Entries=[event])


PROBES: Final = (
    documented(
        "a-ten-second-alarm-needs-resolution-1",
        "An alarm of 10 s periods on a metric stored without StorageResolution 1 often lacks data.",
        operation("cloudwatch", "PutMetricAlarm"),
        breaks="probes could be stored by the minute, and their alarms would still go off in one",
        untried="the page says often, not when",
    ),
    documented(
        "data-points-may-come-late",
        "PutMetricData takes time stamps of up to two weeks ago, and alarms see recent ones.",
        operation("cloudwatch", "PutMetricData"),
        breaks="good probes could not be held back for half a minute",
        untried="how late is still in time for an alarm is not documented",
    ),
    documented(
        "a-schedule-is-precise-to-the-minute",
        "A schedule calls its target at any second of the minute that it names.",
        SCHEDULE_TYPES,
        breaks="probe calls would begin at full minutes, and slots would need no number",
        untried="no call shows it; only time and load would",
    ),
    documented(
        "a-throttled-event-is-tried-again",
        "An asynchronous event that meets a function at its concurrency waits, a second and longer,"
        " until it is too old.",
        ASYNC_ERRORS,
        breaks="a probe call that comes early would be lost, or run beside the one before it",
        untried="how long it waits depends on what else is in Lambda's queue",
    ),
    documented(
        "metrics-can-be-limited-to-a-namespace",
        "cloudwatch:PutMetricData has no resource; the key cloudwatch:namespace limits it.",
        CLOUDWATCH_RIGHTS,
        breaks="a vantage could publish in the routers' name, and set the reflex off",
        untried="it needs a second principal, which a sandbox's account has not",
    ),
)
