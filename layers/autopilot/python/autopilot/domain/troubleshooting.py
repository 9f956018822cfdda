"""Troubleshooting as data: symptom → checks → likely cause → runbook or advice. Pure.

Pages take their likely cause and next command from here, reports their checks, and
docs/troubleshooting.md is written from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from autopilot.domain.incident import Situation
from autopilot.domain.page import STATUS


@dataclass(frozen=True, slots=True)
class Entry:
    """One symptom, and how to go on from it."""

    symptom: str
    situations: tuple[str, ...]  #: in which it may be what is seen
    alarm_words: tuple[str, ...]  #: words of an alarm's name that point at it; () for any alarm
    checks: tuple[str, ...]
    likely: str
    response: str  #: the runbook, or what to do by hand
    next_command: str = STATUS
    after_failure: bool = False  #: a runbook of the incident did not reach its end


def advise(situation: str, alarms: Sequence[str], *, failed: bool = False) -> Entry:
    """The entry that fits best: a failed runbook's, then by words of alarms, then by situation."""
    words = {word for alarm in alarms for word in alarm.lower().split("-")}
    fitting = [each for each in TABLE if situation in each.situations and not each.after_failure]
    if failed:
        fitting = [each for each in TABLE if each.after_failure]
    by_words = [each for each in fitting if words & set(each.alarm_words)]
    return (by_words or [each for each in fitting if not each.alarm_words] or [ANYTHING])[0]


_PATHS: Final = (Situation.PATH_LOST, Situation.REGION_DEGRADED)
ANYTHING: Final = Entry(
    symptom="Something that no other entry describes",
    situations=(),
    alarm_words=(),
    checks=("Read the evidence on the page.", "Open the run in the console."),
    likely="not known; the evidence says what was seen.",
    response="Decide by hand.",
)

