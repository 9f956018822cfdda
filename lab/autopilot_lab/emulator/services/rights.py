"""The rights that the own services' operations need.

Actions and resource types are those of the service authorization reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/). Invoking through an
inference profile needs the profile and the model in the source and every destination region
(https://docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import unquote, urlsplit

from autopilot_lab.emulator.access.conditions import Context
from autopilot_lab.emulator.access.needs import Asked, Need
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.services.model_catalogue import find_model, find_profile

Rule = Callable[[Asked], list[Need]]
Resource = Callable[[Asked], str]

#: Condition keys that these operations and function URLs supply.
CONDITION_KEYS = frozenset(
    {
        "bedrock:inferenceprofilearn",
        "lambda:functionurlauthtype",
        "lambda:invokedviafunctionurl",
        "route53-recovery-cluster:allowsafetyrulesoverrides",
    }
)


def _anything(_asked: Asked) -> str:
    return "*"


def _on(prefix: str, operations: Iterable[str], resource: Resource) -> dict[str, Rule]:
    """Operations whose action has their own name, and which are about one resource."""

    def rule(action: str) -> Rule:
        return lambda asked: [Need(action, resource(asked))]

    return {name: rule(f"{prefix}:{name}") for name in operations}


def _parameter(name: str, before: str = "") -> Resource:
    """The resource is named by a parameter: an ARN, or what follows `before` in one."""
    return lambda asked: f"{before}{asked.text(name)}" if asked.text(name) else "*"


ROUTE53: Mapping[str, Rule] = {
    **_on("route53", ("CreateHealthCheck", "ListHealthChecks", "GetHealthCheckCount"), _anything),
    **_on(
        "route53",
        (
            "GetHealthCheck",
            "GetHealthCheckStatus",
            "GetHealthCheckLastFailureReason",
            "UpdateHealthCheck",
            "DeleteHealthCheck",
        ),
        _parameter("HealthCheckId", "arn:aws:route53:::healthcheck/"),
    ),
    **_on(
        "route53",
        ("GetHostedZone", "ChangeResourceRecordSets", "ListResourceRecordSets"),
        lambda asked: f"arn:aws:route53:::hostedzone/{_in_path(asked, 'hostedzone')}",
    ),
}


def _in_path(asked: Asked, before: str) -> str:
    """The part of a path that follows another: /2013-04-01/hostedzone/ID."""
    parts = unquote(urlsplit(asked.request.url).path).split("/")
    return parts[parts.index(before) + 1] if before in parts[:-1] else ""


_ARC = "route53-recovery-cluster"


def _switching(asked: Asked) -> list[Need]:
    """Each control of the call; whoever may not override safety rules says so with a condition."""
    entries = asked.params.get("UpdateRoutingControlStateEntries") or ()
    action, overrides = f"{_ARC}:UpdateRoutingControlStates", _overriding(asked)
    return [Need(action, one["RoutingControlArn"], overrides) for one in entries]


def _overriding(asked: Asked) -> Context:
    overrides = bool(asked.params.get("SafetyRulesToOverride"))
    return {f"{_ARC}:allowsafetyrulesoverrides": (str(overrides).lower(),)}


def _switching_one(asked: Asked) -> list[Need]:
    arn = asked.text("RoutingControlArn")
    return [Need(f"{_ARC}:UpdateRoutingControlState", arn or "*", _overriding(asked))]


RECOVERY_CLUSTER: Mapping[str, Rule] = {
    **_on(
        _ARC,
        ("GetRoutingControlState",),
        _parameter("RoutingControlArn"),
    ),
    **_on(_ARC, ("ListRoutingControls",), _anything),
    "UpdateRoutingControlState": _switching_one,
    "UpdateRoutingControlStates": _switching,
}

RECOVERY_CONFIG: Mapping[str, Rule] = {
    **_on(
        "route53-recovery-control-config",
        ("ListClusters", "ListControlPanels", "ListRoutingControls", "ListSafetyRules"),
        _anything,
    ),
    **_on("route53-recovery-control-config", ("DescribeCluster",), _parameter("ClusterArn")),
    **_on(
        "route53-recovery-control-config",
        ("DescribeRoutingControl", "ListAssociatedRoute53HealthChecks"),
        _parameter("RoutingControlArn"),
    ),
}

QUOTAS: Mapping[str, Rule] = {
    **_on(
        "servicequotas",
        (
            "ListServices",
            "GetServiceQuota",
            "GetAWSDefaultServiceQuota",
            "ListServiceQuotas",
            "ListAWSDefaultServiceQuotas",
            "GetRequestedServiceQuotaChange",
            "ListRequestedServiceQuotaChangeHistory",
            "ListRequestedServiceQuotaChangeHistoryByQuota",
        ),
        _anything,
    ),
    **_on(
        "servicequotas",
        ("RequestServiceQuotaIncrease",),
        lambda asked: asked.arn(
            "servicequotas", f"{asked.text('ServiceCode')}/{asked.text('QuotaCode')}"
        ),
    ),
}


def _guardrail(asked: Asked) -> str:
    name = asked.text("guardrailIdentifier").rsplit("/", 1)[-1]
    return asked.arn("bedrock", f"guardrail/{name}") if name else "*"


def _model(asked: Asked) -> str:
    identifier = asked.text("modelIdentifier")
    model = find_model(identifier, asked.call.region)
    return model.arn(asked.call.region) if model else "*"


def _profile(asked: Asked) -> str:
    profile = find_profile(asked.text("inferenceProfileIdentifier"), asked.call.region)
    return profile.arn(asked.call.region) if profile else "*"


BEDROCK: Mapping[str, Rule] = {
    **_on(
        "bedrock",
        (
            "GetFoundationModelAvailability",
            "ListFoundationModels",
            "ListInferenceProfiles",
            "GetModelInvocationLoggingConfiguration",
        ),
        _anything,
    ),
    **_on("bedrock", ("GetFoundationModel",), _model),
    **_on("bedrock", ("GetInferenceProfile",), _profile),
    **_on("bedrock", ("ListGuardrails", "GetGuardrail"), _guardrail),
}


def _invoking(asked: Asked) -> list[Need]:
    region, identifier = asked.call.region, asked.text("modelId")
    profile = find_profile(identifier, region)
    guarded = _guarding(asked)
    if profile is None:
        model = find_model(identifier, region)
        return [Need("bedrock:InvokeModel", model.arn(region) if model else "*"), *guarded]
    arn = profile.arn(region)
    context: Context = {"bedrock:inferenceprofilearn": (arn,)}
    places = sorted({region, *profile.regions})
    return [
        Need("bedrock:InvokeModel", arn),
        *(Need("bedrock:InvokeModel", profile.model.arn(one), context) for one in places),
        *guarded,
    ]


def _guarding(asked: Asked) -> list[Need]:
    """Whoever names a guardrail needs the right to apply it."""
    named = (asked.params.get("guardrailConfig") or {}).get("guardrailIdentifier")
    if not named:
        return []
    guardrail = asked.arn("bedrock", f"guardrail/{str(named).rsplit('/', 1)[-1]}")
    return [Need("bedrock:ApplyGuardrail", guardrail)]


def _url_function(asked: Asked) -> str:
    name = _in_path(asked, "functions")
    return name if name.startswith("arn:") else asked.arn("lambda", f"function:{name}")


def _mute_rule(asked: Asked) -> str:
    name = asked.text("Name") or asked.text("AlarmMuteRuleName")
    return asked.arn("cloudwatch", f"alarm-mute-rule:{name or '*'}")


def _muting(asked: Asked) -> list[Need]:
    """The rule itself, and each alarm that it is to mute."""
    action = "cloudwatch:PutAlarmMuteRule"
    names = (asked.params.get("MuteTargets") or {}).get("AlarmNames", ())
    alarms = [Need(action, asked.arn("cloudwatch", f"alarm:{name}")) for name in names]
    return [Need(action, _mute_rule(asked)), *alarms]


def _global_cluster(asked: Asked) -> str:
    name = asked.text("GlobalClusterIdentifier").lower()
    return f"arn:aws:rds::{ACCOUNT}:global-cluster:{name or '*'}"


def _moving_the_writer(action: str) -> Rule:
    """The global cluster, and the cluster that is to be written."""
    return lambda asked: [
        Need(action, _global_cluster(asked)),
        Need(action, asked.text("TargetDbClusterIdentifier") or "*"),
    ]


GLOBAL_DATABASES: Mapping[str, Rule] = {
    **_on("rds", ("DescribeGlobalClusters",), _global_cluster),
    "SwitchoverGlobalCluster": _moving_the_writer("rds:SwitchoverGlobalCluster"),
    "FailoverGlobalCluster": _moving_the_writer("rds:FailoverGlobalCluster"),
}


#: boto3 name of the service → operation → the rights it needs.
OWN_RULES: Mapping[str, Mapping[str, Rule]] = {
    "bedrock": BEDROCK,
    "bedrock-runtime": {"Converse": _invoking, "InvokeModel": _invoking},
    "cloudwatch": {
        "PutAlarmMuteRule": _muting,
        **_on(
            "cloudwatch",
            ("GetAlarmMuteRule", "DeleteAlarmMuteRule", "ListAlarmMuteRules"),
            _mute_rule,
        ),
    },
    "iam": _on("iam", ("SimulatePrincipalPolicy",), _parameter("PolicySourceArn")),
    "lambda": _on(
        "lambda",
        (
            "CreateFunctionUrlConfig",
            "DeleteFunctionUrlConfig",
            "GetFunctionUrlConfig",
            "ListFunctionUrlConfigs",
            "UpdateFunctionUrlConfig",
        ),
        _url_function,
    ),
    "rds": GLOBAL_DATABASES,
    "route53": ROUTE53,
    "route53-recovery-cluster": RECOVERY_CLUSTER,
    "route53-recovery-control-config": RECOVERY_CONFIG,
    "service-quotas": QUOTAS,
}
