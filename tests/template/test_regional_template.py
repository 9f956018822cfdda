"""What the regional template sets up, read as CloudFormation gets it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from autopilot.adapters import clients
from autopilot.domain.profile import Profile
from autopilot_lab.emulator.timetable import Timetable
from tests.template.rights import actions_of, may, statements
from tests.template.sources import (
    MACHINES,
    REGIONAL,
    ROOT,
    Template,
    definition,
    of_type,
    references,
    translated,
    written,
)

ASYNCHRONOUS: Final = {
    "ContainRoute",
    "ReceiveAlarm",
    "TendLedger",
    "ProbeRegions",
    "SealTrail",
    "VerifyTrail",
}
#: Types of resources that do something by themselves.
ACTORS: Final = {
    "AWS::Events::Rule",
    "AWS::Lambda::Function",
    "AWS::Scheduler::Schedule",
    "AWS::StepFunctions::StateMachine",
}
CALL_SECONDS: Final = clients.CONNECT_TIMEOUT_SECONDS + clients.READ_TIMEOUT_SECONDS
PROFILE: Final = ROOT / "layers/profile/profile/profile.toml"


@pytest.fixture
def regional() -> Template:
    """The regional template, translated."""
    return translated(REGIONAL)


def test_every_folder_of_a_function_is_deployed(regional: Template) -> None:
    """Code that nobody deploys is not tested by anything that runs."""
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    functions = of_type(written(REGIONAL), "AWS::Serverless::Function")

    assert {one["Properties"]["CodeUri"] for one in functions.values()} == {
        f"functions/{folder}" for folder in folders
    }
    assert functions.keys() == of_type(regional, "AWS::Lambda::Function").keys()


def test_every_function_writes_to_a_log_group_that_forgets(regional: Template) -> None:
    """A log group that Lambda makes by itself keeps everything for ever."""
    for name, function in of_type(regional, "AWS::Lambda::Function").items():
        assert function["Properties"]["LoggingConfig"]["LogGroup"] == {"Ref": f"{name}Log"}
        assert "RetentionInDays" in regional["Resources"][f"{name}Log"]["Properties"]


def test_every_machine_writes_to_a_vended_log_group_that_forgets(regional: Template) -> None:
    """Below /aws/vendedlogs the account's log resource policy does not grow with each machine."""
    for name, machine in of_type(regional, "AWS::StepFunctions::StateMachine").items():
        logging = machine["Properties"]["LoggingConfiguration"]
        group = regional["Resources"][f"{name}Log"]["Properties"]

        assert list(references(logging)) == [f"{name}Log"]
        assert logging["Level"] == "ALL"
        assert group["LogGroupName"]["Fn::Sub"].startswith("/aws/vendedlogs/states/")
        assert "RetentionInDays" in group


def test_everything_that_can_be_traced_is_traced(regional: Template) -> None:
    """One trace shows the way from an alarm to its effect."""
    for function in of_type(regional, "AWS::Lambda::Function").values():
        assert function["Properties"]["TracingConfig"] == {"Mode": "Active"}
    for machine in of_type(regional, "AWS::StepFunctions::StateMachine").values():
        assert machine["Properties"]["TracingConfiguration"] == {"Enabled": True}


def test_functions_run_where_their_layer_was_built_for(regional: Template) -> None:
    """Compiled wheels of another architecture or Python cannot be imported."""
    for function in of_type(regional, "AWS::Lambda::Function").values():
        assert function["Properties"]["Runtime"] == "python3.13"
        assert function["Properties"]["Architectures"] == ["arm64"]


def test_concurrency_is_reserved_for_the_reflex_and_limited_for_the_probes(
    regional: Template,
) -> None:
    """Reserving for others would take from the reflex; two vantages in one would contradict."""
    functions = of_type(regional, "AWS::Lambda::Function")
    reserved = {
        name: one["Properties"]["ReservedConcurrentExecutions"]
        for name, one in functions.items()
        if "ReservedConcurrentExecutions" in one["Properties"]
    }
    assert reserved == {"ContainRoute": {"Ref": "ReflexConcurrency"}, "ProbeRegions": 1}


def test_a_function_gives_up_before_the_task_that_calls_it(regional: Template) -> None:
    """A task that ends first starts a retry beside a function that still runs."""
    functions = of_type(regional, "AWS::Lambda::Function")
    called = [(function, task) for path in MACHINES for function, task in _calls(definition(path))]
    assert called
    for function, task in called:
        assert functions[function]["Properties"]["Timeout"] < task["TimeoutSeconds"], function


