"""Operations that later parts build on, as far as botocore's models show them."""

from __future__ import annotations

from autopilot_lab.conformance.belief import belief
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import guide, model, operation
from autopilot_lab.conformance.verdicts import check


def _has(sandbox: Sandbox, service: str, name: str) -> None:
    names = sandbox.client(service).meta.service_model.operation_names
    check(name in names, f"{service} has no operation {name}")


@belief(
    operation("cloudwatch", "PutAlarmMuteRule"),
    breaks="a maintenance window could only disable actions, and somebody would forget to enable",
)
def cloudwatch_has_mute_rules(sandbox: Sandbox) -> None:
    """CloudWatch has mute rules, which end by themselves."""
    _has(sandbox, "cloudwatch", "PutAlarmMuteRule")


@belief(
    operation("bedrock", "GetFoundationModelAvailability"),
    breaks="the sweep could not tell a missing access from a failing model",
)
def bedrock_tells_a_models_availability(sandbox: Sandbox) -> None:
    """Bedrock tells whether the account may use a model in a region."""
    _has(sandbox, "bedrock", "GetFoundationModelAvailability")


@belief(
    guide(
        "Service Quotas, ListServiceQuotas",
        "servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html",
        seen=False,
    ),
    breaks="the review could not compare the load with what the account allows",
)
def quotas_can_be_listed(sandbox: Sandbox) -> None:
    """Service Quotas lists the account's quotas of a service, with code and value."""
    quotas = sandbox.client("service-quotas").list_service_quotas(ServiceCode="lambda")["Quotas"]
    check(quotas, "no quotas")
    check({"QuotaCode", "Value"} <= quotas[0].keys(), f"a quota has {sorted(quotas[0])}")


@belief(
    operation("bedrock", "GetFoundationModelAvailability"),
    breaks="the sweep could not look before it sends traffic to a path",
)
def a_models_availability_is_answered(sandbox: Sandbox) -> None:
    """GetFoundationModelAvailability answers with agreement, authorisation and region."""
    answer = sandbox.client("bedrock").get_foundation_model_availability(
        modelId="amazon.titan-embed-text-v2:0"
    )
    wanted = {"agreementAvailability", "authorizationStatus", "regionAvailability"}
    check(wanted <= answer.keys(), f"the answer has {sorted(answer)}")


@belief(
    operation("securityhub", "BatchImportFindings"),
    breaks="findings could be sent in OCSF; they are sent in ASFF because of this",
)
def security_hub_imports_no_ocsf(sandbox: Sandbox) -> None:
    """Security Hub has no operation to import findings in OCSF."""
    names = sandbox.client("securityhub").meta.service_model.operation_names
    check("BatchImportFindingsV2" not in names, "there is an import in OCSF now: use it")


@belief(
    model("dynamodb", "2012-08-10", "MultiRegionConsistency"),
    breaks="the foundation's table could not be what the ledger needs",
)
def dynamodb_has_strong_tables_with_witnesses(sandbox: Sandbox) -> None:
    """DynamoDB has the consistency STRONG and global table witnesses."""
    service = sandbox.client("dynamodb").meta.service_model
    check("STRONG" in service.shape_for("MultiRegionConsistency").enum, "no STRONG")
    table = service.shape_for("UpdateTableInput").members
    check("GlobalTableWitnessUpdates" in table, "no witnesses")
