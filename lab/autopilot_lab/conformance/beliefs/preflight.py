"""What a pre-flight rests on: models, inference profiles, rights, sessions, quotas, keys."""

from __future__ import annotations

import json
from typing import Any

import boto3

from autopilot_lab.conformance.belief import belief, documented
from autopilot_lab.conformance.sandbox import Sandbox, allow
from autopilot_lab.conformance.sources import guide, model, operation
from autopilot_lab.conformance.verdicts import check, equal, refused

LIFECYCLE = guide(
    "Bedrock user guide, model lifecycle", "bedrock/latest/userguide/model-lifecycle.html"
)
GEOGRAPHIC = guide(
    "Bedrock user guide, geographic cross-Region inference",
    "bedrock/latest/userguide/geographic-cross-region-inference.html",
)
TOKENS = guide(
    "Bedrock user guide, how tokens are counted",
    "bedrock/latest/userguide/quotas-token-burndown.html",
)
QUOTAS = guide(
    "Bedrock user guide, quotas for the bedrock-runtime endpoint",
    "bedrock/latest/userguide/quotas-runtime.html",
)
SIMULATION = guide(
    "IAM API reference, SimulatePrincipalPolicy",
    "IAM/latest/APIReference/API_SimulatePrincipalPolicy.html",
)
SESSION_POLICIES = guide(
    "IAM user guide, session policies", "IAM/latest/UserGuide/access_policies.html", seen=False
)
GUARDRAIL_RIGHTS = guide(
    "Bedrock user guide, permissions for guardrails",
    "bedrock/latest/userguide/guardrails-permissions.html",
)
KMS_ALIASES = guide(
    "KMS developer guide, kms:ResourceAliases",
    "kms/latest/developerguide/conditions-kms.html",
    seen=False,
)
HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
COSTS = "it takes invocations of a model, which cost"


@belief(
    LIFECYCLE,
    breaks="a model that is about to end would look like any other",
)
def a_model_tells_its_lifecycle(sandbox: Sandbox) -> None:
    """GetFoundationModel answers with the state of the model's lifecycle, ACTIVE or LEGACY."""
    answer = sandbox.client("bedrock").get_foundation_model(modelIdentifier=HAIKU)
    status = answer["modelDetails"]["modelLifecycle"]["status"]
    check(status in {"ACTIVE", "LEGACY"}, f"the state is {status}")


@belief(
    model("bedrock", "2023-04-20", "FoundationModelLifecycle"),
    breaks="the end of a model's life would be read from nowhere",
)
def a_lifecycle_has_the_end_of_life(sandbox: Sandbox) -> None:
    """The lifecycle of a model has endOfLifeTime, where one is announced."""
    shape = sandbox.client("bedrock").meta.service_model.shape_for("FoundationModelLifecycle")
    check("endOfLifeTime" in shape.members, f"it has {sorted(shape.members)}")
    check("endOfLifeTime" not in shape.required_members, "it is always there")


@belief(
    GEOGRAPHIC,
    breaks="residency and shared fate could not be judged",
)
def a_profile_names_its_destinations(sandbox: Sandbox) -> None:
    """GetInferenceProfile names the model's ARN in each destination region of a profile."""
    answer = sandbox.client("bedrock").get_inference_profile(
        inferenceProfileIdentifier=f"eu.{HAIKU}"
    )
    places = {one["modelArn"].split(":")[3] for one in answer["models"]}
    check({"eu-central-1", "eu-west-1"} <= places, f"the destinations are {sorted(places)}")
    equal(answer["status"], "ACTIVE", "the status")


@belief(
    operation("bedrock", "GetInferenceProfile"),
    breaks="a wrong profile would look like one that could not be read",
)
def a_missing_profile_has_its_own_error(sandbox: Sandbox) -> None:
    """GetInferenceProfile of a profile that the region is no source of is refused as not found."""
    client = sandbox.client("bedrock")
    refused(
        client.get_inference_profile,
        "ResourceNotFoundException",
        inferenceProfileIdentifier="us.anthropic.claude-3-haiku-20240307-v1:0",
    )


