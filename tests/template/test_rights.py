"""Who may do what, read from the template as CloudFormation gets it."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.template.rights import actions_of, borrowed_deputies, may, statements, wildcards
from tests.template.sources import (
    FOUNDATION,
    REGIONAL,
    Template,
    of_type,
    references,
    translated,
    written,
)

LOGS: Final = {"logs:CreateLogStream", "logs:PutLogEvents"}
TRACES: Final = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
}
READ: Final = {"dynamodb:GetItem", "dynamodb:Query"}
UPDATE: Final = {"dynamodb:UpdateItem"}
LIST: Final = {"dynamodb:Query"}
METRICS: Final = {"cloudwatch:GetMetricData"}
PUBLISH: Final = {"cloudwatch:PutMetricData"}
PAGE: Final = {"sns:Publish", "kms:Decrypt", "kms:GenerateDataKey", "ssm:GetParameter"}
SWEEP: Final = {
    "cloudwatch:DescribeAlarms",
    "servicequotas:GetServiceQuota",
    "sqs:GetQueueAttributes",
}
#: Of the last two, both are about one role, which the canaries assume.
INVENTORY: Final = {
    "bedrock:GetFoundationModel",
    "bedrock:GetFoundationModelAvailability",
    "bedrock:GetGuardrail",
    "bedrock:GetInferenceProfile",
    "bedrock:GetModelInvocationLoggingConfiguration",
    "kms:DescribeKey",
    "iam:SimulatePrincipalPolicy",
    "sts:AssumeRole",
}
FAILURE: Final = {"sqs:SendMessage"}
START: Final = {"states:StartExecution"}
TRAIL: Final = {"s3:GetObject", "s3:PutObject", "s3:ListBucket"}
SEE_RELEASE: Final = {"lambda:GetAlias", "ssm:GetParameter", "execute-api:Invoke"}
TURN_RELEASE: Final = {"lambda:UpdateAlias", "ssm:PutParameter", "execute-api:Invoke"}
SEE_FLAGS: Final = {"s3:ListBucket"}
TURN_FLAGS: Final = {"s3:PutObject", "s3:DeleteObject"}
EVERY_FUNCTION: Final = LOGS | TRACES
RIGHTS: Final[dict[str, set[str]]] = {
    "ContainRoute": EVERY_FUNCTION | UPDATE | START | FAILURE | PAGE,
    "ReceiveAlarm": EVERY_FUNCTION | UPDATE | START | FAILURE,
    "PlanRunbook": EVERY_FUNCTION | READ | METRICS | SEE_RELEASE | SEE_FLAGS,
    "ChangeService": EVERY_FUNCTION
    | READ
    | UPDATE
    | SEE_RELEASE
    | TURN_RELEASE
    | SEE_FLAGS
    | TURN_FLAGS,
    "ObserveService": EVERY_FUNCTION | READ | METRICS | SWEEP | SEE_RELEASE | SEE_FLAGS | INVENTORY,
    "ReportRun": EVERY_FUNCTION | READ | UPDATE | PAGE | START,
    "DecideApproval": EVERY_FUNCTION | READ | LIST | UPDATE | PAGE,
    "TendLedger": EVERY_FUNCTION
    | READ
    | UPDATE
    | METRICS
    | PAGE
    | TRAIL
    | FAILURE
    | START
    | SEE_RELEASE
    | TURN_RELEASE
    | TURN_FLAGS,
    "ProbeRegions": EVERY_FUNCTION | READ | UPDATE | PUBLISH | FAILURE,
}


@pytest.fixture
def regional() -> Template:
    """The regional template, translated."""
    return translated(REGIONAL)


@pytest.mark.parametrize("path", [REGIONAL, FOUNDATION], ids=lambda path: path.name)
def test_no_statement_has_a_star_that_aws_does_not_force(path: Any) -> None:
    """A right on everything is a right that nobody thought about."""
    assert wildcards(translated(path)) == []


@pytest.mark.parametrize("key, value", [("Action", "dynamodb:*"), ("Resource", "*")])
def test_a_star_that_nothing_forces_is_found(regional: Template, key: str, value: str) -> None:
    """The rule above can fail, by action and by resource."""
    policy = regional["Resources"]["UpdateLedger"]["Properties"]["PolicyDocument"]
    policy["Statement"][0][key] = value

    assert [complaint.partition(":")[0] for complaint in wildcards(regional)] == ["UpdateLedger"]


def test_every_forced_star_is_explained_beside_it() -> None:
    """Whoever reads the template sees why the star is there."""
    lines = REGIONAL.read_text(encoding="utf-8").splitlines()
    forced = [number for number, line in enumerate(lines) if "Sid: WildcardForced" in line]
    stars = [line for line in lines if line.strip() == 'Resource: "*"']

    assert all(lines[number + 1].lstrip().startswith("# ") for number in forced)
    assert len(stars) == len(forced) + 2, "the other two are the key's policy over itself"


@pytest.mark.parametrize("path", [REGIONAL, FOUNDATION], ids=lambda path: path.name)
def test_no_service_can_act_for_another_account(path: Any) -> None:
    """Each statement and permission for a service says for which source it holds."""
    assert borrowed_deputies(translated(path)) == []


def test_a_permission_for_any_source_is_found(regional: Template) -> None:
    """The rule above can fail, for permissions."""
    del regional["Resources"]["AlarmsMayContain"]["Properties"]["SourceAccount"]

    (complaint,) = borrowed_deputies(regional)
    assert complaint.startswith("AlarmsMayContain: lambda.alarms.cloudwatch.amazonaws.com without")


@pytest.mark.parametrize(
    "role",
    ["TrafficRampRole", "HealthSweepRole", "ScheduleRole", "ProbeScheduleRole", "ForwardRole"],
)
def test_a_role_that_any_source_can_borrow_is_found(regional: Template, role: str) -> None:
    """The rule above can fail, for roles that services assume."""
    trust = regional["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]
    del trust["Statement"][0]["Condition"]

    assert [complaint.partition(":")[0] for complaint in borrowed_deputies(regional)] == [role]


def test_the_table_of_rights_names_every_function(regional: Template) -> None:
    """A function that is added gets its line here, and somebody thinks about it."""
    assert of_type(regional, "AWS::Lambda::Function").keys() == RIGHTS.keys()


@pytest.mark.parametrize("function", RIGHTS)
def test_a_function_may_do_what_it_needs_and_nothing_else(
    regional: Template, function: str
) -> None:
    """The rights of its own role are exactly those of the table."""
    assert actions_of(regional, f"{function}Role") == RIGHTS[function]


def test_every_function_has_a_role_of_its_own(regional: Template) -> None:
    """Two functions with one role have each other's rights."""
    functions = of_type(regional, "AWS::Lambda::Function")

    assert {name: one["Properties"]["Role"] for name, one in functions.items()} == {
        name: {"Fn::GetAtt": [f"{name}Role", "Arn"]} for name in functions
    }


