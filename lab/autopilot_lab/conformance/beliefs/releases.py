"""What a rollback builds on beside aliases that are compared and set (see `functions`)."""

from __future__ import annotations

from typing import Any, Final

from autopilot_lab.conformance.belief import Belief, belief, documented
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import guide, model, operation
from autopilot_lab.conformance.verdicts import check, equal, refused

MAKES = "1 function with two versions and an alias, 1 role"
PARAMETER = "1 parameter"
ONE = "def handler(event, context):\n    return 1\n"
ALIAS = "live"
OF_OTHERS = "it is about a service that is compared with, and not used"


def _alias(sandbox: Sandbox) -> tuple[Any, dict[str, str], dict[str, Any]]:
    """A client, the alias's keys, and the alias as GetAlias answers it."""
    name, client = sandbox.function(ONE), sandbox.client("lambda")
    version = client.publish_version(FunctionName=name)["Version"]
    which = {"FunctionName": name, "Name": ALIAS}
    client.create_alias(**which, FunctionVersion=version)
    return client, which, client.get_alias(**which)


@belief(
    operation("lambda", "UpdateAlias"),
    breaks="a second try whose first was applied would be taken for a first one",
    makes=MAKES,
)
def an_alias_has_another_revision_after_each_update(sandbox: Sandbox) -> None:
    """The answer of UpdateAlias carries the new RevisionId, which GetAlias answers too."""
    client, which, before = _alias(sandbox)
    after = client.update_alias(**which, Description="another", RevisionId=before["RevisionId"])
    check(after["RevisionId"] != before["RevisionId"], "the revision did not change")
    equal(client.get_alias(**which)["RevisionId"], after["RevisionId"], "the revision")


@belief(
    guide(
        "Systems Manager user guide, parameter versions",
        "systems-manager/latest/userguide/sysman-paramstore-versions.html",
    ),
    breaks="nobody would notice that somebody else wrote the parameter in between",
    makes=PARAMETER,
)
def a_parameter_counts_its_versions_by_one(sandbox: Sandbox) -> None:
    """PutParameter answers the version before plus one, and GetParameter then the same."""
    client, name = sandbox.client("ssm"), f"/{sandbox.name()}/configuration"
    sandbox.cleaner.later(f"parameter {name}", lambda: client.delete_parameter(Name=name))
    first = client.put_parameter(Name=name, Value="c1", Type="String")["Version"]
    second = client.put_parameter(Name=name, Value="c2", Overwrite=True)["Version"]
    found = client.get_parameter(Name=name)["Parameter"]
    equal((first, second), (1, 2), "the versions")
    equal((found["Value"], found["Version"]), ("c2", 2), "what GetParameter answers")


@belief(
    operation("ssm", "GetParameter"),
    breaks="a first write of a name that the profile misspells would make a new parameter",
    makes=PARAMETER,
)
def an_absent_parameter_is_not_found(sandbox: Sandbox) -> None:
    """GetParameter of a name that is not there is refused, so that a rollback never writes one."""
    client = sandbox.client("ssm")
    refused(client.get_parameter, "ParameterNotFound", Name=f"/{sandbox.name()}/nothing")


@belief(
    model("ssm", "2014-11-06", "PutParameterRequest"),
    breaks="the lease's time would be the only guard although the service offers a better one",
)
def a_parameter_cannot_be_compared_and_set(sandbox: Sandbox) -> None:
    """PutParameter takes no expected version, so that only the lease keeps writers apart."""
    shape = sandbox.client("ssm").meta.service_model.operation_model("PutParameter").input_shape
    conditional = [name for name in shape.members if "version" in name.lower()]
    equal(conditional, [], "members of PutParameter about versions")


#: What nothing here can try.
DOCUMENTED: Final[tuple[Belief, ...]] = (
    documented(
        "a-signed-call-to-a-custom-domain-is-authorised",
        "API Gateway with AWS_IAM authorises a request to a custom domain name that was signed for "
        "execute-api, by the caller's right execute-api:Invoke on the method and path.",
        guide(
            "API Gateway developer guide, control access with IAM permissions",
            "apigateway/latest/developerguide/permissions.html",
            seen=False,
        ),
        breaks="emergency mode could not be reached",
        untried="it needs a domain name and a certificate",
    ),
    documented(
        "appconfig-rolls-back-until-its-bake-time-is-over",
        "AppConfig takes a configuration back when an alarm of the environment goes off during "
        "the deployment or the strategy's bake time after it, and not later: AllAtOnce bakes for "
        "10 minutes, Canary10Percent20Minutes for 10 after 20, Linear20PercentEvery6Minutes for "
        "30 after 30.",
        guide(
            "AppConfig user guide, predefined deployment strategies",
            "appconfig/latest/userguide/appconfig-creating-deployment-strategy-predefined.html",
        ),
        breaks="the comparison of `bad-release` would be unfair to AppConfig, or too kind",
        untried=OF_OTHERS,
    ),
    documented(
        "appconfig-takes-its-first-step-after-one-interval",
        "A linear deployment is at 0 % when it starts and at the step's percentage after the first "
        "interval; an exponential one doubles its percentage at each step. The API reference has "
        "the first step at the start instead, which would cost more; how long the steps of an "
        "exponential deployment take is not said, and the comparison takes them to be equal.",
        guide(
            "AppConfig user guide, working with deployment strategies",
            "appconfig/latest/userguide/appconfig-creating-deployment-strategy.html",
        ),
        breaks="the comparison of `bad-release` would be unfair to AppConfig, or too kind",
        untried=OF_OTHERS,
    ),
    documented(
        "codedeploy-rolls-back-while-it-deploys",
        "An alarm of the deployment group stops a deployment that is under way, and with automatic "
        "rollback shifts the traffic back; once all traffic is shifted to the Lambda version the "
        "deployment is over, and alarms no longer do anything.",
        guide(
            "CodeDeploy user guide, monitoring deployments with CloudWatch alarms",
            "codedeploy/latest/userguide/monitoring-create-alarms.html",
        ),
        breaks="the comparison of `bad-release` would be unfair to CodeDeploy, or too kind",
        untried=OF_OTHERS,
    ),
)
