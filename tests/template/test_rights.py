"""Who may do what, read from the template as CloudFormation gets it."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.template.rights import (
    Statement,
    actions_of,
    borrowed_deputies,
    managed,
    may,
    statements,
    wildcards,
)
from tests.template.sources import (
    FOUNDATION,
    REGIONAL,
    Template,
    of_type,
    references,
    translated,
    written,
)

MANAGED_MAX: Final = 10  #: policies that IAM attaches to one role by default
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
    "dynamodb:DescribeContinuousBackups",
    "kms:DescribeKey",
    "iam:SimulatePrincipalPolicy",
    "sts:AssumeRole",
}
FAILURE: Final = {"sqs:SendMessage"}
START: Final = {"states:StartExecution"}
SEE_KEYS: Final = {"dynamodb:GetItem"}
RECEIPT: Final = {"kms:GetPublicKey", "kms:Sign", "s3:PutObject"}
DISCLOSE: Final = {
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
}
KEEP: Final = {"s3:PutObject"}
POLL: Final = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
SEAL: Final = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"}
ARCHIVED: Final = {"s3:GetObject", "s3:ListBucket", "s3:ListBucketVersions"}
MOVE: Final = ARCHIVED | {
    "s3:PutObject",
    "s3:DeleteObjectVersion",
    "s3:GetObjectRetention",
    "s3:PutObjectRetention",
}
VERIFY: Final = {"s3:GetObject", "s3:ListBucket", "s3:ListBucketVersions", "kms:GetPublicKey"}
SEE_RELEASE: Final = {"lambda:GetAlias", "ssm:GetParameter", "execute-api:Invoke"}
TURN_RELEASE: Final = {"lambda:UpdateAlias", "ssm:PutParameter", "execute-api:Invoke"}
SEE_FLAGS: Final = {
    "s3:ListBucket",
    "rds:DescribeGlobalClusters",
    "route53-recovery-cluster:GetRoutingControlState",
}
TURN_FLAGS: Final = {
    "s3:PutObject",
    "s3:DeleteObject",
    "rds:SwitchoverGlobalCluster",
    "route53-recovery-cluster:UpdateRoutingControlStates",
}
GIVE_UP: Final = {"rds:FailoverGlobalCluster"}  #: what a lost region had not copied
SETTINGS: Final = {
    "backup:ListBackupVaults",
    "bedrock:GetInferenceProfile",
    "bedrock:GetModelInvocationLoggingConfiguration",
    "bedrock:ListGuardrails",
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetTrailStatus",
    "cloudwatch:DescribeAlarms",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "dynamodb:ListBackups",
    "dynamodb:ListTables",
    "dynamodb:ListTagsOfResource",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountSummary",
    "iam:GetLoginProfile",
    "iam:ListAccessKeys",
    "iam:ListMFADevices",
    "iam:ListUsers",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListKeys",
    "lambda:GetFunctionEventInvokeConfig",
    "lambda:GetPolicy",
    "lambda:ListFunctionUrlConfigs",
    "lambda:ListFunctions",
    "logs:DescribeLogGroups",
    "route53:GetCheckerIpRanges",
    "s3:GetAccountPublicAccessBlock",
    "s3:GetBucketLocation",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListAllMyBuckets",
    "s3:ListBucket",
    "scheduler:ListSchedules",
    "sns:GetTopicAttributes",
    "sns:ListTopics",
    "sqs:GetQueueAttributes",
    "sqs:ListQueues",
    "states:DescribeStateMachine",
    "states:ListStateMachines",
}
#: Restore a table into a copy, and all that may be done with a copy.
RESTORE: Final = {
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:DeleteTable",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:RestoreTableToPointInTime",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
    "kms:GetPublicKey",
    "s3:GetObject",
    "s3:ListBucket",
}
#: File a report beside the trail, and tell Security Hub where the stack says so.
FILE: Final = {"s3:PutObject", "securityhub:BatchImportFindings"}
EVERY_FUNCTION: Final = LOGS | TRACES
RIGHTS: Final[dict[str, set[str]]] = {
    "ContainRoute": EVERY_FUNCTION | UPDATE | START | FAILURE | PAGE,
    "ReceiveAlarm": EVERY_FUNCTION | UPDATE | START | FAILURE,
    "PlanRunbook": EVERY_FUNCTION | READ | METRICS | SEE_RELEASE | SEE_FLAGS | ARCHIVED,
    "ChangeService": EVERY_FUNCTION
    | READ
    | UPDATE
    | SEE_RELEASE
    | TURN_RELEASE
    | SEE_FLAGS
    | TURN_FLAGS
    | GIVE_UP,
    "ObserveService": EVERY_FUNCTION | READ | METRICS | SWEEP | SEE_RELEASE | SEE_FLAGS | INVENTORY,
    "ReportRun": EVERY_FUNCTION | READ | UPDATE | PAGE | START | FILE,
    "CheckCompliance": EVERY_FUNCTION | READ | SETTINGS,
    "EraseSubject": EVERY_FUNCTION | READ | UPDATE | {"dynamodb:DeleteItem"} | RECEIPT,
    "DiscloseSubject": EVERY_FUNCTION | READ | SEE_KEYS | DISCLOSE | ARCHIVED,
    "ArchiveTrail": EVERY_FUNCTION | READ | UPDATE | MOVE,
    "RestoreLedger": EVERY_FUNCTION | READ | UPDATE | RESTORE,
    "DecideApproval": EVERY_FUNCTION | READ | LIST | UPDATE | PAGE,
    "TendLedger": EVERY_FUNCTION
    | READ
    | UPDATE
    | METRICS
    | PAGE
    | KEEP
    | FAILURE
    | START
    | SEE_RELEASE
    | TURN_RELEASE
    | SEE_FLAGS
    | TURN_FLAGS,
    "ProbeRegions": EVERY_FUNCTION | READ | UPDATE | PUBLISH | FAILURE,
    "IngestTrail": EVERY_FUNCTION | KEEP | POLL | PUBLISH,
    "SealTrail": EVERY_FUNCTION | READ | UPDATE | SEAL | ARCHIVED | FAILURE,
    "VerifyTrail": EVERY_FUNCTION | READ | UPDATE | PAGE | VERIFY | PUBLISH | FAILURE,
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
    assert len(stars) == len(forced) + 9, "the others are the keys' policies over themselves"


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


def test_no_role_has_more_managed_policies_than_iam_attaches(regional: Template) -> None:
    """Ten by default (IAM user guide, IAM and STS quotas), whichever conditions hold."""
    roles = of_type(regional, "AWS::IAM::Role")
    attached = {
        name: len(role["Properties"].get("ManagedPolicyArns", ())) for name, role in roles.items()
    }
    assert max(attached.values()) > 1
    assert {name: count for name, count in attached.items() if count > MANAGED_MAX} == {}


def test_functions_that_only_look_cannot_write_the_ledger(regional: Template) -> None:
    """A dry run is carried out by functions that lack the right, whatever their code does."""
    for function in ("PlanRunbook", "ObserveService", "CheckCompliance"):
        rights = actions_of(regional, f"{function}Role")
        moving = MOVE - ARCHIVED
        changing = rights & (UPDATE | START | PAGE | moving | TURN_RELEASE | TURN_FLAGS)
        changing -= SEE_RELEASE | SEE_FLAGS
        assert changing == set(), function


def test_rights_on_tables_hold_for_the_own_service_only(regional: Template) -> None:
    """Several services share an account: none reaches the records or the keys of another."""
    tables = _on_tables(regional)

    assert len(tables) == 5
    for one in tables:
        own = one.body["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]
        assert own == [{"Ref": "Service"}]
        assert one.body["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"}


def test_rights_on_tables_cover_both_replicas(regional: Template) -> None:
    """When the local endpoint is down the other replica is asked, so its ARN must be allowed."""
    for one in _on_tables(regional):
        regions = [arn["Fn::Sub"][1]["Region"] for arn in one.body["Resource"]]
        assert regions == [{"Fn::Select": [n, {"Ref": "LedgerRegions"}]} for n in (0, 1)]


#: Its rights on tables are on copies of the ledger, and on making one.
RESTORER: Final = "RestoreLedgerRole"


def test_who_restores_may_write_and_delete_copies_only(regional: Template) -> None:
    """Of the ledger's own table nothing but to have it copied."""
    own = [one for one in statements(regional) if one.owner == RESTORER]
    about = [one for one in own if one.actions[0].startswith("dynamodb:")]
    making, using = sorted(about, key=lambda one: len(one.actions))

    assert making.actions == ["dynamodb:RestoreTableToPointInTime"]
    assert str(making.body["Resource"]).endswith("table/${LedgerTable}'}")
    assert using.body["Resource"]["Fn::Sub"][1] == {"Copies": {"Fn::Sub": "${LedgerTable}-copy-*"}}