TABLE: Final[tuple[Entry, ...]] = (
    Entry(
        "Requests of the direct path fail",
        _PATHS,
        ("direct",),
        (
            "CloudWatch, AWS/Bedrock, InvocationThrottles and InvocationServerErrors of the model.",
            "Service Quotas: tokens and requests per minute of the model in this region.",
            "AWS Health of Amazon Bedrock in this region.",
        ),
        "Amazon Bedrock throttles or fails in this region.",
        "traffic_ramp takes the route out of use; ask for quota when it throttles.",
    ),
    Entry(
        "Requests of the MCP path fail",
        _PATHS,
        ("mcp",),
        (
            "The MCP router's own errors and its tools' answers.",
            "Whether the MCP router was released within the hour.",
            "Credentials and endpoints of the tools that it calls.",
        ),
        "the MCP router or one of its tools fails.",
        "traffic_ramp takes the route out of use; put the MCP router's release back.",
    ),
    Entry(
        "A route fails",
        _PATHS,
        (),
        (
            "Which share of the route's requests fails, and since when: autopilot status.",
            "Whether only this route of the region fails, or all of them.",
            "What was released or configured in the quarter of an hour before.",
        ),
        "the route's backend fails.",
        "traffic_ramp takes the route out of use.",
    ),
    Entry(
        "Requests are slow",
        (Situation.OBJECTIVE_AT_RISK, Situation.PATH_LOST, Situation.NOTHING_WRONG),
        ("latency", "slow", "p95"),
        (
            "p95 by route: one slow route, or all of them.",
            "Load against proven capacity of the route.",
            "Length of prompts and answers, which changes with clients.",
        ),
        "a route runs near its capacity, or its model answers slowly.",
        'traffic_ramp with {"mode": "execute", "target": …} spreads the load.',
    ),
    Entry(
        "The error budget burns, and no route is to blame",
        (Situation.OBJECTIVE_AT_RISK,),
        (),
        (
            "Errors by kind: clients' mistakes are not the service's.",
            "The release of the hour.",
            "A dependency that all routes share.",
        ),
        "a fault that all routes share, most often the last release.",
        "emergency_rollback with {} says which release it would put back: execute it, or not.",
    ),
    Entry(
        "A release, and then every route fails",
        (Situation.BAD_RELEASE,),
        (),
        (
            "What served before, and what the rollback turned: docs/rollback.md.",
            "What the release changed: software, configuration, settings.",
            "Whether the pipeline is about to release again: stop it first.",
        ),
        "the release that was just deployed.",
        "emergency_rollback puts back the last release that served well.",
    ),
    Entry(
        "A deploy happened just before",
        (Situation.OBJECTIVE_AT_RISK, *_PATHS),
        ("deploy", "release", "canary"),
        ("The Lambda alias's version and when it moved.", "Errors by version."),
        "the release that was just deployed.",
        "emergency_rollback puts the last good release back; {} says which.",
    ),
    Entry(
        "A region cannot be reached",
        (Situation.REGION_LOST,),
        (),
        (
            "Probes of all three vantages, and their control target.",
            "AWS Health of the region.",
            "DNS answers for the public endpoint, from outside.",
        ),
        "the region, or the way to it, is lost.",
        "regional_failover leaves it; where it asks: autopilot approvals (docs/failover.md).",
    ),
    Entry(
        "Everything looks dead at once",
        (Situation.OBSERVER_SUSPECT,),
        (),
        (
            "The service from a phone's network.",
            "The probes' control target.",
            "Whether something that all have in common changed: DNS, certificate, client secrets.",
        ),
        "the observer is wrong, or what everything shares failed.",
        "Nothing is moved: there is nowhere to move to.",
    ),
    Entry(
        "Metrics are missing",
        (Situation.BLIND,),
        (),
        (
            "Whether routers publish: CloudWatch, HybridRouting, newest datapoint.",
            "Requests at the public endpoint.",
            "AWS Health of CloudWatch.",
        ),
        "the routers cannot publish, or serve nobody.",
        "Nothing is moved without data: look at the service itself.",
    ),
    Entry(
        "An alarm is stale: a mute ended, or its state was set by hand",
        (Situation.NOTHING_WRONG,),
        (),
        (
            "The alarm's history: set by whom, muted until when.",
            "The alarm's metric at the instant of the change.",
        ),
        "the alarm's state was older than the service's.",
        "Nothing; correct the alarm if it goes off without cause again.",
    ),
    Entry(
        "The ledger cannot be reached",
        (Situation.DATA_AT_RISK, Situation.AUTOMATION_FAILING),
        ("ledger", "dynamodb"),
        (
            "AWS Health of DynamoDB in home and standby.",
            "Whether routers still serve: they keep their last good allocation.",
            "The functions' rights on both replicas.",
        ),
        "DynamoDB does not answer in either region; nothing is moved meanwhile.",
        "Override at the routers if traffic must move now (docs/service-contract.md, rule 4).",
    ),
    Entry(
        "The trail is damaged, or its export waits",
        (Situation.DATA_AT_RISK,),
        ("trail", "archive", "replication"),
        ("Entries that wait: autopilot status.", "The bucket's policy and its last object."),
        "the trail's bucket refuses writes, or was changed by hand.",
        "Look before anything is deleted: damage is a security incident.",
    ),
    Entry(
        "Something that is kept is at risk",
        (Situation.DATA_AT_RISK,),
        (),
        ("What the alarm measures, and its newest datapoints.",),
        "a table, bucket or key that the service keeps data in.",
        "Look at the resource that the alarm names.",
    ),
    Entry(
        "A run died",
        (Situation.AUTOMATION_FAILING,),
        ("aborted", "runs", "ramps", "states"),
        (
            "The execution in the console: stopped by whom, or timed out in which state.",
            "Whether its lease is free: autopilot status.",
        ),
        "the run was stopped from outside, or met its time-out.",
        "Within minutes the reaper undoes or keeps what it left, and pages; then start it again.",
    ),
    Entry(
        "Pages do not arrive",
        (Situation.AUTOMATION_FAILING,),
        ("pager", "pages", "sns"),
        ("Subscriptions of both page topics.", "Rights on the topics' key."),
        "a topic, its key or its subscription is broken.",
        "Tell people by another way, then repair the topic.",
    ),
    Entry(
        "A sweep, or a probe, is silent",
        (Situation.AUTOMATION_FAILING,),
        ("sweep", "silent", "schedule"),
        (
            "The schedule's state.",
            "The sweep's newest executions; the newest errors of probe_regions.",
            "The dead letters of schedules.",
        ),
        "a schedule is off, or what it starts fails.",
        "Start health_sweep by hand; repair the schedule. A vantage less is survived, two are not.",
    ),
    Entry(
        "Events could not be handled",
        (Situation.AUTOMATION_FAILING,),
        ("queue", "dlq", "failed"),
        ("The messages of the dead-letter queue: what was refused, and why.",),
        "an event that nobody can read, or a function that failed three times.",
        "docs/deploy.md, “Failed events”.",
    ),
    Entry(
        "The automation itself fails",
        (Situation.AUTOMATION_FAILING,),
        (),
        ("The newest errors of the function or machine that the alarm names.",),
        "a function or machine of the automation.",
        "Look at its log; it may not help the next time.",
    ),
    Entry(
        "A security finding",
        (Situation.SECURITY_FINDING,),
        (),
        ("The finding: who, what, since when.", "CloudTrail of that principal."),
        "credentials in use by somebody else, or a rule that is too wide.",
        "Take away that access (deactivate the key, revoke the role's sessions); delete nothing.",
    ),
    Entry(
        "A runbook did not reach its end",
        tuple(Situation),
        (),
        (
            "The nested run's error on the page, and its execution.",
            "Who holds the lease, whether the stop lever is engaged: autopilot status.",
            "Healthy routes with proven capacity left.",
        ),
        "the gate refused it, or the traffic has nowhere to go.",
        "Decide by hand: another target, more capacity, or the stop lever; docs/operate.md.",
        after_failure=True,
    ),
)