def _calls(machine: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    found = []
    for state in machine["States"].values():
        name = state.get("Arguments", {}).get("FunctionName")
        if name is not None:
            found.append((name.removeprefix("${").removesuffix("Arn}"), state))
        for branch in state.get("Branches", []):
            found += _calls(branch)
    return found


def test_every_function_called_asynchronously_has_a_way_to_fail(regional: Template) -> None:
    """What Lambda gives up on after its retries waits in a queue, and the role may send there."""
    configured = of_type(regional, "AWS::Lambda::EventInvokeConfig")

    assert {next(references(one["Properties"]["FunctionName"])) for one in configured.values()} == (
        ASYNCHRONOUS
    )
    for one in configured.values():
        queue = next(references(one["Properties"]["DestinationConfig"]["OnFailure"]))
        function = next(references(one["Properties"]["FunctionName"]))
        assert regional["Resources"][queue]["Type"] == "AWS::SQS::Queue"
        assert may(regional, f"{function}Role", "sqs:SendMessage", queue)


def test_whatever_an_alarm_a_rule_or_a_schedule_calls_is_known_to_be_asynchronous(
    regional: Template,
) -> None:
    """The list that the test above stands on is complete."""
    functions = of_type(regional, "AWS::Lambda::Function").keys()
    events = [
        *(one["Properties"].get("AlarmActions", []) for one in _alarms(regional).values()),
        *(one["Properties"]["Targets"] for one in of_type(regional, "AWS::Events::Rule").values()),
        *(one["Properties"]["Target"] for one in _schedules(regional).values()),
    ]
    assert set(references(events)) & functions == ASYNCHRONOUS


def test_every_target_of_a_rule_or_a_schedule_has_a_dead_letter_queue(regional: Template) -> None:
    """An event that cannot be delivered is kept, not dropped."""
    targets = [one["Properties"]["Target"] for one in _schedules(regional).values()]
    for rule in of_type(regional, "AWS::Events::Rule").values():
        targets += rule["Properties"]["Targets"]

    for target in targets:
        queue = next(references(target["DeadLetterConfig"]))
        assert regional["Resources"][queue]["Type"] == "AWS::SQS::Queue"
        assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 900


def test_every_queue_is_encrypted_and_somebody_is_told_when_it_fills(regional: Template) -> None:
    """A queue of failures that nobody watches is a silent one."""
    watched = {
        next(references(one["Properties"]["Dimensions"]))
        for one in _alarms(regional).values()
        if one["Properties"].get("Namespace") == "AWS/SQS"
        and one["Properties"]["AlarmActions"] == [{"Ref": "PageTopic"}]
    }
    queues = of_type(regional, "AWS::SQS::Queue")

    assert watched == queues.keys()
    assert all(one["Properties"]["SqsManagedSseEnabled"] for one in queues.values())


def test_our_own_alarms_never_reach_the_reflex_or_the_rule(regional: Template) -> None:
    """An alarm about the automation must not be taken for one about a route."""
    rule = regional["Resources"]["AlarmRule"]["Properties"]["EventPattern"]
    assert rule["detail"]["alarmName"] == [{"prefix": {"Fn::Sub": "${Service}-"}}]
    assert rule["detail"]["state"] == {"value": ["ALARM"]}

    composites = of_type(regional, "AWS::CloudWatch::CompositeAlarm")
    names = {
        logical_id: alarm["Properties"]["AlarmName"]["Fn::Sub"]
        for logical_id, alarm in {**_alarms(regional), **composites}.items()
    }
    opening = {logical_id for logical_id, name in names.items() if name.startswith("${Service}-")}
    assert all(names[each].startswith("autopilot-${Service}-") for each in names.keys() - opening)
    assert {each for each in opening if not each.startswith("Failing")} == {
        "HomeUnreachable",
        "StandbyUnreachable",
        "BudgetBurning",
    }


def test_the_reflex_may_be_called_by_route_alarms_only(regional: Template) -> None:
    """The permission's prefix is that of the route alarms' names."""
    permission = regional["Resources"]["AlarmsMayContain"]["Properties"]
    assert permission["SourceArn"]["Fn::Sub"][1] == {"Alarms": {"Fn::Sub": "alarm:${Service}-*"}}


def test_the_observer_holds_nothing_that_acts(regional: Template) -> None:
    """It has its probes, its way to page, and a rule that tells the others; no more."""
    here = _of_the_observer(regional)
    kinds = {name for name in here if regional["Resources"][name]["Type"] in ACTORS}

    assert kinds == {"ProbeRegions", "ProbeSchedule", "ForwardRule"}
    assert {name for name in here if name.endswith("Unreachable")} == {
        "HomeUnreachable",
        "StandbyUnreachable",
    }
    assert "ProbeSilent" in here


def test_the_observer_can_write_records_but_change_no_traffic(regional: Template) -> None:
    """Its one function starts nothing, pages nobody and publishes into one namespace."""
    (publishing,) = [
        one
        for one in statements(regional)
        if one.actions == ["cloudwatch:PutMetricData"] and one.owner == "ProbeRegionsRole"
    ]

    assert publishing.body["Condition"] == {
        "StringEquals": {"cloudwatch:namespace": "Autopilot/Probes"}
    }


def test_the_automation_may_set_routing_controls_and_override_no_safety_rule(
    regional: Template,
) -> None:
    """Those of the profile's cluster alone; a rule is somebody's decision."""
    (turning,) = [
        one
        for one in statements(regional)
        if one.actions == ["route53-recovery-cluster:UpdateRoutingControlStates"]
    ]
    assert turning.body["Resource"] == {"Ref": "RoutingControls"}
    assert turning.body["Condition"] == {
        "Bool": {"route53-recovery-cluster:AllowSafetyRulesOverrides": "false"}
    }


@pytest.mark.parametrize(
    "action, holders",
    [
        (
            "DescribeGlobalClusters",
            {"ChangeService", "ObserveService", "PlanRunbook", "TendLedger"},
        ),
        ("SwitchoverGlobalCluster", {"ChangeService", "TendLedger"}),
        ("FailoverGlobalCluster", {"ChangeService"}),
    ],
)
def test_rights_on_a_database_come_with_its_name(
    regional: Template, action: str, holders: set[str]
) -> None:
    """Without the parameter there are none; what gives data up is one function's alone."""
    (moving,) = [one for one in statements(regional) if one.actions == [f"rds:{action}"]]
    able = {
        function
        for function in ("ChangeService", "ObserveService", "PlanRunbook", "TendLedger")
        if f"rds:{action}" in actions_of(regional, f"{function}Role")
    }

    assert able == holders
    assert moving.body["Resource"] == {"Ref": "GlobalDatabase"}
    assert regional["Resources"][moving.owner]["Condition"] == "MovesDatabase"
    assert regional["Parameters"]["GlobalDatabase"]["Default"] == ""


def test_the_observer_tells_both_regions_that_act(regional: Template) -> None:
    """Each of them on its default bus, by a role that may send there and nowhere else."""
    rule = regional["Resources"]["ForwardRule"]["Properties"]
    buses = [target["Arn"]["Fn::Sub"] for target in rule["Targets"]]
    (sending,) = [one for one in statements(regional) if one.actions == ["events:PutEvents"]]

    assert [bus[1]["Region"] for bus in buses] == [
        {"Fn::Select": [number, {"Ref": "LedgerRegions"}]} for number in (0, 1)
    ]
    assert all(bus[0].endswith(":event-bus/default") for bus in buses)
    assert [arn["Fn::Sub"] for arn in sending.body["Resource"]] == buses
    assert rule["EventPattern"]["detail"] == {"alarmName": [{"prefix": {"Fn::Sub": "${Service}-"}}]}


def test_a_vantage_has_no_alarm_on_its_own_region(regional: Template) -> None:
    """A region's alarms are lost with it; those of the others are what tells."""
    alarms, conditions = _alarms(regional), regional["Conditions"]
    for name, role in (("HomeUnreachable", "home"), ("StandbyUnreachable", "standby")):
        condition = conditions[alarms[name]["Condition"]]
        assert condition == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Role"}, role]}]}


def test_two_probe_calls_in_a_row_wait_for_each_other(regional: Template) -> None:
    """The time-out covers a minute of slots and one slot in which nothing answers."""
    function = regional["Resources"]["ProbeRegions"]["Properties"]
    profile = Profile.load(PROFILE.read_text(encoding="utf-8"))
    publishing = clients.ATTEMPTS_MAX * CALL_SECONDS
    recording = 2 * CALL_SECONDS

    assert function["ReservedConcurrentExecutions"] == 1
    assert function["Timeout"] > 60 + profile.probes.timeout_seconds + publishing + recording


def test_nothing_depends_on_something_that_may_be_missing(regional: Template) -> None:
    """What every region has, or the observer has, must not refer to what the observer lacks."""
    here = _of_the_observer(regional)
    for name in here:
        used = set(references(_without_choices(regional["Resources"][name])))
        assert used & regional["Resources"].keys() <= here, name


def _of_the_observer(regional: Template) -> set[str]:
    """The resources that are there in every region, or in the observer's."""
    there = {None, "OnlyLooks", "LooksAtHome", "LooksAtStandby", "ProbesAreWatched"}
    return {n for n, one in regional["Resources"].items() if one.get("Condition") in there}


def _without_choices(value: Any) -> Any:
    """Without what is chosen by a condition, which CloudFormation looks at only when it holds."""
    if isinstance(value, dict):
        return {k: _without_choices(each) for k, each in value.items() if k != "Fn::If"}
    return [_without_choices(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "schedule, example",
    [
        ("SweepSchedule", "schedule_health_sweep"),
        ("FullSweepSchedule", "schedule_health_sweep_full"),
        ("ReviewSchedule", "schedule_health_sweep_review"),
        ("ComplianceSchedule", "schedule_compliance_check"),
        ("TendSchedule", "schedule_tend_ledger"),
        ("ProbeSchedule", "schedule_probe_regions"),
        ("SealSchedule", "schedule_seal_trail"),
        ("VerifySchedule", "schedule_verify_trail"),
        ("FullVerifySchedule", "schedule_verify_trail_full"),
    ],
)
def test_a_schedule_sends_what_its_example_says(
    regional: Template, schedule: str, example: str
) -> None:
    """The examples that tests and drills start from are the real payloads."""
    sent = json.loads(regional["Resources"][schedule]["Properties"]["Target"]["Input"])
    written_down = (ROOT / f"events/{example}.json").read_text(encoding="utf-8")

    assert sent == json.loads(written_down)


def test_the_regions_sweep_at_different_minutes() -> None:
    """Two regions that look by turns see more than two that look at once."""
    sweeps = written(REGIONAL)["Mappings"]["Sweeps"]
    for kind in ("Schedule", "Full", "Review"):
        assert len({role[kind] for role in sweeps.values()}) == len(sweeps)


def test_each_morning_has_one_full_sweep_in_the_services_time_zone(regional: Template) -> None:
    """At six where the people are, also when clocks change: a review on Mondays, else a full."""
    for name, kind in (("FullSweepSchedule", "Full"), ("ReviewSchedule", "Review")):
        properties = regional["Resources"][name]["Properties"]
        assert properties["ScheduleExpressionTimezone"] == {"Ref": "TimeZone"}
        assert kind in json.dumps(properties["ScheduleExpression"])
    for role in written(REGIONAL)["Mappings"]["Sweeps"].values():
        for kind, mondays in (("Full", 0), ("Review", 2)):
            timetable = Timetable(role[kind], "Europe/Berlin")
            assert sum(day.weekday() == 0 for day in _fortnight(timetable)) == mondays
            assert {day.hour for day in _fortnight(timetable)} == {6}


def _fortnight(timetable: Timetable) -> list[datetime]:
    """When it fires in two weeks over which German clocks go forward."""
    zone = ZoneInfo("Europe/Berlin")
    instant = datetime(2026, 3, 22, tzinfo=zone).timestamp()
    end, found = instant + 14 * 86_400, []
    while (due := timetable.after(instant, 0.0)) is not None and due < end:
        found.append(datetime.fromtimestamp(due, zone))
        instant = due
    return found


def test_the_trail_is_kept_private_and_never_overwritten(regional: Template) -> None:
    """It outlives its stack, keeps versions, can be locked, and takes no second write of a key."""
    bucket = regional["Resources"]["TrailBucket"]
    properties = bucket["Properties"]
    denied = {
        statement["Sid"]: statement["Condition"]
        for statement in regional["Resources"]["TrailBucketPolicy"]["Properties"]["PolicyDocument"][
            "Statement"
        ]
        if statement["Effect"] == "Deny"
    }

    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert properties["ObjectLockEnabled"] is True
    assert all(properties["PublicAccessBlockConfiguration"].values())
    assert denied["OnlyOverTls"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert denied["OnlyIfAbsent"]["Null"] == {"s3:if-none-match": "true"}
    assert denied["OnlyIfAbsentOrUnchanged"]["Null"] == {
        "s3:if-none-match": "true",
        "s3:if-match": "true",
    }


def test_only_the_head_of_the_log_can_be_replaced(regional: Template) -> None:
    """And what waits or is no entry ends some day; nothing else in the bucket does."""
    policy = regional["Resources"]["TrailBucketPolicy"]["Properties"]["PolicyDocument"]
    said = {statement["Sid"]: statement for statement in policy["Statement"]}
    head = {"Fn::Sub": "${TrailBucket.Arn}/log/checkpoint"}
    rules = regional["Resources"]["TrailBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    ending = {
        rule.get("Prefix")
        for rule in rules
        if rule.keys() & {"ExpirationInDays", "NoncurrentVersionExpiration"}
    }

    assert said["OnlyIfAbsent"]["NotResource"] == head
    assert said["OnlyIfAbsentOrUnchanged"]["Resource"] == head
    assert ending == {"inbox/", "quarantine/"}


def test_a_message_comes_again_only_when_the_function_cannot_still_run(regional: Template) -> None:
    """Six time-outs and the window, as the Lambda developer guide says."""
    mapping = regional["Resources"]["IngestTrailEvents"]["Properties"]
    queue = regional["Resources"]["TrailEvents"]["Properties"]
    timeout = regional["Resources"]["IngestTrail"]["Properties"]["Timeout"]

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    window = mapping["MaximumBatchingWindowInSeconds"]
    assert queue["VisibilityTimeout"] >= 6 * timeout + window
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5


def test_the_longest_service_name_still_makes_a_bucket_name() -> None:
    """S3 allows 63 characters; account and the longest region name take their part."""
    pattern = written(REGIONAL)["Parameters"]["Service"]["AllowedPattern"]
    longest = int(pattern.rpartition(",")[2].partition("}")[0]) + 2

    assert len(f"{'s' * longest}-trail-123456789012-ap-northeast-1") <= 63


def test_the_defaults_are_those_of_the_profile() -> None:
    """A stack with the template's defaults is about the service that the layer describes."""
    profile = Profile.load(PROFILE.read_text(encoding="utf-8"))
    defaults = {
        name: parameter.get("Default")
        for name, parameter in written(REGIONAL)["Parameters"].items()
    }

    assert defaults["Service"] == profile.service.name
    assert defaults["TimeZone"] == profile.service.time_zone
    assert defaults["LedgerTable"] == f"{profile.service.name}-ledger"
    assert defaults["LedgerRegions"] == f"{profile.regions.home},{profile.regions.standby}"


def test_the_defaults_of_the_releases_are_those_of_the_profile() -> None:
    """What the roles may turn is what the profile names."""
    release = Profile.load(PROFILE.read_text(encoding="utf-8")).release
    defaults = {
        name: parameter.get("Default")
        for name, parameter in written(REGIONAL)["Parameters"].items()
    }

    assert release is not None
    assert release.emergency is not None
    assert defaults["ReleaseRegions"] == f"{release.regions[0]},{release.regions[-1]}"
    assert defaults["ReleaseFunction"] == release.function
    assert defaults["ReleaseAlias"] == release.alias
    assert defaults["ReleaseParameters"] == release.parameters
    assert (defaults["AdminApi"], defaults["AdminRegion"]) == (
        release.emergency.api,
        release.emergency.region,
    )


def test_the_role_of_the_canaries_is_the_services_own() -> None:
    """Profile and template name the same role, each by itself."""
    profile = Profile.load(PROFILE.read_text(encoding="utf-8"))
    parameter = written(REGIONAL)["Parameters"]["ExecutionRole"]
    assert parameter["Default"] == profile.preflight.execution_role


def test_each_layer_lies_as_it_shall_lie_on_lambda() -> None:
    """Without a BuildMethod SAM zips the folder as it is, so `python` must be right below it."""
    layers = of_type(written(REGIONAL), "AWS::Serverless::LayerVersion")

    assert all("Metadata" not in layer for layer in layers.values())
    assert (ROOT / "layers/autopilot/python/autopilot/wiring.py").is_file()
    path = written(REGIONAL)["Globals"]["Function"]["Environment"]["Variables"]["PROFILE_PATH"]
    assert (ROOT / "layers/profile" / path.removeprefix("/opt/")) == PROFILE


def _alarms(template: Template) -> dict[str, dict[str, Any]]:
    return of_type(template, "AWS::CloudWatch::Alarm")


def _schedules(template: Template) -> dict[str, dict[str, Any]]:
    return of_type(template, "AWS::Scheduler::Schedule")