@belief(
    SIMULATION,
    breaks="the destination that is denied would be known once AWS has picked it",
    makes="1 role",
)
def rights_are_known_without_a_call(sandbox: Sandbox) -> None:
    """SimulatePrincipalPolicy decides an action on each resource, by the policies of a role."""
    home, standby = (
        f"arn:aws:bedrock:{region}::foundation-model/{HAIKU}"
        for region in (sandbox.regions.home, sandbox.regions.standby)
    )
    role = sandbox.role("lambda.amazonaws.com", {"bedrock:InvokeModel": home})
    answer = sandbox.client("iam").simulate_principal_policy(
        PolicySourceArn=role, ActionNames=["bedrock:InvokeModel"], ResourceArns=[home, standby]
    )
    said = {one["EvalResourceName"]: one["EvalDecision"] for one in _each(answer)}
    equal(said, {home: "allowed", standby: "implicitDeny"}, "the decisions")


@belief(
    SIMULATION,
    breaks="a policy that is bound to an inference profile would look like a denial",
    makes="1 role",
)
def a_simulation_takes_condition_keys(sandbox: Sandbox) -> None:
    """SimulatePrincipalPolicy decides conditions by the values that are given with the question."""
    resource = f"arn:aws:bedrock:{sandbox.regions.home}::foundation-model/{HAIKU}"
    profile = (
        f"arn:aws:bedrock:{sandbox.regions.home}:{sandbox.account}:inference-profile/eu.{HAIKU}"
    )
    role = sandbox.role("lambda.amazonaws.com", {"sts:GetCallerIdentity": "*"})
    name, iam = role.rsplit("/", 1)[-1], sandbox.client("iam")
    policy = _allowing("bedrock:InvokeModel", resource)
    policy["Statement"][0]["Condition"] = {"StringEquals": {"bedrock:InferenceProfileArn": profile}}
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
    asked = {
        "PolicySourceArn": role,
        "ActionNames": ["bedrock:InvokeModel"],
        "ResourceArns": [resource],
    }
    entry = {
        "ContextKeyName": "bedrock:InferenceProfileArn",
        "ContextKeyValues": [profile],
        "ContextKeyType": "string",
    }
    for entries, decision in (([entry], "allowed"), ([], "implicitDeny")):
        answer = iam.simulate_principal_policy(**asked, ContextEntries=entries)
        equal([one["EvalDecision"] for one in _each(answer)], [decision], "the decision")


@belief(
    SIMULATION,
    breaks="a role that is misspelt would look like one without rights",
)
def a_simulation_of_no_role_has_its_own_error(sandbox: Sandbox) -> None:
    """SimulatePrincipalPolicy of a role that does not exist answers NoSuchEntity."""
    refused(
        sandbox.client("iam").simulate_principal_policy,
        "NoSuchEntity",
        PolicySourceArn=f"arn:aws:iam::{sandbox.account}:role/{sandbox.name()}",
        ActionNames=["bedrock:InvokeModel"],
    )


@belief(
    SESSION_POLICIES,
    breaks="the canaries' session could do all that the service may do",
    makes="1 role",
)
def a_session_policy_narrows_its_role(sandbox: Sandbox) -> None:
    """A session may do what both its role and its session policy allow, and nothing else."""
    role = _assumable(sandbox, {"kms:ListKeys": "*"})
    policy = json.dumps(_allowing("kms:DescribeKey", "*"))
    free, bound = _session(sandbox, role), _session(sandbox, role, Policy=policy)
    free.list_keys()
    refused(bound.list_keys, "AccessDeniedException")


@belief(
    operation("sts", "AssumeRole"),
    breaks="whoever may ask for a role would get it, trusted or not",
    makes="1 role",
)
def a_role_is_assumed_by_whom_it_trusts(sandbox: Sandbox) -> None:
    """AssumeRole is refused by a role that trusts a service only, whatever the caller may do."""
    role = sandbox.role("lambda.amazonaws.com", {"kms:ListKeys": "*"})
    user = _assumable(sandbox, {"sts:AssumeRole": role})
    client = _session(sandbox, user, service="sts")
    refused(client.assume_role, "AccessDenied", RoleArn=role, RoleSessionName="autopilot")


@belief(
    operation("kms", "DescribeKey"),
    breaks="the state of a key could not be read by the name that templates give it",
    makes="1 KMS key, 1 alias",
    cents=5,
)
def a_key_is_described_by_its_alias(sandbox: Sandbox) -> None:
    """DescribeKey takes an alias; a disabled key says so; an unknown alias is not found."""
    key, client = sandbox.key(), sandbox.client("kms")
    alias = f"alias/{sandbox.name()}"
    client.create_alias(AliasName=alias, TargetKeyId=key)
    sandbox.cleaner.later(f"alias {alias}", lambda: client.delete_alias(AliasName=alias))
    equal(client.describe_key(KeyId=alias)["KeyMetadata"]["KeyState"], "Enabled", "the state")
    client.disable_key(KeyId=key)
    equal(client.describe_key(KeyId=alias)["KeyMetadata"]["KeyState"], "Disabled", "the state")
    refused(client.describe_key, "NotFoundException", KeyId=f"alias/{sandbox.name()}")


