"""The four dashboards, made from the catalogue and the profile: they look at both regions.

Dashboards belong to the account, not to a region (PutDashboard), so they are in the foundation,
which is deployed once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from autopilot.domain.burn_rate import FAST
from autopilot.domain.profile import Profile
from autopilot.domain.rehearsal import Recovery
from autopilot.signals.catalogue import METRICS
from autopilot.signals.cost_panels import cost_panels
from autopilot.signals.section import between_marks, generated_alarms
from autopilot.signals.traffic_panels import availability_panel, performance_panels, traffic_panels
from autopilot.signals.widgets import (
    HOME,
    OBSERVER,
    SERVING,
    STANDBY,
    WATCHING,
    Entry,
    Graph,
    Widget,
    alarm_widget,
    entry,
    laid_out,
    text_widget,
)

START: Final = "-PT3H"
_FIVE_MINUTES: Final = 300
_DAY: Final = 86_400
#: What is looked at of the machines that change the service or answer incidents.
MACHINES: Final = ("traffic-ramp", "emergency-rollback", "incident-response")
QUEUES: Final = ("failed-alarms", "failed-schedules")
COMPONENTS: Final = (
    "BedrockSupportManager",
    "InfrastructureAuditor",
    "MetaMonitor",
    "ImplementationSupport",
)
#: How the logical ids of alarms begin or end that tell people about the service.
_TELLING: Final = ("Failing", "Budget", "Degrading", "Unreachable")
#: Regions by the conditions of alarms that do not stand in both that serve.
_WHERE: Final = {"LooksAtHome": (STANDBY, OBSERVER), "LooksAtStandby": (HOME, OBSERVER)}
_STOPPED: Final = ("schedules-silent", "sealing-stopped", "probing-stopped", "never-begun")
_OWN: Final = ("failed-alarms", "failed-schedules", "pages-undelivered", "audit-late")
_OWN_MORE: Final = ("refusals-many", "reflex-throttled", *_STOPPED)
_DAILY: Final = ("archive-missed", "compliance-missed", "verification-missed")


def dashboards(profile: Profile) -> dict[str, Mapping[str, Any]]:
    """The bodies by name: overview, performance, security, cost."""
    panels = {
        "overview": _overview(profile),
        "performance": _performance(profile),
        "security": _security(),
        "cost": _cost(profile),
    }
    return {
        name: {"start": START, "periodOverride": "inherit", "widgets": laid_out(list(widgets))}
        for name, widgets in panels.items()
    }


def body_lines(body: Mapping[str, Any]) -> Iterator[str]:
    """A body as lines of JSON, one widget each, so that a change of one shows as one."""
    head = {name: value for name, value in body.items() if name != "widgets"}
    yield json.dumps(head)[:-1] + ', "widgets": ['
    *most, last = (json.dumps(widget) for widget in body["widgets"])
    yield from (f"  {each}," for each in most)
    yield f"  {last}"
    yield "]}"


def _overview(profile: Profile) -> Iterator[Widget]:
    yield text_widget(
        "# ${Service}: overview\nWhat clients get, what the automation sees and does. Start at "
        "the score; `autopilot status` says what is going on. Definitions: docs/metrics.md"
    )
    yield Graph(
        "Health score",
        [
            *(entry("health_score", region, label=f"seen from {region}") for region in SERVING),
            *(entry("unknown_points", region, label=f"unknown, {region}") for region in SERVING),
        ],
        view="singleValue",
        period_seconds=_FIVE_MINUTES,
    ).to_widget()
    yield Graph(
        "Age of the last sweep, seconds",
        _sweep_ages(profile),
        view="singleValue",
    ).to_widget()
    yield availability_panel(profile)
    yield Graph(
        "Time to mitigate, seconds",
        [
            entry("time_to_mitigate", region, label=f"incidents run in {region}")
            for region in SERVING
        ],
        view="singleValue",
        period_seconds=_DAY,
    ).to_widget()
    yield from _recovery()
    yield alarm_widget(
        "Alarms that start incidents, and what they explain", _telling_alarms(profile)
    )
    yield from traffic_panels(profile)
    yield Graph(
        "Burn rate over an hour: 1 spends the budget in its period",
        [
            entry("burn_rate", region, {"Window": "1h"}, label=f"seen from {region}")
            for region in SERVING
        ],
        lines={"an incident is run": FAST.factor_tenths / 10},
        period_seconds=_FIVE_MINUTES,
    ).to_widget()
    yield Graph(
        "Failed probes by target, from each vantage",
        list(_probes(profile)),
        unit="share of probes",
        top=1,
    ).to_widget()
    yield Graph(
        "Effects and refusals of the automation",
        [
            entry(metric, region, label=f"{metric}, {region}")
            for metric in ("effects", "refusals")
            for region in SERVING
        ],
        unit="a minute",
    ).to_widget()


def _recovery() -> Iterator[Widget]:
    """What the last rehearsal said; one that lies further back is in the report's trend."""
    for metric, title in (
        ("recovery_time", "Recovery time (RTO) as rehearsed this month, seconds"),
        ("recovery_loss", "Work lost by recovery (RPO) as rehearsed this month, seconds"),
    ):
        yield Graph(
            title,
            [
                entry(metric, region, {"Recovery": each.value}, label=f"{each.value} in {region}")
                for each in Recovery
                for region in SERVING
            ],
            view="singleValue",
            period_seconds=_DAY,
        ).to_widget()