def _on_tables(regional: Template) -> list[Statement]:
    """Statements about items; how tables are set is not about what they hold."""
    how_set = {"ReadSettings", "ReadInventory", RESTORER}
    own = (one for one in statements(regional) if one.owner not in how_set)
    return [one for one in own if one.actions[0].startswith("dynamodb:")]


def test_machines_may_call_the_functions_they_name_and_no_others(regional: Template) -> None:
    """A machine's right to invoke is the list of its substitutions."""
    for name, machine in of_type(written(REGIONAL), "AWS::Serverless::StateMachine").items():
        named = machine["Properties"]["DefinitionSubstitutions"]
        for function in RIGHTS:
            allowed = may(regional, f"{name}Role", "lambda:InvokeFunction", function)
            assert allowed == (f"{function}Arn" in named), (name, function)


@pytest.mark.parametrize("role", ["SealTrailRole", "VerifyTrailRole"])
def test_a_missing_segment_is_not_found_rather_than_forbidden(
    regional: Template, role: str
) -> None:
    """S3 answers 404 for an absent object only to those who may list the bucket."""
    assert may(regional, role, "s3:ListBucket", "TrailBucket")


def test_who_destroys_keys_cannot_use_them_and_who_uses_them_cannot_destroy_them(
    regional: Template,
) -> None:
    """Erasing and disclosing are two roles; no other function has either right."""
    deleting = {
        one.owner
        for one in statements(regional)
        if "dynamodb:DeleteItem" in one.actions and one.owner != RESTORER
    }
    (opening,) = [
        one
        for one in statements(regional)
        if "kms:Decrypt" in one.actions and "kms:EncryptionContext:service" in str(one.body)
    ]
    holders = [name for name in RIGHTS if deleting & managed(regional, f"{name}Role")]

    assert deleting == {"DestroyKeys"}
    assert holders == ["EraseSubject"]
    assert opening.owner == "DiscloseSubjectRole"
    assert "kms:Decrypt" not in actions_of(regional, "EraseSubjectRole")