def test_functions_that_only_look_cannot_write_the_ledger(regional: Template) -> None:
    """A dry run is carried out by functions that lack the right, whatever their code does."""
    for function in ("PlanRunbook", "ObserveService"):
        rights = actions_of(regional, f"{function}Role")
        changing = rights & (UPDATE | START | PAGE | TRAIL | TURN_RELEASE | TURN_FLAGS)
        changing -= SEE_RELEASE | SEE_FLAGS
        assert changing == set(), function


def test_ledger_rights_hold_for_the_own_service_only(regional: Template) -> None:
    """Several services share an account: none reaches the records of another."""
    ledger = [one for one in statements(regional) if one.actions[0].startswith("dynamodb:")]

    assert len(ledger) == 3
    for one in ledger:
        own = one.body["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]
        assert own == [{"Ref": "Service"}]
        assert one.body["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"}


def test_ledger_rights_cover_both_replicas(regional: Template) -> None:
    """When the local endpoint is down the other replica is asked, so its ARN must be allowed."""
    for one in statements(regional):
        if one.actions[0].startswith("dynamodb:"):
            regions = [arn["Fn::Sub"][1]["Region"] for arn in one.body["Resource"]]
            assert regions == [{"Fn::Select": [n, {"Ref": "LedgerRegions"}]} for n in (0, 1)]


def test_machines_may_call_the_functions_they_name_and_no_others(regional: Template) -> None:
    """A machine's right to invoke is the list of its substitutions."""
    for name, machine in of_type(written(REGIONAL), "AWS::Serverless::StateMachine").items():
        named = machine["Properties"]["DefinitionSubstitutions"]
        for function in RIGHTS:
            allowed = may(regional, f"{name}Role", "lambda:InvokeFunction", function)
            assert allowed == (f"{function}Arn" in named), (name, function)


def test_a_missing_trail_entry_is_not_found_rather_than_forbidden(regional: Template) -> None:
    """S3 answers 404 for an absent object only to those who may list the bucket."""
    assert may(regional, "TendLedgerRole", "s3:ListBucket", "TrailBucket")


def test_approvers_get_both_rights_on_the_url_and_none_past_it(regional: Template) -> None:
    """Who could invoke the function directly could write any caller's name into the event."""
    policy = regional["Resources"]["ApproveRunbooks"]["Properties"]["PolicyDocument"]
    granted = {one["Action"]: one.get("Condition") for one in policy["Statement"]}

    assert granted["lambda:InvokeFunctionUrl"] == {
        "StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}
    }
    assert granted["lambda:InvokeFunction"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    assert {next(references(one["Resource"])) for one in policy["Statement"]} == {"DecideApproval"}


def test_the_url_is_signed_and_its_function_has_no_policy_of_its_own(regional: Template) -> None:
    """Callers are let in by their own rights only, and no browser page can call it."""
    (url,) = of_type(regional, "AWS::Lambda::Url").values()
    permissions = of_type(regional, "AWS::Lambda::Permission").values()

    assert url["Properties"]["AuthType"] == "AWS_IAM"
    assert "Cors" not in url["Properties"]
    called = {next(references(one["Properties"]["FunctionName"])) for one in permissions}
    assert "DecideApproval" not in called