def _performance(profile: Profile) -> Iterator[Widget]:
    yield text_widget(
        "# ${Service}: performance\nLatency by route as its own region's routers see it; rates "
        "over all routers. Objectives are drawn where they apply."
    )
    yield from performance_panels(profile)
    yield Graph(
        "Burn rate over six hours and three days",
        [
            entry("burn_rate", region, {"Window": window}, label=f"{window}, {region}")
            for window in ("6h", "3d")
            for region in SERVING
        ],
        lines={"spends the budget in its period": 1.0},
        period_seconds=_DAY,
    ).to_widget()
    yield Graph(
        "Quota headroom at the peak of the day",
        list(_headroom(profile)),
        unit="percent",
        top=100,
        lines={"to be left": float(profile.sweep.quota_reserve_percent)},
        period_seconds=_DAY,
    ).to_widget()
    yield Graph(
        "Support Mode by component, 1 healthy",
        [
            entry("support_mode", region, {"Component": name}, label=f"{name}, {region}")
            for name in COMPONENTS
            for region in SERVING
        ],
        top=1,
        period_seconds=_DAY,
    ).to_widget()


def _security() -> Iterator[Widget]:
    yield text_widget(
        "# ${Service}: security and evidence\nWhat was refused, what was done, and whether the "
        "record of it is complete. Compliance has its own daily report."
    )
    yield alarm_widget(
        "Alarms about the automation itself",
        {f"autopilot-${{Service}}-{name}": SERVING for name in (*_OWN, *_OWN_MORE, *_DAILY)},
    )
    for metric, title, unit in (
        ("refusals", "Refusals by gate, rails, rights and checks of inputs", "a minute"),
        ("effects", "Effects that were put on record", "a minute"),
        ("audit_lag", "Audit lag: age of the oldest entry not in the trail", "seconds"),
        ("journal_waiting", "Journal entries that had to wait", "entries"),
    ):
        entries = [entry(metric, region, label=region) for region in SERVING]
        yield Graph(title, entries, unit=unit).to_widget()
    yield from _assurance()
    yield Graph("Events that nobody acted on", list(_queues()), unit="messages").to_widget()
    yield Graph("Runs that were cut off", list(_cut_off()), unit="runs").to_widget()
    yield Graph(
        "Pages that a subscriber did not take",
        [
            entry("pages_undelivered", region, {"TopicName": "${Service}-pages"}, label=region)
            for region in SERVING
        ],
        unit="notifications",
    ).to_widget()


def _assurance() -> Iterator[Widget]:
    """What daily checks say of trail and controls."""
    for metric in ("trail_verified", "compliance_score", "security_score"):
        yield Graph(
            METRICS[metric].title,
            [entry(metric, region, label=region) for region in SERVING],
            view="singleValue",
            period_seconds=_DAY,
        ).to_widget()


def _cost(profile: Profile) -> Iterator[Widget]:
    yield text_widget(
        "# ${Service}: cost of the models\nTokens as Bedrock counts them, at the prices of the "
        "profile. What has no price there is not in the sum."
    )
    yield from cost_panels(profile)


def _telling_alarms(profile: Profile) -> Mapping[str, Sequence[str]]:
    """What people are woken by about the service, and where each alarm stands."""
    return {
        alarm["Properties"]["AlarmName"]["Fn::Sub"]: _WHERE.get(alarm["Condition"], SERVING)
        for name, alarm in generated_alarms(profile).items()
        if name.startswith(_TELLING) or name.endswith(_TELLING)
    }


def _sweep_ages(profile: Profile) -> list[Entry]:
    """Of each region's sweep, by whichever region is the planner."""
    regions = (profile.regions.home, profile.regions.standby)
    return [
        entry("sweep_age", region, {"Vantage": vantage}, label=f"{vantage}, says {region}")
        for vantage in regions
        for region in SERVING
    ]


def _probes(profile: Profile) -> Iterator[Entry]:
    for target in (profile.regions.home, profile.regions.standby, "control"):
        for region in WATCHING:
            about = {"Target": target}
            yield entry("probe_failures", region, about, label=f"{target} from {region}", period=60)


def _headroom(profile: Profile) -> Iterator[Entry]:
    for region in (profile.regions.home, profile.regions.standby):
        for path in dict.fromkeys(model.path for model in profile.bedrock.models):
            for limit in ("requests", "tokens"):
                about = {"Region": region, "Path": path, "Limit": limit}
                for place in SERVING:
                    label = f"{limit}, {region}/{path}, says {place}"
                    yield entry("quota_headroom", place, about, label=label)


def _queues() -> Iterator[Entry]:
    for queue in QUEUES:
        for region in WATCHING:
            about = {"QueueName": f"${{Service}}-{queue}"}
            yield entry("failed_events", region, about, label=f"{queue}, {region}")


def _cut_off() -> Iterator[Entry]:
    for machine in MACHINES:
        for region in SERVING:
            arn = f"arn:${{AWS::Partition}}:states:{region}:${{AWS::AccountId}}:stateMachine"
            about = {"StateMachineArn": f"{arn}:${{Service}}-{machine}"}
            for metric, word in (("runs_aborted", "aborted"), ("runs_timed_out", "timed out")):
                yield entry(metric, region, about, label=f"{machine} {word}, {region}")


def generate_dashboards(foundation: str, profile: Profile) -> str:
    """The `foundation` with its dashboards written anew from `profile`."""
    resources = "\n".join(
        "".join(f"{line}\n" for line in _resource(name, body))
        for name, body in dashboards(profile).items()
    )
    return between_marks(foundation, resources)


def _resource(name: str, body: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {name.capitalize()}Dashboard:"
    yield "    Type: AWS::CloudWatch::Dashboard"
    yield "    Properties:"
    yield f"      DashboardName: !Sub ${{Service}}-{name}"
    yield "      DashboardBody: !Sub |"
    yield from (f"        {line}" for line in body_lines(body))