def test_only_the_vault_can_lose_an_item(regional: Template) -> None:
    """No role may delete a record of the ledger; copies of it are another matter."""
    (destroying,) = [
        one
        for one in statements(regional)
        if "dynamodb:DeleteItem" in one.actions and one.owner != RESTORER
    ]
    tables = [arn["Fn::Sub"][0].rpartition("/")[2] for arn in destroying.body["Resource"]]

    assert destroying.actions == ["dynamodb:DeleteItem"]
    assert tables == ["${VaultTable}"] * 2


def test_whoever_adds_to_the_inbox_can_touch_nothing_else_of_the_trail(regional: Template) -> None:
    """Neither a read nor a removal, and nothing of the log."""
    for role in ("IngestTrailRole", "TendLedgerRole"):
        own = [
            one
            for one in statements(regional)
            if one.owner == role and one.actions[0].startswith("s3:")
        ]
        assert [one.actions for one in own] == [["s3:PutObject"]]
        assert "/log/" not in str(own[0].body["Resource"])


def test_only_the_sealer_signs(regional: Template) -> None:
    """The key says so itself: a right that somebody gives elsewhere does not help."""
    policy = regional["Resources"]["TrailKey"]["Properties"]["KeyPolicy"]
    said = {statement["Sid"]: statement for statement in policy["Statement"]}
    sealer = {"Fn::GetAtt": ["SealTrailRole", "Arn"]}

    assert said["SealerSigns"]["Principal"] == {"AWS": sealer}
    assert said["OnlyTheSealerSigns"]["Effect"] == "Deny"
    assert said["OnlyTheSealerSigns"]["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": sealer}}
    others = {name for name, actions in RIGHTS.items() if "kms:Sign" in actions}
    assert others == {"EraseSubject"}, "which signs receipts, with a key of its own"


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