def _each(answer: Any) -> list[dict[str, Any]]:
    """By resource, however the answer groups them."""
    return [
        {"EvalResourceName": each["EvalResourceName"], "EvalDecision": each["EvalResourceDecision"]}
        for one in answer["EvaluationResults"]
        for each in one.get("ResourceSpecificResults")
        or [{**one, "EvalResourceDecision": one["EvalDecision"]}]
    ]


def _allowing(action: str, resource: str) -> dict[str, Any]:
    """A policy of an identity, with one statement."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _assumable(sandbox: Sandbox, actions: dict[str, str]) -> str:
    """A role that everybody of the account may assume who has the right to."""
    role = sandbox.role("lambda.amazonaws.com", actions)
    trust = allow("sts:AssumeRole", None, {"AWS": f"arn:aws:iam::{sandbox.account}:root"}, None)
    sandbox.client("iam").update_assume_role_policy(
        RoleName=role.rsplit("/", 1)[-1], PolicyDocument=json.dumps(trust)
    )
    sandbox.place.role_is_new()
    return role


def _session(sandbox: Sandbox, role: str, *, service: str = "kms", **more: str) -> Any:
    """A client with the credentials of a new session."""
    given = sandbox.client("sts").assume_role(RoleArn=role, RoleSessionName="autopilot", **more)
    credentials = given["Credentials"]
    make: Any = boto3.client
    return make(
        service,
        region_name=sandbox.regions.home,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


PREFLIGHT = (
    documented(
        "availability-is-advice",
        "GetFoundationModelAvailability can be all green while invocations are denied, and red.",
        operation("bedrock", "GetFoundationModelAvailability"),
        breaks="canaries would be a waste; reported by users of the API, not by its reference",
        untried="an account's agreements cannot be put into such a state on purpose",
    ),
    documented(
        "a-legacy-model-can-be-taken-away",
        "Access to a legacy model can be lost where it is not used for a while.",
        LIFECYCLE,
        breaks="a legacy model in a standby that is hardly used would deserve no warning",
        untried="it shows after weeks only",
    ),
    documented(
        "a-profile-needs-rights-everywhere",
        "Invoking through a profile needs rights on it and on the model in every destination.",
        GEOGRAPHIC,
        breaks="one denied destination would fail no request",
        untried=COSTS,
    ),
    documented(
        "max-tokens-is-reserved",
        "A request is charged its input and maxTokens when it begins, and settled when it ends.",
        TOKENS,
        breaks="the reservation of what runs at once would be counted for nothing",
        untried=COSTS,
    ),
    documented(
        "output-burns-down-faster",
        "One token of output takes five of quota with Claude models since 3.7, one with others.",
        TOKENS,
        breaks="a quota would look five times as wide for long answers",
        untried=COSTS,
    ),
    documented(
        "a-quota-is-of-a-region-and-a-kind",
        "Quotas are per model, region and kind of inference, shared by all operations that invoke.",
        QUOTAS,
        breaks="the standby's quota would be one with home's, and a move would change nothing",
        untried="it takes enough load to be throttled",
    ),
    documented(
        "a-copy-tells-its-lag-where-it-is",
        "S3 publishes ReplicationLatency of a rule in the region of the destination bucket.",
        guide(
            "S3 user guide, using S3 Replication metrics",
            "AmazonS3/latest/userguide/repl-metrics.html",
        ),
        breaks="the lag of a copy could not be read once the region of the original is lost",
        untried="it takes two buckets, a rule and minutes to hours, and the metric is billed",
    ),
    documented(
        "a-guardrail-needs-a-right-of-its-own",
        "A request that names a guardrail needs bedrock:ApplyGuardrail on it.",
        GUARDRAIL_RIGHTS,
        breaks="canaries that name the service's guardrail would prove too much",
        untried=COSTS,
    ),
    documented(
        "iam-has-one-control-plane",
        "IAM's control plane stands in us-east-1; what it decided is applied in every region.",
        guide(
            "AWS fault isolation boundaries, global services",
            "whitepapers/latest/aws-fault-isolation-boundaries/global-services.html",
            seen=False,
        ),
        breaks="the simulation of policies could be asked while that region is lost",
        untried="a sandbox cannot make a region fail",
    ),
)
